"""
Runs in a process of its own, with the real ttnn: builds the descriptors of exported runners and prints, as a line of
JSON for each, what they hold. `driver.py classes <run_kernel.py>...` needs no device: tensors and their accessors are
made up. `driver.py device ...` takes them from a device, which may be a mock; `driver.py run ...` also enqueues each
twice.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import ttnn

INTEGERS = {"int32": np.int32, "uint32": np.uint32, "uint16": np.uint16, "uint8": np.uint8}


def numpy_as_torch() -> ModuleType:
    """The functions of torch by which runners make values: ttnn's wheel comes without torch."""
    module: Any = ModuleType("torch")
    for name in ("bfloat16", "float32", *INTEGERS):
        setattr(module, name, name)
    module.manual_seed = lambda seed: None
    module.zeros = lambda shape, dtype: np.zeros(shape, INTEGERS.get(dtype, np.float32))
    module.rand = lambda shape, dtype: np.ones(shape, np.float32)
    module.randint = lambda low, high, shape, dtype: np.ones(shape, INTEGERS[dtype])
    return module


class MadeUpTensor:
    address = 0

    def __init__(self) -> None:
        MadeUpTensor.address += 4096

    def buffer_address(self) -> int:
        return self.address


class MadeUpAccessor:
    def __init__(self, tensor: MadeUpTensor) -> None:
        assert isinstance(tensor, MadeUpTensor)

    def get_compile_time_args(self) -> list[int]:
        return [2, 2048]


def on_device(values: Any, dtype: Any, device: Any, memory_config: Any = None, layout: Any = ttnn.TILE_LAYOUT) -> Any:
    tensor = (
        ttnn.Tensor(values, dtype) if layout == ttnn.ROW_MAJOR_LAYOUT else ttnn.Tensor(values, dtype, layout=layout)
    )
    return ttnn.to_device(tensor, device, memory_config=memory_config or ttnn.DRAM_MEMORY_CONFIG)


def load(path: str, device: Any) -> tuple[dict[str, Any], list[Any]]:
    """The runner's names, and tensors for it."""
    names: dict[str, Any] = {"__name__": "runner", "__file__": path}
    exec(compile(Path(path).read_text(), path, "exec"), names)
    if device is None:
        count = names["make_tensors"].__code__.co_names.count("device_tensor")
        assert count == 1
        names["device_tensor"] = lambda *args, **kwargs: MadeUpTensor()
    else:
        names["device_tensor"] = on_device
    return names, names["make_tensors"](device)


def describe(program: Any) -> dict[str, Any]:
    return {
        "kernels": [
            {
                "source": kernel.kernel_source,
                "compile_time_args": list(kernel.compile_time_args),
                "common_runtime_args": list(kernel.common_runtime_args),
                "config": type(kernel.config).__name__,
            }
            for kernel in program.kernels
        ],
        "buffers": [
            [buffer.total_size, *((f.buffer_index, f.page_size) for f in buffer.format_descriptors)]
            for buffer in program.cbs
        ],
        "semaphores": [[semaphore.id, semaphore.initial_value] for semaphore in program.semaphores],
    }


def main() -> None:
    mode, *paths = sys.argv[1:]
    sys.modules["torch"] = numpy_as_torch()
    device = None
    if mode == "classes":
        ttnn.TensorAccessorArgs = MadeUpAccessor
    else:
        device = ttnn.open_device(device_id=0)
    for path in paths:
        names, tensors = load(path, device)
        program = names["build_program"](tensors)
        if "update_addresses" in names:
            names["update_addresses"](program, tensors)
        found = describe(program)
        if mode == "run":
            names["run"](tensors, program)
            entries = device.num_program_cache_entries()
            names["run"](tensors, program)
            found["compiled_again"] = device.num_program_cache_entries() - entries
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
