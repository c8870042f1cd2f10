"""The calls that functions of `kernel_api.h` and its parts make: their operations, and those that have none."""

from __future__ import annotations

from collections.abc import Callable

from xdsl.ir import Attribute

from ttlang.backends.native.callee import Callee, Words
from ttlang.backends.native.snippet import Snippet
from ttlang.dialects import ttkernel
from ttlang.dialects.ttcore import ShardsAttr
from ttlang.dialects.ttkernel.facets import property_names
from ttlang.machine.faults import Fault
from ttlang.machine.noc.core_transfers import MULTICAST_CHANNEL, UNICAST_CHANNEL


def _startup(snippet: Snippet, words: Words) -> None:
    in0, in1, out = (snippet.buffer(word) for word in words)
    snippet.add(ttkernel.ComputeKernelHWStartupOp(in0, in1, out))


def _pack(snippet: Snippet, words: Words) -> None:
    snippet.add(ttkernel.PackTileOp(snippet.value(), snippet.buffer(words[0])))


def _pack_at(snippet: Snippet, words: Words) -> None:
    dst, tile = snippet.value(), snippet.value()
    snippet.add(ttkernel.PackTileOp(dst, snippet.buffer(words[0]), tile))


def _pack_block(snippet: Snippet, words: Words) -> None:
    snippet.add(ttkernel.PackTileBlockOp(snippet.value(), snippet.buffer(words[0]), words[1]))


def _pointer(kind: type[ttkernel.GetWritePtrOp | ttkernel.GetReadPtrOp]) -> Callable[[Snippet, Words], None]:
    def build(snippet: Snippet, words: Words) -> None:
        snippet.add(kind(snippet.buffer(words[0])))

    return build


_CHANNELS: dict[type[ttkernel.CallOp], int] = {
    ttkernel.NocAsyncWriteOp: UNICAST_CHANNEL,
    ttkernel.NocSemaphoreIncOp: UNICAST_CHANNEL,
    ttkernel.NocAsyncWriteMulticastOp: MULTICAST_CHANNEL,
    ttkernel.NocSemaphoreSetMulticastOp: MULTICAST_CHANNEL,
}
"""The virtual channel that each has in `kernel_noc.h` where a kernel names none."""


def _packets(kind: type[ttkernel.CallOp], words: Words) -> dict[str, Attribute]:
    """How packets travel, as the constants of a call say it in the order of its properties' names."""
    given = dict(zip(sorted(property_names(kind)), words, strict=True))
    vc = given.pop("vc", None)
    flags = {name: bool(word) for name, word in given.items()}
    return ttkernel.packet_properties(**flags, vc=None if vc == _CHANNELS.get(kind) else vc)


def _on_core(
    kind: type[ttkernel.CallOp], values: int, *, source_first: bool = False
) -> Callable[[Snippet, Words], None]:
    """A call whose address is given as x, y and an address in L1; `values` more follow."""

    def build(snippet: Snippet, words: Words) -> None:
        x, y, address = (snippet.value() for _ in range(3))
        rest = [snippet.value() for _ in range(values)]
        place = snippet.add(ttkernel.GetNocAddrOp(x, y, address)).results[0]
        operands = [rest[0], place, *rest[1:]] if source_first else [place, *rest]
        snippet.add(kind.create(operands=operands, properties=_packets(kind, words)))

    return build


def _on_bank(
    kind: type[ttkernel.NocAsyncReadOp | ttkernel.NocAsyncWriteOp], *, source_first: bool = False
) -> Callable[[Snippet, Words], None]:
    """A transfer whose far end is given as a bank and an address in it; the constant says whether that is in DRAM."""

    def build(snippet: Snippet, words: Words) -> None:
        bank, address, own, size = (snippet.value() for _ in range(4))
        finder = ttkernel.GetDramBankNocAddrOp if words[0] else ttkernel.GetL1BankNocAddrOp
        place = snippet.add(finder(bank, address)).results[0]
        snippet.add(kind.create(operands=[own, place, size] if source_first else [place, own, size]))

    return build


