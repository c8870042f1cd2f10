"""Kernels in a shorthand of the IR, for tests of what is found in them."""

from __future__ import annotations

import re
from collections.abc import Callable

from xdsl.dialects.builtin import ModuleOp

from ttlang.diagnostics import Diagnostic

Parse = Callable[[str], ModuleOp]
Diagnose = Callable[..., tuple[Diagnostic, ...]]

CB = "!ttl.cb<[2, 2], !ttcore.tile<32x32, bf16>, 2>"
BLOCK = "!ttl.block<[2, 2], !ttcore.tile<32x32, bf16>>"
SLICE = "!ttl.slice<[2, 2], !ttcore.tile<32x32, bf16>>"
TENSOR = "!ttcore.tensor<[8, 8], !ttcore.tile<32x32, bf16>, dram>"
READ, WRITE = "!ttl.transfer_handle<read>", "!ttl.transfer_handle<write>"

SHORTHAND = {
    r"(%\w+) = (wait|reserve) (\w)": rf"\1 = ttl.cb_\2 %\3_cb : {CB} -> {BLOCK}",
    r"(%\w+) = held (wait|reserve) (\w)": rf"\1 = ttl.cb_\2 %\3_cb {{held}} : {CB} -> {BLOCK}",
    r"hand_on (%\w+)": rf"ttl.hand_on \1 : {BLOCK}",
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


def places(diagnostics: tuple[Diagnostic, ...]) -> list[tuple[str, int]]:
    return [(d.code, d.span.line) for d in diagnostics if d.span is not None]
