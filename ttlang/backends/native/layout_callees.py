"""The calls that lay rows out, which have templates."""

from __future__ import annotations

from collections.abc import Iterator

from ttlang.backends.native.callee import Callee, Declaration, Words
from ttlang.backends.native.snippet import Snippet
from ttlang.dialects.ttkernel import layouts


def layout_callees() -> Iterator[Callee]:
    yield _untilize_init()
    yield _untilize_block()
    yield _untilize_dest_init()
    yield _untilize_dest()


def _untilize_init() -> Callee:
    def build(snippet: Snippet, words: Words) -> None:
        part, width, in0, out = words
        snippet.add(layouts.PackUntilizeInitOp(part, width, snippet.buffer(in0), snippet.buffer(out)))

    parameters = ("uint32_t in0", "uint32_t out")
    words = ("part", "width", "in0", "out")
    template = "uint32_t part = 8, uint32_t width = part"
    return Callee("PACK_UNTILIZE_INIT", 4, 0, build, (Declaration("pack_untilize_init", template, parameters, words),))


def _untilize_block() -> Callee:
    def build(snippet: Snippet, words: Words) -> None:
        part, width, in0, rows, out = words
        snippet.one_of({1: "1"}, rows, "pack_untilize_block of several rows of tiles")
        column = snippet.value()
        snippet.add(layouts.PackUntilizeBlockOp(part, width, snippet.buffer(in0), snippet.buffer(out), column))

    parameters = ("uint32_t in0", "uint32_t rows", "uint32_t out", "uint32_t column = 0")
    words = ("part", "width", "in0", "rows", "out", "column")
    template = "uint32_t part = 8, uint32_t width = part"
    return Callee(
        "PACK_UNTILIZE_BLOCK", 5, 1, build, (Declaration("pack_untilize_block", template, parameters, words),)
    )


def _untilize_dest_init() -> Callee:
    def build(snippet: Snippet, words: Words) -> None:
        part, width, plain, out = words
        snippet.one_of({1: "1"}, plain, "pack_untilize_dest_init for other than whole tiles")
        snippet.add(layouts.PackUntilizeDestInitOp(part, width, snippet.buffer(out)))

    template = "uint32_t part = 8, uint32_t width = part, bool narrow = false, uint32_t row = 32, bool dense = false"
    plain = "!narrow && row == 32 && !dense && face_rows == 16 && faces == 4"
    parameters = ("uint32_t out", "uint32_t face_rows = 16", "uint32_t faces = 4")
    words = ("part", "width", plain, "out")
    declaration = Declaration("pack_untilize_dest_init", f"{template}, auto... more", parameters, words)
    kind = layouts.PackUntilizeDestInitOp
    return Callee("PACK_UNTILIZE_DEST_INIT", 4, 0, build, (declaration,), kind)


def _untilize_dest() -> Callee:
    """Functions of `kernel_compute.h` make the call."""

    def build(snippet: Snippet, words: Words) -> None:
        part, width, out = words
        column, dst = snippet.value(), snippet.value()
        snippet.add(layouts.PackUntilizeDestOp(part, width, snippet.buffer(out), column, dst))

    return Callee("PACK_UNTILIZE_DEST", 3, 2, build, kind=layouts.PackUntilizeDestOp)
