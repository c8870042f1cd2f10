"""What `ttl-validate` and the budgets of the later passes find, on kernels in a shorthand of the IR."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable

import pytest
from xdsl.dialects.builtin import ModuleOp

from ttlang.diagnostics import Diagnostic, DiagnosticError, Severity, TTLangWarning
from ttlang.driver.compiler import lower
from ttlang.driver.universe import make_context
from ttlang.settings.options import CompileOptions
from ttlang.tables.chips import WORMHOLE_B0
from ttlang.transforms.ttl_validate import TTLValidatePass

Parse = Callable[[str], ModuleOp]

CB = "!ttl.cb<[2, 2], !ttcore.tile<32x32, bf16>, 2>"
BLOCK = "!ttl.block<[2, 2], !ttcore.tile<32x32, bf16>>"
SLICE = "!ttl.slice<[2, 2], !ttcore.tile<32x32, bf16>>"
TENSOR = "!ttcore.tensor<[8, 8], !ttcore.tile<32x32, bf16>, dram>"
READ, WRITE = "!ttl.transfer_handle<read>", "!ttl.transfer_handle<write>"

SHORTHAND = {
    r"(%\w+) = (wait|reserve) (\w)": rf"\1 = ttl.cb_\2 %\3_cb : {CB} -> {BLOCK}",
    r"(push|pop) (\w)": rf"ttl.cb_\1 %\2_cb : {CB}",
    r"store (%\w+), (%\w+)": rf"ttl.store \1, \2 : {BLOCK}, {BLOCK}",
    r"(%\w+) = read (%\w+)": rf"\1 = ttl.copy %window to \2 : {SLICE} to {BLOCK} -> {READ}",
    r"(%\w+) = write (%\w+)": rf"\1 = ttl.copy \2 to %window : {BLOCK} to {SLICE} -> {WRITE}",
    r"finish (%\w+)": rf"ttl.wait \1 : {READ}",
    r"finish_write (%\w+)": rf"ttl.wait \1 : {WRITE}",
    r"(%\w+) = (exp) (%\w+)": rf"\1 = ttl.\2 \3 : ({BLOCK}) -> {BLOCK}",
    r"(%\w+) = (add) (%\w+), (%\w+)": rf"\1 = ttl.\2 \3, \4 : ({BLOCK}, {BLOCK}) -> {BLOCK}",
    r"for {": "scf.for %turn = %zero to %n step %one : i32 {",
    r"once {": "scf.for %turn = %zero to %one step %one : i32 {",
    r"if {": "scf.if %condition {",
    r"if (%\w+) {": r"scf.if \1 {",
    r"(%\w+) = if {": r"\1 = scf.if %condition -> (i1) {",
    r"yield (%\w+)": r"scf.yield \1 : i1",
    r"while {": "%w = scf.while (%k = %n) : (i32) -> i32 {\n"
    "%again = arith.cmpi slt, %k, %one : i32\n"
    "scf.condition(%again) %k : i32\n} do {\n^bb0(%l: i32):",
    r"next": "scf.yield %l : i32",
    r"} else {|}": r"\g<0>",
}
"""Lines of a kernel, and the IR that they stand for. How often loops run is known only when they do, except `once`."""

BEFORE = """
%zero = arith.constant 0 : i32
%one = arith.constant 1 : i32
%true = arith.constant true
%false = arith.constant false
%n = ttl.core_x
%condition = arith.cmpi eq, %n, %zero : i32
"""
WINDOW = f"%window = ttl.tensor_slice %t[%zero, %zero] : {TENSOR} -> {SLICE}\n"


def expand(line: str) -> str:
    for pattern, text in SHORTHAND.items():
        if match := re.fullmatch(pattern, line):
            return match.expand(text)
    raise AssertionError(f"no such line: {line}")


def thread(name: str, text: str, first_line: int) -> str:
    """A thread; the location of each operation is its line, that of control flow the line where it begins."""
    kind = "compute_thread" if name.startswith("compute") else "datamovement_thread"
    lines = [f"ttl.{kind} @{name} {{", BEFORE, "" if name.startswith("compute") else WINDOW]
    starts: list[int] = []
    for number, line in enumerate((part.strip() for part in text.strip().splitlines()), start=first_line):
        if line.endswith("{") and not line.startswith("}"):
            starts.append(number)
            lines.append(expand(line))
        elif line == "}":
            lines.append(f'}} loc("k.py":{starts.pop()}:5)')
        else:
            lines.append(expand(line) + ("" if line.endswith("{") else f' loc("k.py":{number}:5)'))
    return "\n".join([*lines, f'}} loc("k.py":{first_line - 1}:1)'])


def other_ends(texts: dict[str, str]) -> dict[str, str]:
    """Threads for the ends of buffers that the given ones leave open."""
    text = "\n".join(texts.values())
    filled = set(re.findall(r"(?:reserve|push) (\w)", text))
    emptied = set(re.findall(r"(?<!cb_)(?:wait|pop) (\w)", text))
    reads = [f"%a = reserve {b}\n%h = read %a\nfinish %h\npush {b}" for b in sorted(emptied - filled)]
    writes = [f"%a = wait {b}\n%h = write %a\nfinish_write %h\npop {b}" for b in sorted(filled - emptied)]
    named = [
        (f"other{i}", text.replace("%a", f"%a{i}").replace("%h", f"%h{i}")) for i, text in enumerate(reads + writes)
    ]
    return dict(named)


def kernel(grid: str = "[2, 2]", complete: bool = True, **texts: str) -> str:
    """The IR of a kernel. Lines count from 11 in the first thread, 21 in the second, and so on."""
    threads = texts | (other_ends(texts) if complete else {})
    parts = [f'ttl.kernel @k grid {grid} on "wormhole_b0" {{']
    parts.append(f'%t = ttl.tensor_accessor "t" at 0 : {TENSOR} loc("k.py":2:1)')
    parts += [f'%{name}_cb = ttl.create_cb "{name}_cb" : {CB} loc("k.py":{3 + i}:1)' for i, name in enumerate("xyo")]
    parts += [thread(name, text, 10 * i + 11) for i, (name, text) in enumerate(threads.items())]
    return "\n".join([*parts, '} loc("k.py":1:1)'])


@pytest.fixture
def diagnose(parse: Parse) -> Callable[..., tuple[Diagnostic, ...]]:
    """What the pass says about a kernel, be it errors or warnings."""

    def run(**more: str) -> tuple[Diagnostic, ...]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                TTLValidatePass().apply(make_context(), parse(kernel(**more)))
            except DiagnosticError as found:
                return tuple(d for d in found.diagnostics if d.code not in MEETINGS)
        return tuple(
            w.message.diagnostic
            for w in caught
            if isinstance(w.message, TTLangWarning) and w.message.diagnostic.code not in MEETINGS
        )

    return run


MEETINGS = ("TTL0415", "TTL0416")
"""The kernels here are about one thread: the others are stubs, which it doesn't meet (see test_channels.py)."""

