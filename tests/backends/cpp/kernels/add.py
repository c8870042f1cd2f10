from ttlang import ttl


@ttl.kernel(grid=(8, 8))
def add(x, y, out):
    rows, columns = 2, 2
    x_cb = ttl.make_circular_buffer_like(x, shape=(rows, columns))
    y_cb = ttl.make_circular_buffer_like(y, shape=(rows, columns))
    out_cb = ttl.make_circular_buffer_like(out, shape=(rows, columns))

    @ttl.compute()
    def compute():
        for _ in range(4):
            with x_cb.wait() as xb, y_cb.wait() as yb, out_cb.reserve() as ob:
                ob.store(xb + yb)

    @ttl.datamovement()
    def read():
        core_x, core_y = ttl.core()
        row = core_y * rows
        for step in range(4):
            column = (core_x * 4 + step) * columns
            with x_cb.reserve() as xb, y_cb.reserve() as yb:
                ttl.copy(x[row : row + rows, column : column + columns], xb).wait()
                ttl.copy(y[row : row + rows, column : column + columns], yb).wait()

    @ttl.datamovement()
    def write():
        core_x, core_y = ttl.core()
        row = core_y * rows
        for step in range(4):
            column = (core_x * 4 + step) * columns
            with out_cb.wait() as ob:
                ttl.copy(ob, out[row : row + rows, column : column + columns]).wait()
