"""Single tiles through a pipe, in TT-Lang (`pipes.csv`): each is read from DRAM first, and written there at the end."""

from ttlang import ttl


def make_unicast(transfers: int, depth: int):
    """From core (0, 0) to its neighbour. `depth`: blocks of the buffer that receives."""

    @ttl.operation(grid=(2, 1))
    def unicast(source, target):
        net = ttl.PipeNet([ttl.Pipe(src=(0, 0), dst=(1, 0))])
        sent_dfb = ttl.make_dataflow_buffer_like(source, shape=(1, 1), block_count=2)
        received_dfb = ttl.make_dataflow_buffer_like(target, shape=(1, 1), block_count=depth)

        @ttl.compute()
        def compute():
            pass

        @ttl.datamovement()
        def move():
            for tile in range(transfers):

                def send(pipe):
                    with sent_dfb.reserve() as block:
                        ttl.copy(source[0, tile], block).wait()
                    with sent_dfb.wait() as block:
                        ttl.copy(block, pipe).wait()

                def receive(pipe):
                    with received_dfb.reserve() as block:
                        ttl.copy(pipe, block).wait()
                    with received_dfb.wait() as block:
                        ttl.copy(block, target[0, tile]).wait()

                net.if_src(send)
                net.if_dst(receive)

        @ttl.datamovement()
        def rest():
            pass

    return unicast