Diagnose = Callable[..., tuple[Diagnostic, ...]]


def places(diagnostics: tuple[Diagnostic, ...]) -> list[tuple[str, int]]:
    return [(d.code, d.span.line) for d in diagnostics if d.span is not None]


# Kernels, by what they show; after each, the codes that are found in it with their lines.
WRONG = {
    "an expression is computed where it is stored": (
        """
        %a = wait x
        %e = exp %a
        pop x
        %o = reserve o
        store %e, %o
        push o
        """,
        [("TTL0401", 15)],
    ),
    "a block after its push": (
        """
        %a = wait x
        %o = reserve o
        store %a, %o
        push o
        store %a, %o
        pop x
        """,
        [("TTL0401", 15)],
    ),
    "pop without wait": ("pop x", [("TTL0402", 11)]),
    "push without reserve": ("push o", [("TTL0402", 11)]),
    "pop twice": (
        """
        %a = wait x
        %o = reserve o
        store %a, %o
        push o
        pop x
        pop x
        """,
        [("TTL0402", 16)],
    ),
    "held at the end": (
        """
        %a = wait x
        %o = reserve o
        store %a, %o
        push o
        """,
        [("TTL0403", 11)],
    ),
    "held at the end of a turn": (
        """
        for {
          %a = wait x
          %o = reserve o
          store %a, %o
          pop x
        }
        """,
        [("TTL0403", 13)],
    ),
    "waited for twice": (
        """
        %a = wait x
        %b = wait x
        %o = reserve o
        store %b, %o
        push o
        pop x
        """,
        [("TTL0404", 12)],
    ),
    "reserved twice": (
        """
        %o = reserve o
        %p = reserve o
        %a = wait x
        store %a, %p
        push o
        pop x
        """,
        [("TTL0404", 12)],
    ),
    "pushed, and nothing was written": (
        """
        %o = reserve o
        push o
        """,
        [("TTL0409", 12)],
    ),
    "written on one path only": (
        """
        %a = wait x
        %o = reserve o
        if {
          store %a, %o
        }
        push o
        pop x
        """,
        [("TTL0409", 16)],
    ),
    "stored twice": (
        """
        %a = wait x
        %o = reserve o
        store %a, %o
        store %a, %o
        push o
        pop x
        """,
        [("TTL0410", 14)],
    ),
    "stored on one path, and then again": (
        """
        %a = wait x
        %o = reserve o
        if {
          store %a, %o
        }
        store %a, %o
        push o
        pop x
        """,
        [("TTL0410", 16)],
    ),
    "stored in each turn of a loop": (
        """
        %o = reserve o
        for {
          if {
            %a = wait x
            store %a, %o
            pop x
          }
        }
        push o
        """,
        [("TTL0409", 19), ("TTL0410", 15)],
    ),
    "stored in each turn of two loops": (
        """
        %a = wait x
        %o = reserve o
        while {
          for {
            store %a, %o
          }
          next
        }
        push o
        pop x
        """,
        [("TTL0410", 15)],
    ),
    "a store to a block that was waited for": (
        """
        %a = wait x
        store %a, %a
        pop x
        """,
        [("TTL0411", 12)],
    ),
    "a read of a block that was reserved": (
        """
        %o = reserve o
        %a = wait x
        %s = add %a, %o
        store %s, %o
        push o
        pop x
        """,
        [("TTL0412", 14)],
    ),
    "acquired on one path": (
        """
        if {
          %a = wait x
        }
        """,
        [("TTL0413", 11)],
    ),
    "released on one path": (
        """
        %a = wait x
        %o = reserve o
        store %a, %o
        push o
        if {
        } else {
          pop x
        }
        """,
        [("TTL0413", 15)],
    ),
    "another block on each path": (
        """
        if {
          %a = wait x
        } else {
          %b = wait x
        }
        """,
        [("TTL0413", 11)],
    ),
    "released before a break, and after it": (
        """
        for {
          %a = wait x
          %o = reserve o
          store %a, %o
          push o
          %go = if {
            pop x
            yield %false
          } else {
            yield %true
          }
          pop x
        }
        """,
        [("TTL0402", 22)],
    ),
    "not released after a break": (
        """
        for {
          %a = wait x
          %o = reserve o
          store %a, %o
          push o
          %go = if {
            yield %false
          } else {
            yield %true
          }
          if %go {
            pop x
          }
        }
        """,
        [("TTL0413", 21)],
    ),
    "a flag that says nothing": (
        """
        %a = wait x
        %o = reserve o
        store %a, %o
        push o
        %go = if {
          pop x
          yield %true
        } else {
          yield %true
        }
        """,
        [("TTL0413", 15)],
    ),
    "released in a loop": (
        """
        %a = wait x
        %o = reserve o
        store %a, %o
        push o
        for {
          pop x
        }
        """,
        [("TTL0413", 15)],
    ),
    "released and acquired again in a loop": (
        """
        %a = wait x
        for {
          %o = reserve o
          store %a, %o
          push o
          pop x
          %b = wait x
        }
        pop x
        """,
        [("TTL0413", 12), ("TTL0414", 19)],
    ),
    "popped, and nothing has read it": (
        """
        %a = wait x
        pop x
        """,
        [("TTL0414", 12)],
    ),
}

