"""
What kernels were last called with, beside the cache: by file and name, a small file of JSON each. With it a kernel is
judged that nothing in the file calls which is being edited. Nobody depends on it: what can't be kept, or read, is not
there.
"""

from __future__ import annotations

import atexit
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any, cast

from ttlang.language.tensors import is_device_tensor
from ttlang.tables.dtypes import find_dtype

FORMAT = 1
"""Of the files."""
MOST = 4096
"""Of them are kept, the newest."""
_ATOMS = (int, float, str, bool, type(None))
_calls: dict[tuple[str, str], dict[str, Any]] = {}
"""Of this process, by file and name, that are not written yet: the first call of a process waits for nothing here."""


def remember(function: FunctionType, arguments: Mapping[str, object]) -> None:
    """
    Keeps the arguments of a call, by parameter, in place of those that were kept of the kernel. They are written when
    the process ends.
    """
    if not _calls:
        atexit.unregister(write_remembered)
        atexit.register(write_remembered)
    try:
        kept = {name: _to_json(value) for name, value in arguments.items()}
    except (AttributeError, TypeError, ValueError):  # what is described in other words than a tensor of ttnn
        return
    if None not in kept.values():
        _calls[function.__code__.co_filename, function.__qualname__] = kept


def write_remembered() -> None:
    """Writes what was kept of kernels now. Those of the folder for temporary files are not remembered."""
    import json

    calls, _ = dict(_calls), _calls.clear()
    for (file, name), arguments in calls.items():
        if _is_lasting(file):
            data = {"format": FORMAT, "file": file, "kernel": name, "arguments": arguments}
            with suppress(OSError, ValueError):
                _write(_path(file, name), json.dumps(data))


def remembered(function: FunctionType) -> dict[str, object] | None:
    """The arguments of the last call, by parameter: descriptions of tensors, and constants. None: nobody knows."""
    import json

    file, name = function.__code__.co_filename, function.__qualname__
    with suppress(OSError, KeyError, TypeError, ValueError, AttributeError):
        kept = _calls.get((file, name))
        if kept is None:
            data: Any = json.loads(_path(file, name).read_bytes())
            kept = data["arguments"] if (data["format"], data["file"]) == (FORMAT, file) else None
        return None if kept is None else {name: _from_json(value) for name, value in kept.items()}
    return None


def _is_lasting(file: str) -> bool:
    """Whether a file is there to stay."""
    from tempfile import gettempdir

    path = Path(file).absolute()
    return path.is_file() and not path.resolve().is_relative_to(Path(gettempdir()).resolve())


def _path(file: str, name: str) -> Path:
    from hashlib import sha256

    from ttlang.settings.cache import place

    key = f"{Path(file).absolute()}\0{name}"
    return place() / "calls" / f"{sha256(key.encode()).hexdigest()[:32]}.json"


def _to_json(value: Any) -> Any:
    if is_device_tensor(value):
        return _tensor_to_json(value)
    constant = _constant_to_json(value)
    return None if constant is None else {"value": constant[0]}


def _tensor_to_json(tensor: Any) -> dict[str, Any]:
    """As `spec_forms` reads it."""
    memory = tensor.memory_config()
    kept: dict[str, Any] = {"type": "L1" if "L1" in str(memory.buffer_type) else "DRAM"}
    if memory.is_sharded():
        shard = memory.shard_spec
        corners = [[each.start.x, each.start.y, each.end.x, each.end.y] for each in shard.grid.ranges()]
        order, layout = shard.orientation.name, memory.memory_layout.name
        kept |= {"layout": layout, "shard": list(shard.shape), "order": order, "cores": corners}
    layout = "row_major" if "ROW_MAJOR" in str(tensor.layout).upper() else "tile"
    shape = [int(size) for size in tensor.shape]
    return {"shape": shape, "format": find_dtype(tensor.dtype).name, "layout": layout, "memory": kept}


def _constant_to_json(value: object) -> tuple[Any] | None:
    """A constant in a tuple of its own, since it may be None; None for one that JSON has no word for."""
    if type(value) in _ATOMS:
        return (value,)
    if type(value) is not tuple:
        return None
    parts = [_constant_to_json(each) for each in cast("tuple[object, ...]", value)]
    return None if None in parts else ([part[0] for part in parts if part is not None],)


def _from_json(data: Any) -> object:
    from ttlang.driver.spec_forms import spec_from_json

    return _constant(data["value"]) if "value" in data else spec_from_json(data)


def _constant(value: Any) -> object:
    return tuple([_constant(each) for each in cast("list[Any]", value)]) if isinstance(value, list) else value


def _write(path: Path, text: str) -> None:
    """The file appears whole or not at all; what a crash of the machine loses is no loss."""
    with suppress(OSError):
        if path.read_text(encoding="utf-8") == text:
            return
    import os
    from tempfile import mkstemp

    path.parent.mkdir(parents=True, exist_ok=True)
    _forget(path.parent)
    handle, made = mkstemp(suffix=".part", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(made, path)


@cache
def _forget(folder: Path) -> None:
    """Removes the oldest where there are too many: once in a process."""
    for path in sorted(folder.iterdir(), key=lambda each: each.stat().st_mtime)[:-MOST]:
        path.unlink()
