"""Kernels, as text, of expressions of the blocks of their tensors."""

from __future__ import annotations

ELEMENTWISE = """
from ttlang import ttl

@ttl.kernel(grid={grid}, **{options})
def kernel({names}, out):
    {make_buffers}
    out_cb = ttl.make_circular_buffer_like(out, shape={block})
    rows, columns = {block}
    down = -(-out.shape[-2] // 32 // rows // {grid}[1])
    across = -(-out.shape[-1] // 32 // columns // {grid}[0])

    @ttl.compute()
    def compute():
        for _ in range(down * across):
            with {waits}, out_cb.reserve() as o:
                o.store({expression})

    @ttl.datamovement()
    def read():
        x_, y_ = ttl.core()
        for r in range(y_ * down, (y_ + 1) * down):
            for c in range(x_ * across, (x_ + 1) * across):
                {reads}

    @ttl.datamovement()
    def write():
        x_, y_ = ttl.core()
        for r in range(y_ * down, (y_ + 1) * down):
            for c in range(x_ * across, (x_ + 1) * across):
                with out_cb.wait() as o:
                    ttl.copy(o, out[r * rows : (r + 1) * rows, c * columns : (c + 1) * columns]).wait()
"""


def elementwise_source(
    expression: str,
    inputs: int = 1,
    *,
    block: tuple[int, int] = (1, 1),
    grid: tuple[int, int] = (1, 1),
    **options: object,
) -> str:
    """A kernel, as text, that computes an expression of the blocks x, y, z, ... of its tensors."""
    names = "xyzuvwst"[:inputs]
    window = "[r * rows : (r + 1) * rows, c * columns : (c + 1) * columns]"
    reads = "\n                ".join(
        f"with {n}_cb.reserve() as block: ttl.copy({n}_in{window}, block).wait()" for n in names
    )
    return ELEMENTWISE.format(
        grid=grid,
        block=block,
        options=options,
        names=", ".join(f"{n}_in" for n in names),
        make_buffers="\n    ".join(f"{n}_cb = ttl.make_circular_buffer_like({n}_in, shape={block})" for n in names),
        waits=", ".join(f"{n}_cb.wait() as {n}" for n in names),
        expression=expression,
        reads=reads,
    )


def statements_source(
    names: str,
    statements: list[str],
    outputs: list[str],
    block: tuple[int, int],
    grid: tuple[int, int],
    blocks: int,
    options: dict[str, bool],
) -> str:
    """A kernel, as text, that runs statements on blocks of the named tensors and stores values to as many outputs."""
    outs = [f"out{i}" for i in range(len(outputs))]
    tensors = [f"{n}_in" for n in names] + [f"{o}_t" for o in outs]
    lines = [
        "from ttlang import ttl",
        f"@ttl.kernel(grid={grid}, **{options})",
        f"def kernel({', '.join(tensors)}):",
        *(f"    {n}_cb = ttl.make_circular_buffer_like({n}_in, shape={block})" for n in names),
        *(f"    {o}_cb = ttl.make_circular_buffer_like({o}_t, shape={block})" for o in outs),
        "    @ttl.compute()",
        "    def compute():",
        f"        for _ in range({blocks}):",
        f"            with {', '.join(f'{n}_cb.wait() as {n}' for n in names)}:",
        f"                with {', '.join(f'{o}_cb.reserve() as {o}' for o in outs)}:",
        *(f"                    {statement}" for statement in statements),
        *(f"                    {o}.store({value})" for o, value in zip(outs, outputs, strict=True)),
    ]
    reads, writes = [(f"{n}_cb", f"{n}_in") for n in names], [(f"{o}_cb", f"{o}_t") for o in outs]
    for role, handles in (("read", reads), ("write", writes)):
        lines += [
            "    @ttl.datamovement()",
            f"    def {role}():",
            "        x, y = ttl.core()",
            f"        for k in range({blocks}):",
            f"            r = (y * {blocks} + k) * {block[0]}",
            f"            c = x * {block[1]}",
        ]
        for cb, tensor in handles:
            window = f"{tensor}[r : r + {block[0]}, c : c + {block[1]}]"
            copy = f"ttl.copy({window}, blk)" if role == "read" else f"ttl.copy(blk, {window})"
            acquire = "reserve" if role == "read" else "wait"
            lines += [f"            with {cb}.{acquire}() as blk:", f"                {copy}.wait()"]
    return "\n".join(lines) + "\n"