WRONG_TRANSFERS = {
    "never waited for": (
        """
        %a = wait x
        %h = write %a
        """,
        [("TTL0403", 11), ("TTL0502", 12)],
    ),
    "not waited for in the turn that starts it": (
        """
        for {
          %a = reserve o
          %h = read %a
        }
        """,
        [("TTL0403", 12), ("TTL0502", 13)],
    ),
    "waited for on one path": (
        """
        %a = reserve o
        %h = read %a
        if {
          finish %h
        }
        push o
        """,
        [("TTL0504", 16)],
    ),
    "waited for twice": (
        """
        %a = reserve o
        %h = read %a
        finish %h
        finish %h
        push o
        """,
        [("TTL0503", 14)],
    ),
    "waited for on each path, and then again": (
        """
        %a = reserve o
        %h = read %a
        if {
          finish %h
        } else {
          finish %h
        }
        finish %h
        push o
        """,
        [("TTL0503", 18)],
    ),
    "waited for in a loop": (
        """
        %a = reserve o
        %h = read %a
        for {
          finish %h
        }
        push o
        """,
        [("TTL0503", 14)],
    ),
    "pushed with a transfer under way": (
        """
        %a = reserve o
        %h = read %a
        push o
        finish %h
        """,
        [("TTL0504", 13)],
    ),
    "popped with a transfer under way": (
        """
        %a = wait x
        %h = write %a
        pop x
        """,
        [("TTL0504", 13)],
    ),
    "a copy from a block that was released": (
        """
        %a = wait x
        %h = write %a
        finish_write %h
        pop x
        %i = write %a
        finish_write %i
        """,
        [("TTL0401", 15)],
    ),
    "a copy to a block that was waited for": (
        """
        %a = wait x
        %h = read %a
        finish %h
        pop x
        """,
        [("TTL0411", 12)],
    ),
    "filled twice": (
        """
        %a = reserve o
        %h = read %a
        finish %h
        %i = read %a
        finish %i
        push o
        """,
        [("TTL0410", 14)],
    ),
    "filled in each turn of a loop": (
        """
        %a = reserve o
        for {
          %h = read %a
          finish %h
        }
        push o
        """,
        [("TTL0410", 13)],
    ),
    "filled by two transfers at once": (
        """
        %a = reserve o
        %h = read %a
        %i = read %a
        finish %h
        finish %i
        push o
        """,
        [("TTL0504", 13)],
    ),
    "popped twice, and reserved twice": (
        """
        %a = wait x
        %h = write %a
        finish_write %h
        pop x
        pop x
        %b = reserve o
        %c = reserve o
        %i = read %c
        finish %i
        push o
        push o
        """,
        [("TTL0402", 15), ("TTL0404", 17)],
    ),
    "popped on one path, and then again": (
        """
        %a = wait x
        %h = write %a
        finish_write %h
        if {
          pop x
        }
        pop x
        """,
        [("TTL0413", 14)],
    ),
    "waited for in a loop, popped after it": (
        """
        for {
          %a = wait x
          %h = write %a
          finish_write %h
        }
        pop x
        """,
        [("TTL0403", 12)],
    ),
    "a copy from a block that was reserved": (
        """
        %a = reserve o
        %h = write %a
        finish_write %h
        push o
        """,
        [("TTL0412", 12)],
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_mistakes_in_compute_threads(name: str, diagnose: Diagnose) -> None:
    text, expected = WRONG[name]
    assert places(diagnose(compute=text)) == sorted(expected, key=lambda place: place[1])


@pytest.mark.parametrize("name", WRONG_TRANSFERS)
def test_mistakes_with_transfers(name: str, diagnose: Diagnose) -> None:
    text, expected = WRONG_TRANSFERS[name]
    assert places(diagnose(move=text)) == sorted(expected, key=lambda place: place[1])


CORRECT = {
    "as with-statements nest": """
        %a = wait x
        %b = wait y
        %o = reserve o
        %s = add %a, %b
        %e = exp %s
        store %e, %o
        push o
        pop y
        pop x
        """,
    "in loops": """
        %a = wait x
        for {
          while {
            %o = reserve o
            store %a, %o
            push o
            next
          }
        }
        pop x
        """,
    "the same on both paths": """
        if {
          %a = wait x
          %o = reserve o
          store %a, %o
          push o
          pop x
        } else {
          %b = wait x
          %p = reserve o
          store %b, %p
          push o
          pop x
        }
        """,
    "acquired before, stored on both paths": """
        %a = wait x
        %o = reserve o
        if {
          store %a, %o
        } else {
          %e = exp %a
          store %e, %o
        }
        push o
        pop x
        """,
    "released on both paths": """
        %a = wait x
        %o = reserve o
        store %a, %o
        if {
          push o
          pop x
        } else {
          pop x
          push o
        }
        """,
    "a loop of one turn is no loop": """
        %a = wait x
        %o = reserve o
        once {
          store %a, %o
          pop x
        }
        push o
        """,
    "one after the other": """
        %a = wait x
        %o = reserve o
        store %a, %o
        pop x
        push o
        %b = wait x
        %p = reserve o
        store %b, %p
        push o
        pop x
        """,
    "a buffer within the thread": """
        %a = wait x
        %o = reserve o
        store %a, %o
        push o
        %b = wait o
        %p = reserve y
        store %b, %p
        push y
        pop o
        pop x
        """,
    "released before a break": """
        for {
          %a = wait x
          %o = reserve o
          store %a, %o
          push o
          %go = if {
            %inner = if {
              pop x
              yield %false
            } else {
              yield %true
            }
            yield %inner
          } else {
            yield %true
          }
          if {
            %b = wait y
            %p = reserve o
            store %b, %p
            push o
            pop y
          }
          if %go {
            pop x
          }
        }
        """,
    "nothing at all": "",
}
CORRECT_TRANSFERS = {
    "one of two copies, and then another block": """
        %a = reserve o
        if {
          %h = read %a
          finish %h
        } else {
          %i = read %a
          finish %i
        }
        push o
        %b = reserve o
        %j = read %b
        finish %j
        push o
        """,
    "a copy in the turns that want it": """
        %a = reserve o
        %h = read %a
        finish %h
        push o
        for {
          %b = reserve o
          %i = read %b
          finish %i
          push o
        }
        """,
    "two writes of one block": """
        %a = wait x
        %h = write %a
        %i = write %a
        finish_write %h
        finish_write %i
        pop x
        """,
    "waited for in any order": """
        %a = reserve x
        %h = read %a
        %b = reserve y
        %i = read %b
        finish %i
        finish %h
        push x
        push y
        """,
    "reads and writes": """
        for {
          %a = reserve x
          %h = read %a
          finish %h
          push x
          %b = wait o
          %i = write %b
          finish_write %i
          pop o
        }
        """,
    "waited for on both paths": """
        %a = reserve x
        %h = read %a
        if {
          finish %h
        } else {
          finish %h
        }
        push x
        """,
    "waited for in a loop of one turn": """
        %a = reserve x
        %h = read %a
        once {
          finish %h
        }
        push x
        """,
    "waited for before a break": """
        for {
          %a = reserve x
          %h = read %a
          %go = if {
            finish %h
            push x
            yield %false
          } else {
            yield %true
          }
          if %go {
            finish %h
            push x
          }
        }
        """,
    "two transfers from one block": """
        %a = wait x
        %h = write %a
        %i = write %a
        finish_write %h
        finish_write %i
        pop x
        """,
}


@pytest.mark.parametrize("name", CORRECT)
def test_correct_compute_threads(name: str, diagnose: Diagnose) -> None:
    assert diagnose(compute=CORRECT[name]) == ()


@pytest.mark.parametrize("name", CORRECT_TRANSFERS)
def test_correct_transfers(name: str, diagnose: Diagnose) -> None:
    assert diagnose(move=CORRECT_TRANSFERS[name]) == ()


FILL = "%a = reserve x\n%h = read %a\nfinish %h\npush x"
DRAIN = "%a = wait x\n%h = write %a\nfinish_write %h\npop x"


def test_two_producers(diagnose: Diagnose) -> None:
    (found,) = diagnose(first=FILL, second=FILL, third=DRAIN, complete=False)
    assert (found.code, found.span.line) == ("TTL0405", 21)
    assert "x_cb has two producers: it is reserved and pushed in first and in second" in found.message
    assert [related.span.line for related in found.related] == [11]


def test_two_consumers(diagnose: Diagnose) -> None:
    (found,) = diagnose(first=DRAIN, second=DRAIN, third=FILL, complete=False)
    assert (found.code, found.span.line) == ("TTL0406", 21)
    assert "first and in second" in found.message
    assert [related.span.line for related in found.related] == [11]


def test_a_buffer_that_nothing_fills(diagnose: Diagnose) -> None:
    (found,) = diagnose(move=DRAIN, complete=False)
    assert (found.code, found.span.line) == ("TTL0407", 11)
    assert "move waits for x_cb, which nothing fills" in found.message
    assert [related.span.line for related in found.related] == [3]


def test_a_buffer_that_nothing_empties(diagnose: Diagnose) -> None:
    (found,) = diagnose(move=FILL, complete=False)
    assert (found.code, found.span.line) == ("TTL0408", 11)


def test_all_mistakes_come_at_once_in_the_order_of_the_source(diagnose: Diagnose) -> None:
    found = diagnose(compute="pop x\npush o", move="%a = reserve y\n%h = read %a\npush y")
    assert places(found) == [("TTL0402", 11), ("TTL0402", 12), ("TTL0504", 23)]
    assert all(diagnostic.hint for diagnostic in found)


def test_what_is_only_suspicious_is_a_warning(parse: Parse) -> None:
    module = parse(kernel(compute="%a = wait x\npop x"))
    before = str(module)
    with pytest.warns(TTLangWarning, match="TTL0414") as caught:
        TTLValidatePass().apply(make_context(), module)
    assert caught[0].message.diagnostic.severity is Severity.WARNING
    assert str(module) == before


def test_a_grid_larger_than_the_chip(diagnose: Diagnose) -> None:
    (found,) = diagnose(grid="[9, 8]", compute="")
    assert (found.code, found.span.line) == ("TTL0703", 1)
    assert "9 x 8" in found.message
    assert "8 x 8" in found.message
    (found,) = diagnose(grid="[8, 9]", compute="")
    assert found.code == "TTL0703"
    assert diagnose(grid="[8, 8]", compute="") == ()


# --------------------------------------------------------------------------------------------- budgets of later passes


def budget_kernel(resources: str, thread: str = "") -> str:
    return f"""
        ttl.kernel @k grid [2, 2] on "wormhole_b0" {{
          {resources}
          ttl.datamovement_thread @move {{
          ^bb0:
            {thread}
          }} loc("k.py":50:1)
        }} loc("k.py":1:1)
        """


def buffer(name: str, blocks: int, line: int, dtype: str = "bf16") -> str:
    tile = f"!ttcore.tile<32x32, {dtype}>"
    return f'%{name} = ttl.create_cb "{name}" : !ttl.cb<[2, 2], {tile}, {blocks}> loc("k.py":{line}:5)\n'


def test_more_buffers_than_the_core_has(parse: Parse) -> None:
    count = WORMHOLE_B0.circular_buffers
    text = "".join(buffer(f"b{i}", 1, i + 2) for i in range(count))
    lower(parse(budget_kernel(text)), CompileOptions())
    with pytest.raises(DiagnosticError) as caught:
        lower(parse(budget_kernel(text + buffer("more", 1, 40))), CompileOptions())
    (found,) = caught.value.diagnostics
    assert (found.code, found.span.line) == ("TTL0702", 40)
    assert f"{count + 1} circular buffers; a core of Wormhole B0 has {count}" in found.message


def test_more_l1_than_the_core_has(parse: Parse) -> None:
    # Blocks of 8 KiB, and a budget of 1360 KiB.
    lower(parse(budget_kernel(buffer("a", 100, 2) + buffer("b", 70, 3))), CompileOptions())
    with pytest.raises(DiagnosticError) as caught:
        lower(parse(budget_kernel(buffer("a", 71, 2) + buffer("b", 100, 3))), CompileOptions())
    (found,) = caught.value.diagnostics
    assert (found.code, found.span.line) == ("TTL0701", 3)
    assert "take 1368 KiB of L1; a core of Wormhole B0 has 1360 KiB" in found.message
    assert found.hint is not None
    assert "give b fewer blocks than 100, or smaller blocks: it is 8 KiB too much" in found.hint
    assert [(related.span.line, related.message) for related in found.related] == [(3, "b: 800 KiB"), (2, "a: 568 KiB")]


def test_tensors_in_l1_count(parse: Parse) -> None:
    # 128 tiles of 2 KiB, dealt out over the chip's 64 cores: 4 KiB a core.
    tensor = '%t = ttl.tensor_accessor "t" at 0 : !ttcore.tensor<[16, 8], !ttcore.tile<32x32, bf16>, l1>\n'
    lower(parse(budget_kernel(tensor + buffer("a", 169, 2))), CompileOptions())
    with pytest.raises(DiagnosticError) as caught:
        lower(parse(budget_kernel(tensor + buffer("a", 170, 2))), CompileOptions())
    (found,) = caught.value.diagnostics
    assert found.code == "TTL0701"
    assert "take 1360 KiB of L1 beside 4 KiB of tensors in L1" in found.message


def test_more_core_arguments_than_a_kernel_may_have(parse: Parse) -> None:
    limit = WORMHOLE_B0.runtime_args

    def text(count: int) -> str:
        arguments = "".join(f'%a{i} = ttl.core_argument "a{i}" [0, 1, 2, 3]\n' for i in range(count))
        return budget_kernel(arguments, "".join(f"%s{i} = arith.addi %a{i}, %a{i} : i32\n" for i in range(count)))

    lower(parse(text(limit)), CompileOptions())
    with pytest.raises(DiagnosticError) as caught:
        lower(parse(text(limit + 1)), CompileOptions())
    (found,) = caught.value.diagnostics
    assert (found.code, found.span.line) == ("TTL0704", 50)
    assert f"move needs {limit + 1} per-core arguments; a kernel may have {limit}" in found.message