def _on_rectangle(
    kind: type[ttkernel.CallOp], values: int, *, source_first: bool = True
) -> Callable[[Snippet, Words], None]:
    def build(snippet: Snippet, words: Words) -> None:
        corners = [snippet.value() for _ in range(5)]
        rest = [snippet.value() for _ in range(values)]
        place = snippet.add(ttkernel.GetNocMulticastAddrOp(*corners)).results[0]
        operands = [rest[0], place, *rest[1:]] if source_first else [place, *rest]
        snippet.add(kind.create(operands=operands, properties=_packets(kind, words)))

    return build


def _page(reads: bool) -> Callable[[Snippet, Words], None]:
    """A page of a tensor, a part or several: words are address, memory, description and page size; and the size."""

    def build(snippet: Snippet, words: Words) -> None:
        *tensor, size = words
        found = snippet.tensor(tensor)
        page, offset, address = (snippet.value() for _ in range(3))
        accessor = snippet.accessor(found)
        if size > found.page_bytes and isinstance(found.type.shards, ShardsAttr) and size % found.page_bytes == 0:
            kind = ttkernel.NocAsyncReadRunOp if reads else ttkernel.NocAsyncWriteRunOp
            snippet.must_be_zero(offset, "several pages from the middle of one on")
            snippet.add(kind(page, accessor, address, size // found.page_bytes))
            return
        if found.is_row_major:
            kind = ttkernel.NocAsyncReadRowOp if reads else ttkernel.NocAsyncWriteRowOp
            snippet.add(kind(page, accessor, offset, address, size or found.row_bytes))
            return
        if size > found.aligned_page_bytes:
            message = f"moves {size} bytes of a page of '{found.name}', which has {found.page_bytes}"
            raise Fault("TTL0807", snippet.number, message)
        if size not in (0, found.page_bytes, found.aligned_page_bytes):
            raise snippet.not_modelled(f"{size} bytes of a tile of '{found.name}', which has {found.page_bytes}")
        kind = ttkernel.NocAsyncReadPageOp if reads else ttkernel.NocAsyncWritePageOp
        snippet.must_be_zero(offset, "a part of a tile")
        snippet.add(kind(page, accessor, address))

    return build


def _shard(
    kind: type[ttkernel.NocAsyncReadShardOp | ttkernel.NocAsyncWriteShardOp],
) -> Callable[[Snippet, Words], None]:
    def build(snippet: Snippet, words: Words) -> None:
        *tensor, size = words
        found = snippet.tensor(tensor)
        if not isinstance(found.type.shards, ShardsAttr):
            raise Fault("TTL0807", snippet.number, f"a shard of '{found.name}', which is not sharded")
        if size and (found.is_row_major or size != found.type.shard_bytes):
            raise snippet.not_modelled(f"{size} bytes of a shard of '{found.name}'")
        shard, offset, address = (snippet.value() for _ in range(3))
        snippet.must_be_zero(
            offset, "a transfer that does not start with its shard: in ttnn 0.69, calls of NOC 1 don't"
        )
        snippet.add(kind(shard, snippet.accessor(found), address))

    return build


def _zeros(snippet: Snippet, words: Words) -> None:
    address, size = snippet.value(), snippet.value()
    snippet.add(ttkernel.NocAsyncReadZerosOp(address, size))


def _nothing(snippet: Snippet, words: Words) -> None:
    """Calls that the thread itself takes care of."""


def _print_row(snippet: Snippet, words: Words) -> None:
    number, back = words
    cb, tile, row = snippet.buffer(number), snippet.value(), snippet.value()
    snippet.add(ttkernel.DPrintRowOp(cb, tile, row, back=bool(back)))


def _print_elements(snippet: Snippet, words: Words) -> None:
    number, back, count = words
    cb, first = snippet.buffer(number), snippet.value()
    snippet.add(ttkernel.DPrintElementsOp(cb, first, count, back=bool(back)))


PAUSE, NO_ARGUMENT, NO_BUFFER, AVAILABLE, RESERVABLE, NOT_MODELLED, RECEIVED, ACKED, PRINT = range(9)
"""The numbers of calls that stand for no operation."""

SPECIAL: tuple[Callee, ...] = (
    Callee("PAUSE", 0, 0, _nothing),
    Callee("NO_ARGUMENT", 3, 0, _nothing),
    Callee("NO_BUFFER", 1, 0, _nothing),
    Callee("AVAILABLE", 1, 1, _nothing),
    Callee("RESERVABLE", 1, 1, _nothing),
    Callee("NOT_MODELLED", 1, 0, _nothing),
    Callee("RECEIVED", 1, 0, _nothing),
    Callee("ACKED", 1, 0, _nothing),
    Callee("PRINT", 0, 3, _nothing),
    Callee("PRINT_ROW", 2, 2, _print_row),
    Callee("PRINT_ELEMENTS", 3, 1, _print_elements),
    Callee("WRITE_POINTER", 1, 0, _pointer(ttkernel.GetWritePtrOp)),
    Callee("READ_POINTER", 1, 0, _pointer(ttkernel.GetReadPtrOp)),
    Callee("STARTUP", 3, 0, _startup, kind=ttkernel.ComputeKernelHWStartupOp),
    # What was written shows at once here: there is no cache.
    Callee("INVALIDATE_L1_CACHE", 0, 0, _nothing, kind=ttkernel.InvalidateL1CacheOp),
    Callee("PACK", 1, 1, _pack),
    Callee("PACK_AT", 1, 2, _pack_at),
    Callee("PACK_TILE_BLOCK", 2, 1, _pack_block, kind=ttkernel.PackTileBlockOp),
    Callee("READ_PAGE", 5, 3, _page(reads=True)),
    Callee("WRITE_PAGE", 5, 3, _page(reads=False)),
    Callee("READ_SHARD", 5, 3, _shard(ttkernel.NocAsyncReadShardOp)),
    Callee("WRITE_SHARD", 5, 3, _shard(ttkernel.NocAsyncWriteShardOp)),
    Callee("READ_CORE", 0, 5, _on_core(ttkernel.NocAsyncReadOp, 2)),
    Callee("READ_ZEROS", 0, 2, _zeros, kind=ttkernel.NocAsyncReadZerosOp),
    Callee("WRITE_CORE", 2, 5, _on_core(ttkernel.NocAsyncWriteOp, 2, source_first=True)),
    Callee("READ_BANK", 1, 4, _on_bank(ttkernel.NocAsyncReadOp)),
    Callee("WRITE_BANK", 1, 4, _on_bank(ttkernel.NocAsyncWriteOp, source_first=True)),
    Callee("INC", 2, 4, _on_core(ttkernel.NocSemaphoreIncOp, 1)),
    Callee("SET_REMOTE", 0, 4, _on_core(ttkernel.NocSemaphoreSetRemoteOp, 1, source_first=True)),
    Callee("WRITE_MULTICAST", 2, 8, _on_rectangle(ttkernel.NocAsyncWriteMulticastOp, 3)),
    Callee("WRITE_MULTICAST_LOOPBACK", 1, 8, _on_rectangle(ttkernel.NocAsyncWriteMulticastLoopbackSrcOp, 3)),
    Callee("INC_MULTICAST", 1, 7, _on_rectangle(ttkernel.NocSemaphoreIncMulticastOp, 2, source_first=False)),
    Callee("SET_MULTICAST", 2, 7, _on_rectangle(ttkernel.NocSemaphoreSetMulticastOp, 2)),
    Callee("SET_MULTICAST_LOOPBACK", 1, 7, _on_rectangle(ttkernel.NocSemaphoreSetMulticastLoopbackSrcOp, 2)),
)
