"""Scripts as they are open in an editor, and facts about them as the engine tells them."""

from __future__ import annotations

from lsprotocol import types as lsp

from ttlang.editor.client_places import ClientPlaces
from ttlang.editor.open_documents import Document
from ttlang.editor.open_script import OpenScript
from ttlang.editor.positions import Position, Range
from ttlang.engine.facts.kernel_facts import (
    BlockFacts,
    BufferFacts,
    Costs,
    KernelFacts,
    L1Facts,
    LineCost,
    Place,
    SizeFacts,
    TensorFacts,
    ThreadFacts,
    Use,
    Wait,
    facts_to_json,
)

PATH = "/work/scale.py"
URI = f"file://{PATH}"
SCRIPT = """\
from ttlang import ttl, ttnn


@ttl.operation(grid=(1, 1))
def scale(x, out, *, bm=ttl.one_of(1, 2)):
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(bm, 1), block_count=2)
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(bm, 1), block_count=2)

    @ttl.compute()
    def compute():
        with x_dfb.wait() as v, out_dfb.reserve() as o:
            o.store(ttl.math.gelu(v) * 2)

    @ttl.datamovement()
    def read():
        with x_dfb.reserve() as block:
            ttl.copy(x[0:1, 0], block).wait()

    @ttl.datamovement()
    def write():
        with out_dfb.wait() as block:
            ttl.copy(block, out[0:1, 0]).wait()
"""


def open_script(text: str = SCRIPT, uri: str = URI) -> OpenScript:
    return OpenScript(Document.of(uri, 1, text))


def place_of(text: str, word: str, nth: int = 0) -> Place:
    """Of the nth occurrence of a word."""
    where = range_of(text, word, nth)
    return Place(PATH, *where.start, *where.end)


def range_of(text: str, word: str, nth: int = 0) -> Range:
    at = -1
    for _ in range(nth + 1):
        at = text.index(word, at + 1)
    line = text.count("\n", 0, at)
    start = at - (text.rfind("\n", 0, at) + 1)
    return Range(Position(line, start), Position(line, start + len(word)))


def inside(text: str, word: str, nth: int = 0) -> Position:
    """The place behind the first letter of a word."""
    line, character = range_of(text, word, nth).start
    return Position(line, character + 1)


def line_place(text: str, word: str) -> Place:
    """The whole line in which a word stands."""
    line = range_of(text, word).start.line
    whole = text.split("\n")[line]
    return Place(PATH, line, len(whole) - len(whole.lstrip()), line, len(whole))


def block(text: str, words: str, nth: int, thread: str) -> BlockFacts:
    buffer, kind = words.removesuffix("()").split(".")
    return BlockFacts(place_of(text, words, nth), thread, kind, buffer, (2, 1), "bfloat16", "tiled", 4096)


def facts(text: str = SCRIPT) -> KernelFacts:
    """What is told of `SCRIPT`."""
    waits = (Wait("read", line_place(text, "ttl.copy(x"), 60.0),)
    lines = (
        LineCost("compute", line_place(text, "o.store"), 1234.4, 0.5, {"math": 1000.0, "pack": 234.4}, {}, (), 900.0),
        LineCost("compute", line_place(text, "x_dfb.wait"), 80.0, 0.03, {}, {"pages": 80.0}, waits, None),
        LineCost("write", line_place(text, "ttl.copy(block"), 1.0, 0.0004, {}, {"noc": 1.0}),
    )
    produced = (Use("read", place_of(text, "x_dfb.reserve()")),)
    consumed = (Use("compute", place_of(text, "x_dfb.wait()")),)
    return KernelFacts(
        name="scale",
        place=place_of(text, "def scale"),
        arch="wormhole_b0",
        grid=(1, 1),
        tensors=(TensorFacts("x", place_of(text, "x"), (64, 32), "bfloat16", "tiled", "dram"),),
        l1=L1Facts(16384, 1395 * 1024),
        threads=(
            ThreadFacts("compute", "compute", place_of(text, "def compute")),
            ThreadFacts("read", "read", place_of(text, "def read")),
        ),
        buffers=(
            BufferFacts(
                "x_dfb",
                place_of(text, "x_dfb"),
                False,
                (2, 1),
                "bfloat16",
                "tiled",
                2,
                4096,
                8192,
                producers=produced,
                consumers=consumed,
            ),
        ),
        blocks=(block(text, "x_dfb.wait()", 0, "compute"), block(text, "x_dfb.reserve()", 0, "read")),
        sizes=(SizeFacts("bm", place_of(text, "bm"), "2", ("4 takes more L1 than there is",)),),
        costs=Costs(2468.0, 2.468, True, "dram", 0.4, lines),
    )


def script_with_facts(text: str = SCRIPT, uri: str = URI) -> OpenScript:
    script = open_script(text, uri)
    assert script.tell_facts(1, [facts_to_json(facts(text))])
    return script


UTF16 = ClientPlaces("utf-16")
EVERYWHERE = Range(Position(0, 0), Position(10_000, 0))


def client_range(text: str, word: str, nth: int = 0) -> lsp.Range:
    return UTF16.range(text.splitlines(keepends=True), range_of(text, word, nth))
