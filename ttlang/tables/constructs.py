"""
THE constructs of the newest edition, as its authors write them, and what each is here. Each stands as a piece of Python
with the place where it goes, so that a test compiles all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Place(Enum):
    """
    Where a piece of a script goes. `x`, `y`, `out` are tensors of 2x2 tiles, `a`, `b` blocks of all of `x` and `y`.
    """

    DECORATOR = "the decorator"
    """Arguments of `@ttl.operation`."""
    COMPUTE_DECORATOR = "the decorator of the compute thread"
    """Arguments of `@ttl.compute`."""
    HOST = "the host"
    """A statement outside of operations, with an open `device`."""
    RESOURCES = "the operation"
    """A statement of the operation beside its threads."""
    SHARDED = "an operation of sharded tensors"
    """A statement that makes `shard_dfb`, which a data movement thread publishes; `x` and `out` are sharded in L1."""
    BODY = "a unified body"
    """All statements of an operation of `x`, `y` and `out`."""
    STAGE = "the parameters of a stage"
    """All parameters of an operation that a unified body on two cores calls as a stage."""
    VALUE = "an expression"
    """What the compute thread stores: of the shape of `a`."""
    COMPUTE = "a compute thread"
    """A statement that stores to the block `o`."""
    COPY = "a data movement thread"
    """A statement that fills the block `block` from `x`."""
    HELD = "a data movement thread, behind a copy"
    """A statement with the filled `block`."""
    NET = "a data movement thread with a net"
    """A statement with `block`, the `net` of a multicast over four cores, and the callbacks `send` and `receive`."""
    SEMAPHORE = "a data movement thread with a semaphore"
    """A statement with the semaphore `ready`, which is 0."""
    ANYWHERE = "any thread"
    """A statement without blocks."""


class Kind(Enum):
    """What becomes of it here."""

    SAME = "the same"
    OTHER = "differs"
    """It runs, and something about it is not what the newest release does: `here` says what."""
    WARNED = "warned of"
    """It runs, and a diagnostic says that it has no effect, or no place in the language."""
    REFUSED = "refused"
    """A diagnostic says so, with what to do."""


@dataclass(frozen=True)
class Construct:
    """A construct, in one or several spellings."""

    place: Place
    spellings: tuple[str, ...]
    here: str = ""
    """What there is to say of it."""
    kind: Kind = Kind.SAME
    code: str = ""
    """Of the diagnostic that refuses or warns of it. What no kernel is at fault for is warned of without one."""


def _value(*spellings: str, here: str = "", kind: Kind = Kind.SAME, code: str = "") -> Construct:
    return Construct(Place.VALUE, spellings, here, kind, code)


def _refused(place: Place, *spellings: str, here: str, code: str = "TTL0003") -> Construct:
    return Construct(place, spellings, here, Kind.REFUSED, code)


_UNARY = (
    *("abs", "neg", "exp2", "expm1", "square", "log", "logp1", "sqrt", "rsqrt", "recip", "tanh", "sigmoid", "relu"),
    *("floor", "ceil", "sign", "frac", "trunc", "sin", "cos", "tan", "asin", "acos", "atan", "asinh", "acosh", "atanh"),
    *("gelu", "silu", "hardsigmoid", "softsign"),
)

SECTIONS: Mapping[str, tuple[Construct, ...]] = {
    "Operations and grids": (
        Construct(Place.DECORATOR, ("grid=(1, 1)",)),
        Construct(Place.DECORATOR, ('grid="full"',), "all cores of the chip"),
        Construct(
            Place.DECORATOR,
            ('grid="auto"',),
            "all cores of the chip, or those that its pipes reach; in `@ttl.kernel` fewer for small tensors",
        ),
        Construct(Place.DECORATOR, ("grid=lambda x, y, out: (1, 1)",), "called with the arguments of each call"),
        Construct(Place.DECORATOR, ("",), "one core", Kind.WARNED, "TTL0212"),
        Construct(
            Place.DECORATOR,
            ("grid=(1, 1), fp32_dest_acc_en=True", "grid=(1, 1), dst_full_sync_en=True"),
            "`None`: 32 bits for sums, products and 32-bit formats",
        ),
        Construct(Place.DECORATOR, ('grid=(1, 1), math_fidelity="HiFi2"',), "`None`: HiFi4"),
        Construct(
            Place.DECORATOR,
            ('grid=(1, 1), indexing_maps=None, iterator_types=None, num_outs=1, memory_space="L1", tiled=True',),
            "checked, without effect",
        ),
        Construct(
            Place.DECORATOR,
            (
                'grid=(1, 1), options="--no-ttl-matmul-full-fp32"',
                'grid=(1, 1), options="--no-ttl-reduce-full-fp32"',
            ),
        ),
        Construct(
            Place.DECORATOR,
            ('grid=(1, 1), options="--no-ttl-maximize-dst"',),
            "this and all further flags are known, and change nothing: the compiler chooses by cost",
            Kind.WARNED,
        ),
        _refused(
            Place.DECORATOR,
            "grid=(1, 1), device_domain=ttl.DeviceDomain",
            here="an operation runs on each chip of a mesh",
        ),
        Construct(Place.ANYWHERE, ("column, row = ttl.node()", "column, row = ttl.node(dims=2)")),
        Construct(Place.ANYWHERE, ("number = ttl.node(dims=1)",), "the last coordinate fastest: `x * rows + y`"),
        Construct(Place.ANYWHERE, ("columns, rows = ttl.grid_size()", "cores = ttl.grid_size(dims=1)")),
        Construct(Place.HOST, ("ttl.TILE_SHAPE", "ttl.__version__")),
    ),
    "Unified bodies and stages": (
        Construct(
            Place.BODY,
            (
                "a_dfb = ttl.make_dataflow_buffer_like(x, shape=(2, 2)); "
                "o_dfb = ttl.make_dataflow_buffer_like(out, shape=(2, 2)); "
                "ttl.copy(x[0:2, 0:2], a_dfb.reserve()); o_dfb.reserve().store(a_dfb.wait() * 2); "
                "ttl.copy(o_dfb.wait(), out[0:2, 0:2])",
            ),
            "`ttlang compile --print plan` shows the threads",
        ),
        Construct(
            Place.STAGE,
            (
                "x, source: ttl.DFB, target: ttl.DFB, net: ttl.PipeNet",
                'x, source: "ttl.DFB", target: "ttl.DFB", net: "ttl.PipeNet"',
            ),
            "a net, as a buffer, is made by the operation that calls the stage",
        ),
        Construct(
            Place.RESOURCES,
            (
                "handle = ttl.Kernel(ttl.KernelKind.DATA_MOVEMENT)",
                "handle = ttl.Kernel(ttl.KernelKind.COMPUTE)",
                "handle = ttl.PIPE_SOURCE_KERNEL",
            ),
        ),
        Construct(Place.COMPUTE_DECORATOR, ("kernel=ttl.Kernel(ttl.KernelKind.COMPUTE)",), "names the thread"),
    ),
    "Buffers and blocks": (
        Construct(
            Place.RESOURCES,
            (
                "more = ttl.make_dataflow_buffer_like(x, shape=(1, 1), block_count=2)",
                "more = ttl.make_dataflow_buffer_like(x, shape=(1, 1), buffer_factor=2)",
            ),
        ),
        Construct(
            Place.RESOURCES,
            (
                'more = ttl.make_dfb("bf16", shape=(1, 2), block_count=1)',
                "more = ttl.make_dfb(ttnn.float32, shape=(1, 2))",
            ),
        ),
        Construct(
            Place.RESOURCES,
            (
                'group = ttl.make_dfb_allocation_group(); more = ttl.make_dfb("bf16", (1, 2), allocation_group=group)',
                'more = ttl.make_dfb("bf16", (1, 2), address_scope="local")',
            ),
            "the run checks that no two of a group are used at the same time",
            Kind.OTHER,
        ),
        Construct(
            Place.SHARDED,
            (
                "shard_dfb = ttl.make_tensor_backed_dfb(x, shape=(2, 2))",
                "shard_dfb = ttl.make_tensor_backed_dfb(x, shape=(1, 2), block_count=2, byte_offset=0)",
            ),
            "and `shard_dfb.publish()` in a data movement thread",
        ),
        Construct(Place.COMPUTE, ("o.store(a)",)),
        Construct(Place.COMPUTE, ("o += a",), "adds to what was stored; the first time, to zero"),
        Construct(Place.COMPUTE, ("a.store(a + b); o.store(a)",), "replaces a block that was read"),
        Construct(Place.VALUE, ("ttl.block.fill(1, shape=a.shape, dtype=a.dtype) + a",)),
        Construct(
            Place.COMPUTE,
            ("total = ttl.block.fill(0, shape=(2, 2)); total += a; total += b; o.store(total)",),
            "accumulated in DST or in L1, by cost",
        ),
        Construct(Place.COMPUTE, ("v = a + b if ttl.node(dims=1) == 0 else b; o.store(v + 1)",), "chosen on each path"),
    ),
    "Loops": (
        Construct(
            Place.COMPUTE,
            ("for i in ttl.static_range(2): o += a * i", "for i in ttl.static_range(2, 0, -1): o += a * i"),
            "unrolled",
        ),
    ),
    "Expressions and functions": (
        _value("a + b", "a - b", "a * b", "a / b", "-a", "abs(a)", "a ** 2", "a @ b"),
        _value("a * 2", "2 - a", here="numbers stand wherever blocks do"),
        _value("a > b", "a < b", "a == b", "a != b", here="also `>=`, `<=`; 1.0 or 0.0"),
        _value(*(f"ttl.math.{name}(a)" for name in _UNARY)),
        _value("ttl.math.max(a, b)", "ttl.math.min(a, b)", "ttl.math.pow(a, 2)", "ttl.math.rsub(a, 2)"),
        _value("ttl.math.exp(a)", "ttl.math.exp(a, scale=0.5)", "ttl.math.exp(a, approx=True, skip_clamp_check=True)"),
        _value("ttl.exp(a)", here="all functions stand in `ttl`, too"),
        _value("ttl.math.signbit(a)", here="1 for negative numbers"),
        _value("ttl.math.selu(a)", "ttl.math.selu(a, 1.05, 1.67)"),
        _value("ttl.math.relu_max(a, upper_limit=6)", "ttl.math.relu_min(a, lower_limit=1)"),
        _value("ttl.math.leaky_relu(a, 0.1)", "ttl.math.elu(a, 1.0)", "ttl.math.prelu(a, alpha=0.1)"),
        _value("ttl.math.celu(a, 2.0, 0.5)", here="the reciprocal is checked"),
        _value("ttl.math.softplus(a, 2.0, 0.5, 20.0)", here="the reciprocal is checked"),
        _value("ttl.math.hardtanh(a, -1.0, 1.0)", "ttl.math.hardtanh(a, min_val=-1.0, max_val=1.0)"),
        _value("ttl.math.round(a, 1)", "ttl.math.clamp(a, -1.0, 1.0)"),
        _value("ttl.math.threshold(a, 0.0, 1.0)", here="`1.0` where `a` is larger than `0.0`"),
        _value("ttl.math.gt(a, b)", "ttl.math.lt(a, b)", "ttl.math.eq(a, b)", "ttl.math.ne(a, b)"),
        _value("ttl.math.typecast(a, ttl.float32)", "ttl.typecast(a, ttnn.float32)"),
        _value("ttl.matmul(a, b)", "ttl.matmul(a, b, transpose_rhs=True)"),
        _value("ttl.block.transpose(a)", "a.transpose()"),
        _value(
            "a - ttl.block.broadcast(ttl.math.reduce_max(a, dims=[-1], shape=(2, 1)), dims=[-1], shape=(2, 2))",
            "a * ttl.block.broadcast(ttl.math.reduce_sum(a, dims=[0]), dims=[0])",
            here="`dims` are those that go; `shape` may be left out",
        ),
        _value("ttl.block.where(a > b, a, b)", here="where the condition is not 0"),
        _value("ttl.block.mask(a, b)", "ttl.block.mask_posinf(a, b)", here="where the mask is 1"),
        _value("ttl.block.squeeze(ttl.block.unsqueeze(a, dims=[0]), dims=[0])"),
    ),
    "Elements": (
        Construct(Place.HELD, ("e = ttl.raw_element_read(block, 0, 0); f = 1 if e > 0.5 else 0",)),
        Construct(
            Place.HELD, ("ttl.raw_element_write(block, 0, 0, 1.0)", "ttl.raw_element_write(block, 0, 0, value=1.0)")
        ),
        Construct(Place.HELD, ("i = ttl.read_index(block, 0, 0)",), "checked by the run"),
    ),
    "Copies": (
        Construct(Place.COPY, ("ttl.copy(x[0:2, 0:2], block).wait()",)),
        Construct(Place.COPY, ("ttl.copy(x[0:2, 0:2], block)",), "waited for by the compiler, with a note"),
        Construct(
            Place.COPY,
            ("group = ttl.GroupTransfer(); group.add(ttl.copy(x[0:2, 0:2], block)); group.wait_all()",),
        ),
    ),
    "Pipes": (
        Construct(
            Place.RESOURCES,
            (
                "net = ttl.PipeNet([ttl.Pipe((0, 0), (slice(0, 1), 0))])",
                "net = ttl.PipeNet([ttl.Pipe(src=(0,), dst=(slice(0, 1),))])",
            ),
            "one coordinate is the number of a core; nets may also be made outside of operations",
        ),
        Construct(Place.NET, ("net.if_src(send); net.if_dst(receive)",)),
        Construct(
            Place.NET,
            ("net.if_src(send); net.if_dst(lambda pipe: ttl.wait_any((ttl.copy(pipe, block),)))",),
        ),
        Construct(
            Place.NET,
            ("net.if_src(send) if net.is_src() else None; net.if_dst(receive) if net.is_dst() else None",),
        ),
    ),
    "Semaphores": (
        Construct(
            Place.SEMAPHORE,
            (
                "ready.set(1); ready.wait_eq(1); ready.wait_ge(1)",
                "ready.get_remote((0, 0)).inc(1); ready.wait_ge(1)",
                "ready.get_remote((0, 0)).set(1); ready.wait_ge(1)",
                "ready.get_remote_multicast().set(1); ready.wait_ge(1)",
            ),
            "compiled and simulated",
        ),
    ),
    "Prints and regions": (
        Construct(Place.ANYWHERE, ('print("row", 1)',)),
        Construct(Place.HELD, ('print("in", block)',), "`num_pages=`"),
        Construct(Place.HELD, ("print(x, num_pages=1)",)),
        Construct(Place.COMPUTE, ('print("here", thread="math"); o.store(a)',)),
        Construct(Place.ANYWHERE, ('with ttl.signpost("region"): print(1)',), "on a card, by Metal's profiler"),
        _refused(Place.COMPUTE, 'print(_dump_dst_registers=True, label="sum"); o.store(a)', here="print a block"),
    ),
    "Tensors and ttnn": (
        Construct(
            Place.HOST,
            ("t = ttnn.rand((64, 64), layout=ttnn.TILE_LAYOUT)", "t = ttnn.zeros((64, 64), layout=ttnn.TILE_LAYOUT)"),
            "tensors without a device are taken by the simulator, and refused by a card",
        ),
        Construct(Place.HOST, ("mesh = ttnn.open_mesh_device(ttnn.MeshShape(1, 2))",), "as many as `TTLANG_DEVICES`"),
        Construct(
            Place.HOST,
            (
                "mesh = ttnn.open_mesh_device(ttnn.MeshShape(1, 2)); "
                "t = ttnn.from_torch(torch.ones(64, 64), layout=ttnn.TILE_LAYOUT, device=mesh, "
                "mesh_mapper=ttnn.ShardTensorToMesh(mesh, dim=0)); "
                "v = ttnn.to_torch(ttnn.all_reduce(t), mesh_composer=ttnn.ConcatMeshToTensor(mesh, dim=0))",
            ),
            "an operation runs once on each chip",
        ),
        Construct(
            Place.HOST, ("n = ttnn.GetNumAvailableDevices()", "ttnn.set_fabric_config(ttnn.FabricConfig.FABRIC_1D)")
        ),
        Construct(Place.HOST, ("shares = ttnn.split_work_to_cores(ttnn.CoreCoord(8, 8), 100)",)),
    ),
    "C++, chips and the runtime": (
        _refused(
            Place.HOST,
            'ttl.call_extern_func("f.h", "f")',
            "ttl.dfb_descriptor(1)",
            "ttl.get_dfb_id(1)",
            "ttl.raw_addr(1)",
            "ttl.ScalarType.I32()",
            "ttl.DFBEffect.push(1)",
            "ttl.DFBAccess.inspect(1)",
            here="write it in the language, or edit what `ttlang export` writes",
        ),
        _refused(
            Place.HOST,
            "ttl.DeviceDomain()",
            "ttl.DeviceRef()",
            "ttl.DeviceRange()",
            "ttl.TransferGraph.stencil()",
            "ttl.FabricManagerClaim()",
            here="exchange between chips with `ttnn.all_reduce` and others",
        ),
        _refused(
            Place.HOST,
            "ttl.copy_tensor_page()",
            here="copy a row, as in `ttl.copy(x[row : row + 1, :], block)`",
        ),
        _refused(
            Place.HOST,
            "ttl.reset_dfbs()",
            "ttl.reset_all_dfbs()",
            "ttl.reconfigure_dfbs()",
            "ttl.DFBReset()",
            "ttl.DFBReconfiguration()",
            "ttl.SRAMStorage()",
            here="make a buffer for each use",
        ),
        _refused(
            Place.HOST,
            "ttl.DispatchCondition()",
            "ttl.ProgramRuntimeResources()",
            "ttl.CoreRuntimeArgs()",
            "ttl.KernelDefine()",
            here="edit what `ttlang export` writes",
        ),
    ),
}
"""By subject."""

ENVIRONMENT = (
    *("TTLANG_COMPILER_OPTIONS", "TTLANG_COMPILE_ONLY", "TTLANG_INITIAL_MLIR", "TTLANG_FINAL_MLIR"),
    *("TTLANG_VERBOSE_ERRORS", "TTLANG_DEBUG_LOCATIONS", "TTLANG_EMIT_RUNNER", "TTLANG_AUTO_PROFILE"),
)
"""Variables of the environment that are the same here. Of others, `settings/variables.py` has what there is instead."""
