"""A kernel as the compiler prints it, each line with the line of the source that it comes from."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from os.path import basename
from typing import Any

from xdsl.ir import Operation

from ttlang.analysis.locations import span_of
from ttlang.diagnostics import DiagnosticError, error
from ttlang.dialects.walking import operations
from ttlang.driver.compiler import CompiledKernel, IRPrinter
from ttlang.engine.facts.kernel_facts import KernelText, Place
from ttlang.engine.facts.source_places import line_place

FORMS = ("cpp", "ttl", "ttkernel", "plan")
"""As `ttlang compile --print` has them."""
_Files = Mapping[tuple[str, int], str]
"""The files of lines that a kernel comes from, by the name that texts give them, without its folders."""


def kernel_texts(compiled: CompiledKernel, form: str) -> tuple[KernelText, ...]:
    """
    A kernel in one of the `FORMS`: of C++ a text for each thread, of others one. Raises a TTL0232 for a form that a
    program from a file does not have, and a TTL0002 for one that there is not.
    """
    name = compiled.name
    match form:
        case "cpp":
            files = _files(compiled.program)
            return tuple(
                KernelText(name, form, thread, text, tuple(_lines_of_cpp(text.splitlines(), files)))
                for thread, text in compiled.cpp().items()
            )
        case "ttl":
            return (_ir_text(name, form, compiled.source("the ttl IR that it comes from")),)
        case "ttkernel":
            return (_ir_text(name, form, compiled.program),)
        case "plan":
            text = plan_text(compiled)
            return (
                KernelText(name, form, "", text, tuple(_lines_of_plan(text.splitlines(), _files(compiled.module)))),
            )
        case _:
            raise error("TTL0002", f"a kernel is printed as one of {', '.join(FORMS)}, not as {form!r}")


def plan_text(compiled: CompiledKernel) -> str:
    """The plan, and what it advises by the clock. Raises a TTL0232 for a program from a file."""
    return "\n".join([compiled.plan(), *_by_the_clock(compiled)])


def _by_the_clock(compiled: CompiledKernel) -> Iterator[str]:
    """
    What the plan advises, with what the clock says it gains. Nothing for a kernel whose time depends on data, or on
    integers that only a call has, or that does not come to its end.
    """
    from ttlang.profiler.advice import plan_advice

    program = compiled.simulation.simulation.program
    if any(kernel.numbers for kernel in program.kernels):
        return
    try:
        prediction = compiled.predict()
    except DiagnosticError:
        return
    if prediction.time.stopped or not (found := plan_advice(prediction)):
        return
    yield f"\nby the clock, which has {prediction.cycles:.0f} cycles:"
    yield from (f"  {each.text}; {each.evidence}" for each in found)


# --------------------------------------------------------------------------------------------------------------- IR


class _CountedStream(io.StringIO):
    """Knows which line it is at, from 0."""

    line = 0

    def write(self, text: str, /) -> int:
        self.line += text.count("\n")
        return super().write(text)


class _PlacingPrinter(IRPrinter):
    """Keeps for each line the first operation that it begins to print there."""

    def __init__(self) -> None:
        self.counted = _CountedStream()
        super().__init__(stream=self.counted)
        self.begun: dict[int, Operation] = {}

    def print_op(self, op: Operation) -> None:
        self.begun.setdefault(self.counted.line, op)
        super().print_op(op)


def _ir_text(kernel: str, form: str, op: Operation) -> KernelText:
    printer = _PlacingPrinter()
    printer.print_op(op)
    text = printer.counted.getvalue() + "\n"
    spans = [span_of(printer.begun.get(number)) for number in range(len(text.splitlines()))]
    return KernelText(
        kernel, form, "", text, tuple(line_place(span.file, span.line) if span else None for span in spans)
    )


# ------------------------------------------------------------------------------------------------- C++ and the plan


def _files(root: Operation) -> _Files:
    spans = (span_of(op) for op in operations(root))
    return {(basename(span.file), span.line): span.file for span in spans if span is not None}


_SHOWN = re.compile(r"\s*// (?P<file>.+?):(?P<line>\d+)(: .*)?")
"""A comment of the C++ that shows the line of what follows."""


def _lines_of_cpp(lines: Iterable[str], files: _Files) -> Iterator[Place | None]:
    """
    What stands behind a comment is of its line, up to the next one, since each change of lines is shown; a brace that
    closes is of the line of the one that it closes.
    """
    here: Place | None = None
    open_braces: list[Place | None] = []
    for line in lines:
        if shown := _shown(_SHOWN.fullmatch(line), files):
            here = shown
        of_line = here
        if line.lstrip().startswith("}") and open_braces:
            of_line = open_braces.pop()
        if line.endswith("{"):
            open_braces.append(here)
        yield of_line if line.strip() else None


_NAMED = re.compile(r"(?P<file>[^\s,;:]+):(?P<line>\d+)")


def _lines_of_plan(lines: Sequence[str], files: _Files) -> Iterator[Place | None]:
    """The first line of the source that a line of the plan names."""
    for line in lines:
        yield next((place for found in _NAMED.finditer(line) if (place := _shown(found, files))), None)


def _shown(found: re.Match[Any] | None, files: _Files) -> Place | None:
    if found is None:
        return None
    line = int(found["line"])
    file = files.get((found["file"], line))
    return None if file is None else line_place(file, line)
