"""The part of the runner's text that makes tensors as the script's call had them, runs once, and compares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ttlang.backends.ttnn.tensor_uses import TensorUse
from ttlang.dialects.ttcore import ShardsAttr
from ttlang.tables.dtypes import SIGNIFICAND_BITS, Kind

VALUES_FOLDER = "values"
"""Where the values of a run in the simulator lie, beside the runner."""
EXPECTED = "expected"
"""`values/<tensor>.expected.bin`: what the run left in a tensor that it writes."""


def value_files(tensor: TensorUse) -> tuple[str, str]:
    """Names of the files with a tensor's values before the run and after it: rows, as float32 or as integers."""
    return f"{tensor.name}.bin", f"{tensor.name}.{EXPECTED}.bin"


def setup_lines(
    tensors: Sequence[TensorUse], names: Mapping[str, str], integers: Mapping[str, int], *, values: bool
) -> Iterator[str]:
    """
    The functions `make_tensors`, `main` and what they need. `names`: Python variables for the tensors. `integers`:
    arguments of `run`, with their values in the call.
    """
    yield from _make_tensors(tensors, names, values=values)
    yield _DEVICE_TENSOR
    if any(tensor.shards for tensor in tensors):
        yield _SHARDED
    if values:
        yield _STORED
        yield _CHECK
    yield from _main(tensors, integers, values=values)


def _make_tensors(tensors: Sequence[TensorUse], names: Mapping[str, str], *, values: bool) -> Iterator[str]:
    whence = f"with the values in {VALUES_FOLDER}/" if values else "inputs random, outputs zero"
    yield from ("", "", "def make_tensors(device):")
    yield f'    """Device tensors of the shapes, formats and memory that the script had: {whence}."""'
    if not values:
        yield from ("    import torch", "")
        yield "    torch.manual_seed(0)"
    memories: dict[str, str] = {}
    for tensor in tensors:
        if tensor.shards and (text := _sharded(tensor, tensor.shards)) not in memories:
            memories[text] = f"{names[tensor.name]}_memory"
            yield f"    {memories[text]} = {text}"
    for tensor in tensors:
        arguments = [_stored(tensor) if values else _values(tensor), f"ttnn.{tensor.dtype.ttnn}", "device"]
        if tensor.shards:
            arguments.append(memories[_sharded(tensor, tensor.shards)])
        elif tensor.in_l1:
            arguments.append("ttnn.L1_MEMORY_CONFIG")
        if not tensor.is_tiled:
            arguments.append("layout=ttnn.ROW_MAJOR_LAYOUT")
        yield f"    {names[tensor.name]} = device_tensor({', '.join(arguments)})  # {tensor.role}"
    yield f"    return [{', '.join(names[tensor.name] for tensor in tensors)}]"


def _values(tensor: TensorUse) -> str:
    """The expression of random values, or of zeros for an output."""
    if tensor.is_written:
        return f"torch.zeros({tensor.shape}, dtype=torch.{tensor.dtype.torch})"
    if tensor.dtype.is_integer:
        return f"torch.randint(0, 100, {tensor.shape}, dtype=torch.{tensor.dtype.torch})"
    return f"torch.rand({tensor.shape}, dtype=torch.{tensor.dtype.torch})"


def _stored(tensor: TensorUse) -> str:
    return f'stored("{value_files(tensor)[0]}", {tensor.shape}, "{tensor.dtype.torch}")'


def _sharded(tensor: TensorUse, shards: ShardsAttr) -> str:
    height, width = tensor.shard_shape
    arguments = (
        f"ttnn.TensorMemoryLayout.{shards.sharding.data.upper()}_SHARDED",
        f"ttnn.BufferType.{tensor.type.memory.data.name}",
        f"[{height}, {width}]",
        f"ttnn.ShardOrientation.{shards.orientation.data.upper()}",
        *map(str, shards.core_ranges),
    )
    return "\n".join(("sharded(", *(f"        {argument}," for argument in arguments), "    )"))


