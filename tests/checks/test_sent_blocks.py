"""A block that is filled and only sent on is not one that nobody reads."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from ttlang.diagnostics import TTLangWarning
from ttlang.host import TILE_LAYOUT, open_device, zeros

SENT = """
from ttlang import ttl

@ttl.operation(grid=(2, 1))
def kernel(x, out):
    net = ttl.PipeNet([ttl.Pipe(src=(0, 0), dst=(slice(0, 2), 0))])
    s, r = (ttl.make_dataflow_buffer_like(t, shape=(1, 1), block_count=2) for t in (x, out))

    @ttl.compute()
    def compute():
        pass

    @ttl.datamovement()
    def talk():
        def source(pipe):
            with s.reserve() as b:
                ttl.copy(x[0, 0], b).wait()
                {sends}

        def destination(pipe):
            with r.reserve() as b:
                ttl.copy({received}, b).wait()

        net.if_src(source)
        net.if_dst(destination)

    @ttl.datamovement()
    def write():
        column, _ = ttl.node(dims=2)
        if column == 0:
            with s.wait():
                pass
        with r.wait() as b:
            ttl.copy(b, out[0, column]).wait()
"""


@pytest.mark.parametrize(
    ("sends", "received", "codes"),
    [("ttl.copy(b, pipe).wait()", "pipe", []), ("pass", "x[0, 0]", ["TTL0414"])],
)
def test_what_is_sent_is_not_unread(load: Any, sends: str, received: str, codes: list[str]) -> None:
    device = open_device(device_id=0)
    tensors = [zeros(shape, layout=TILE_LAYOUT, device=device) for shape in ((32, 32), (32, 64))]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        load(SENT.format(sends=sends, received=received)).kernel.compile(*tensors)
    assert [w.message.diagnostic.code for w in caught if isinstance(w.message, TTLangWarning)] == codes
