"""
Softmax over rows that are spread over the columns of the grid: the cores of a row each hold a part. Each finds the
maximum and the sum of its own part; the core in column 0 gathers them, and scatters what they come to.
"""

import torch

from ttlang import ttl, ttnn
from ttlang.testing import compare

GRID = (4, 2)
ROWS, COLUMNS = 2, 2  # tiles of a core's part


@ttl.kernel(grid=GRID)
def softmax(x, out):
    columns, rows = ttl.grid_size()

    gather = [ttl.Pipe(src_core=(i, y), dst_core=(0, y)) for i in range(1, columns) for y in range(rows)]
    scatter = [ttl.Pipe(src_core=(0, y), dst_core_range=(slice(1, columns), y)) for y in range(rows)]

    def buffer(like, shape, blocks=2):
        return ttl.make_circular_buffer_like(like, shape=shape, buffer_factor=blocks)

    x_cb = buffer(x, (ROWS, COLUMNS), 1)
    part_cb = buffer(x, (ROWS, 1))  # what a core finds in its own part
    parts_cb = buffer(x, (ROWS, 1))  # the same of the other cores, in column 0
    so_far_cb = buffer(x, (ROWS, 1))  # what those come to, in column 0
    whole_cb = buffer(x, (ROWS, 1))  # the final one, in column 0, on its way to the others
    result_cb = buffer(x, (ROWS, 1))  # and on every core
    exp_cb = buffer(x, (ROWS, COLUMNS), 1)
    out_cb = buffer(out, (ROWS, COLUMNS))

    @ttl.compute()
    def compute():
        core_x, _ = ttl.core()

        def combine(function):
            """Column 0: the own part and those of the other cores become one."""
            with part_cb.wait() as own, so_far_cb.reserve() as so_far:
                so_far.store(own)
            for _ in range(columns - 1):
                with so_far_cb.wait() as so_far, parts_cb.wait() as part, so_far_cb.reserve() as more:
                    more.store(function(so_far, part))
            with so_far_cb.wait() as so_far, whole_cb.reserve() as whole, result_cb.reserve() as result:
                whole.store(so_far)
                result.store(so_far)

        with x_cb.wait() as xv:
            with part_cb.reserve() as part:
                part.store(ttl.reduce_max(xv, dims=[0]))
            if core_x == 0:
                combine(ttl.math.max)
            with result_cb.wait() as highest, exp_cb.reserve() as e:
                e.store(ttl.math.exp(xv - ttl.broadcast(highest, dims=[1])))
        with exp_cb.wait() as e:
            with part_cb.reserve() as part:
                part.store(ttl.reduce_sum(e, dims=[0]))
            if core_x == 0:
                combine(ttl.math.add)
            with result_cb.wait() as total, out_cb.reserve() as o:
                o.store(e * ttl.broadcast(ttl.math.recip(total), dims=[1]))

    @ttl.datamovement()
    def talk():
        for _ in range(2):  # maxima, then sums

            def send_part(pipe):
                with part_cb.wait() as part:
                    ttl.copy(part, pipe).wait()

            def receive_part(pipe):
                with parts_cb.reserve() as part:
                    ttl.copy(pipe, part).wait()

            def send_whole(pipe):
                with whole_cb.wait() as whole:
                    ttl.copy(whole, pipe).wait()

            def receive_whole(pipe):
                with result_cb.reserve() as result:
                    ttl.copy(pipe, result).wait()

            ttl.if_pipe_src(gather, send_part)
            ttl.if_pipe_dst(gather, receive_part)
            ttl.if_pipe_src(scatter, send_whole)
            ttl.if_pipe_dst(scatter, receive_whole)

    @ttl.datamovement()
    def read_and_write():
        core_x, core_y = ttl.core()
        row, column = core_y * ROWS, core_x * COLUMNS
        with x_cb.reserve() as xv:
            ttl.copy(x[row : row + ROWS, column : column + COLUMNS], xv).wait()
        with out_cb.wait() as o:
            ttl.copy(o, out[row : row + ROWS, column : column + COLUMNS]).wait()


def main() -> None:
    torch.manual_seed(0)
    device = ttnn.open_device(device_id=0)
    values = 3 * torch.randn(GRID[1] * ROWS * 32, GRID[0] * COLUMNS * 32)
    tensors = [
        ttnn.from_torch(t, dtype=ttnn.float32, layout=ttnn.TILE_LAYOUT, device=device)
        for t in (values, torch.zeros_like(values))
    ]
    softmax(*tensors)

    # The FPU reads float32 with ten bits of mantissa: the difference from the maximum is off by 2**-10 of what it is
    # the difference of, the exponential by as much of itself; the sum likewise. Float32 elsewhere adds little to that.
    off = 2.0**-10 * 2 * values.abs().max().item()
    expected = torch.softmax(values.double(), dim=1)
    comparison = compare(tensors[1], expected, absolute=2 * off * expected.max().item())
    assert comparison.ok, comparison
    print(f"{comparison}\nmatches torch")
    ttnn.close_device(device)


if __name__ == "__main__":
    main()