def _main(tensors: Sequence[TensorUse], integers: Mapping[str, int], *, values: bool) -> Iterator[str]:
    outputs = [(i, tensor) for i, tensor in enumerate(tensors) if tensor.is_written]
    yield from ("", "", "def main():", "    device = ttnn.open_device(device_id=0)", "    try:")
    yield "        tensors = make_tensors(device)"
    given = "".join(f", {name}={value}" for name, value in integers.items())
    yield f"        run(tensors{given})"
    for i, tensor in outputs:
        yield f'        print("{tensor.name} =", ttnn.to_torch(tensors[{i}]))'
    if values:
        yield '        if "--check" in sys.argv[1:]:'
        yield "            agree = ["
        for i, tensor in outputs:
            stored = f'stored("{value_files(tensor)[1]}", {tensor.shape}, "{tensor.dtype.torch}")'
            found = f"ttnn.to_torch(tensors[{i}])"
            yield f'                check("{tensor.name}", {found}, {stored}, {_precision(tensor)}),'
        yield from ("            ]", "            if not all(agree):")
        yield '                sys.exit("this is not what the simulator computed")'
    yield from ("    finally:", "        ttnn.close_device(device)", "", "")
    yield from ('if __name__ == "__main__":', "    main()", "")


def _precision(tensor: TensorUse) -> str:
    """The last arguments of `check`: bits of a significand, 32 for integers; whether exponents are shared."""
    dtype = tensor.dtype
    if dtype.is_integer:
        return "32"
    return f"{SIGNIFICAND_BITS[dtype.name]}{', shared=True' if dtype.kind is Kind.BLOCK_FLOAT else ''}"


_DEVICE_TENSOR = '''

def device_tensor(values, dtype, device, memory_config=ttnn.DRAM_MEMORY_CONFIG, layout=ttnn.TILE_LAYOUT):
    """A tensor on the device."""
    return ttnn.from_torch(values, dtype=dtype, layout=layout, device=device, memory_config=memory_config)'''

_SHARDED = '''

def sharded(layout, buffer_type, shard_shape, orientation, *ranges):
    """A memory configuration: shards of so many elements, on the cores of ranges (x, y, last x, last y)."""
    corners = [(ttnn.CoreCoord(x, y), ttnn.CoreCoord(last_x, last_y)) for x, y, last_x, last_y in ranges]
    cores = ttnn.CoreRangeSet([ttnn.CoreRange(start, end) for start, end in corners])
    return ttnn.MemoryConfig(layout, buffer_type, ttnn.ShardSpec(cores, shard_shape, orientation))'''

_STORED = '''

def stored(name, shape, dtype):
    """Values from a file: rows of float32, or of int32 for the formats of integers."""
    import torch

    kept = torch.int32 if "int" in dtype else torch.float32
    if not (VALUES_DIR / name).is_file():
        sys.exit(f"{VALUES_DIR / name} is missing: ttlang export --values writes it")
    data = torch.frombuffer(bytearray((VALUES_DIR / name).read_bytes()), dtype=kept)
    return data.reshape(shape).to(getattr(torch, dtype))'''

_CHECK = '''

def check(name, found, expected, significand, shared=False):
    """
    Compares with the simulator, which computes as the chip does. Integers have to be the same; a float may be off by
    one unit in the last place of its format, of so many bits, or of sixteen of a row that have a `shared` exponent.
    Returns whether that is so.
    """
    import torch

    found, expected = found.double(), expected.double()
    reach = expected.abs()
    if shared:
        columns = reach.shape[-1]
        groups = torch.nn.functional.pad(reach, (0, -columns % 16)).unflatten(-1, (-1, 16))
        reach = groups.amax(-1, keepdim=True).expand_as(groups).flatten(-2)[..., :columns]
    integers = significand == 32
    exponent = torch.frexp(reach.clamp(min=2.0**-126))[1]
    one = torch.ones_like(reach)
    unit = one if integers else torch.ldexp(one, exponent - significand)
    off = ((found - expected).abs() / unit).nan_to_num(math.inf, math.inf)
    off = torch.where((found == expected) | (found.isnan() & expected.isnan()), 0.0, off)
    most = off.max().item()
    what = f"{int((off > 0).sum())} of {off.numel()} values differ, by up to {most:.10g}"
    print(f"{name}: {what}{'' if integers else ' ULP'}")
    return most <= (0 if integers else 1)'''
