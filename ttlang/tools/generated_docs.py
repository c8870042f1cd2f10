"""
`make docs`: writes the pages of `docs/` and the stubs that come from the tables. A test checks that they are current.
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

from ttlang.diagnostics import CODES
from ttlang.diagnostics.catalogue import find_mistakes
from ttlang.engine.facts.function_text import (
    NOT_OF_THE_CALL,
    both_widths,
    kernel_calls,
    option_text,
    signature,
    signature_in,
    since_text,
    tile_cycles,
)
from ttlang.settings.options import CompileOptions
from ttlang.settings.variables import OF_OTHER_COMPILERS, VARIABLES
from ttlang.tables.accuracy import describe
from ttlang.tables.chips import CHIPS, Chip
from ttlang.tables.chips.costs import Source, Unit
from ttlang.tables.constructs import ENVIRONMENT, SECTIONS, Construct, Place
from ttlang.tables.dtypes import DTYPES
from ttlang.tables.functions import FUNCTIONS, Function, Option
from ttlang.tables.kernel_api import GENERATIONS, NEWEST
from ttlang.tools.stubs import STUBS

FOLDER = Path(__file__).parent.parent.parent / "docs"
NOTE = "<!-- Written by `make docs` from the tables of the project: change those, not this page. -->\n"

_NEWEST_FIRST = tuple(reversed(GENERATIONS))

_GROUPS = {
    "TTL00": "The compiler itself",
    "TTL01": "The Python of threads",
    "TTL02": "Kernels, threads and calls",
    "TTL03": "Shapes, formats, indices",
    "TTL04": "The protocol of circular buffers",
    "TTL05": "Copies, pipes, semaphores",
    "TTL06": "Math",
    "TTL07": "Budgets",
    "TTL08": "What the simulator finds while a kernel runs",
}


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |\n" for line in lines)


_FUNCTION_COLUMNS = (
    "function",
    "result",
    "also called",
    "parameters in 2026",
    "kernel call",
    "integer formats",
    "since kernel API",
)


def functions_page() -> str:
    """docs/functions.md."""
    rows = [
        (
            f"`{signature(row)}`",
            row.doc,
            ", ".join(f"`{alias}`" for alias in row.aliases),
            f"`{renamed}`" if (renamed := signature_in(row, "2026")) else "",
            kernel_calls(row),
            ", ".join(row.integer_formats) if row.integer else "",
            since_text(row),
            *(describe(generation, row.name) if row.call and row.arity == 1 else "" for generation in _NEWEST_FIRST),
            *(tile_cycles(chip, row) for chip in CHIPS.values()),
        )
        for row in FUNCTIONS
        if row.public
    ]
    errors = (f"error, {generation}" for generation in _NEWEST_FIRST)
    cycles = (f"cycles, {chip.title}" for chip in CHIPS.values())
    return (
        "# Elementwise functions\n\n"
        f"{NOTE}\n"
        "This page lists the functions that compute each element of a block by itself: what each computes, how exact "
        "it is, and what it costs. Matrices, reductions and broadcasts are in "
        "[language.md](language.md#matrices-reductions-broadcasts).\n\n"
        "All functions are in `ttl.math`, and in `ttl` itself, as `ttl.exp` (and, in the edition of 2026, in "
        "`ttl.block` where that has them). Operands are blocks. In place of one, operators and functions of two take a "
        "Python number. Numbers of a function are constants of the kernel.\n\n"
        "Calls may name the operands, too: as x, y and z, or as 2026 does: `expr`; `a` and `b`; `where(condition=..., "
        "true_value=..., false_value=...)`; `mask(expr=..., mask_blk=...)`.\n\n"
        "Both editions take parameters by their names of either, which mean the same. By position they are those of "
        "the kernel's own edition. A reciprocal, which 2026 has beside its number, must be one.\n\n"
        + _table((*_FUNCTION_COLUMNS, *errors, *cycles), rows)
        + "\nOptions, by name; each is a constant of the kernel:\n\n"
        + "".join(f"- `{row.name}`, `{each.name}={each.default}`: {option_text(each)}\n" for row, each in _options())
        + "\nErrors: the largest over all bfloat16 inputs with a 16-bit DST, in units of the last place, on the chip "
        "that has the larger one. [numerics.md](numerics.md) tells what they were taken from. With a 32-bit DST, and "
        "for functions of two operands, they are not recorded.\n\n"
        + _COSTS
        + _table(("chip", "call", "unit", "fidelity", "format", "cycles"), list(_other_costs()))
        + "\nTheir sources:\n\n"
        + "".join(f"- {chip.title}: {source.text} ({source.kind})\n" for chip, source in _sources())
    )


def _options() -> list[tuple[Function, Option]]:
    return [(row, option) for row in FUNCTIONS for option in row.options]


_COSTS = (
    f"""
Cycles: what the kernel call of {NEWEST} takes for a tile of bfloat16 on the SFPU, alone, with nothing to wait for; with
a 16-bit DST / with a 32-bit DST. They are what is published of kernels near those of that release, or computed from it.
With a ~, they are derived from the other chip, or from functions that take about as many instructions.
`ttlang/tables/chips/` has them, each with its source. Of the other units, as far as something is published of the call
on the chip:
""".strip().replace("\n", " ")
    + "\n\n"
)


def _other_costs() -> Iterator[tuple[str, ...]]:
    for chip in CHIPS.values():
        published = [
            cost for cost in chip.costs.calls if cost.unit != Unit.SFPU and cost.source.kind not in NOT_OF_THE_CALL
        ]
        known = {(cost.call, cost.unit, cost.fidelity, cost.format): None for cost in published}
        for call, unit, *rest in known:
            yield chip.title, f"`{call}`", unit, *rest, both_widths(chip, call, unit, *rest)


def _sources() -> dict[tuple[Chip, Source], None]:
    """Each once, in the order of their rows."""
    return {(chip, cost.source): None for chip in CHIPS.values() for cost in chip.costs.calls}


def passes_page() -> str:
    """docs/passes.md."""
    from ttlang.dialects.guarantees import AT_START
    from ttlang.driver.pipeline import PASSES

    rows: list[tuple[str, ...]] = []
    for kind in PASSES:
        module = sys.modules[kind.__module__]
        text = " ".join(inspect.cleandoc(module.__doc__ or "").split("\n\n")[0].split())
        order = ("; ".join(sorted(each)) for each in (kind.needs, kind.gives, kind.ends))
        rows.append((f"`{kind.name}`", text, *order))
    return (
        "# Passes\n\n"
        f"{NOTE}\n"
        "This page lists the passes that make a program of kernel calls out of a kernel's blocks, for who reads the IR "
        "or changes the compiler. They stand in the order in which they run; the reason for each place stands in "
        "`ttlang/driver/pipeline.py`.\n\n"
        "Each runs alone, too: `ttlang-opt kernel.mlir -p NAME`. `-p ttl-lower-to-ttkernel` runs all of them, and "
        "takes the options of the decorator ([settings.md](settings.md)): "
        "`-p 'ttl-lower-to-ttkernel{math-fidelity=\"LoFi\"}'`. "
        "Schedules of xDSL's `transform-interpreter` can name each of them, too.\n\n"
        + _table(("pass", "what it does", "needs that the IR has", "gives", "ends"), rows)
        + f"\nAt the start, the IR has {'; '.join(sorted(AT_START))}. That each pass finds what it needs is checked "
        "when the pipeline is put together.\n"
    )


def diagnostics_page() -> str:
    """docs/diagnostics.md."""
    parts = [
        "# Diagnostics\n",
        NOTE,
        "This page lists all codes of mistakes. Look a code up here when a message has it and its hint is not enough. "
        "Behind each code are pages: each shows a kernel with the mistake, what is printed, and how it becomes right. "
        "`ttlang explain CODE` prints the same.\n",
        "`ttlang check --fix` makes the edits that are sure to be meant. [agents/debug.md](agents/debug.md) shows the "
        "way from a message to a kernel that works. The form for tools is described in [json.md](json.md).\n",
    ]
    for prefix, title in _GROUPS.items():
        rows = [(f"`{code}`", text, _pages_of(code)) for code, text in CODES.items() if code.startswith(prefix)]
        parts.append(f"## {title}\n\n{_table(('code', 'what it is about', 'mistakes'), rows)}")
    return "\n".join(parts)


def _pages_of(code: str) -> str:
    return "; ".join(
        f"[{page.title}](../ttlang/diagnostics/catalogue/{page.path.name})" for page in find_mistakes(code)
    )


def settings_page() -> str:
    """docs/settings.md: environment variables, compile options, formats, chips."""
    chips = list(CHIPS.values())
    chip_rows = [
        ("compute grid (columns x rows)", *(f"{c.grid[0]} x {c.grid[1]}" for c in chips)),
        ("L1 of a core", *(f"{c.l1_bytes // 1024} KiB" for c in chips)),
        ("of it for buffers and tensors", *(f"{c.l1_budget // 1024} KiB" for c in chips)),
        ("circular buffers of a core", *(str(c.circular_buffers) for c in chips)),
        ("DST tiles, 16 bits a datum", *(str(c.dst_tiles(dst32=False, full_sync=False)) for c in chips)),
        ("DST tiles, 32 bits a datum", *(str(c.dst_tiles(dst32=True, full_sync=False)) for c in chips)),
        ("DRAM banks", *(str(c.dram_banks) for c in chips)),
        ("DRAM alignment", *(f"{c.dram_alignment} B" for c in chips)),
    ]
    formats = [
        (f"`ttl.{d.ttnn}`", f"`{d.name}`", f"`{d.data_format}`", str(d.tile_bytes), "32" if d.needs_dst32 else "16")
        for d in DTYPES
    ]
    return "\n".join(
        (
            "# Settings, formats, chips\n",
            NOTE,
            "This page lists what is chosen outside of the text of a kernel: variables of the environment, options of "
            "the decorator; and what there is to choose from: formats of numbers, and chips.\n",
            f"## Environment variables\n\n{_ENVIRONMENT}\n",
            _table(("variable", "meaning"), [(f"`{v.name}`", v.doc) for v in VARIABLES]),
            "## Compile options\n\nKeywords of `@ttl.operation(...)`, `@ttl.kernel(...)` and `Kernel.compile(...)`.\n",
            _table(("option", "default", "meaning"), _option_rows()),
            "## Formats\n",
            _table(("format", "in the IR", "DataFormat", "bytes a tile", "bits in DST"), formats),
            "## Chips\n",
            _table(("", *(c.title for c in chips)), chip_rows),
        )
    )


def _option_rows() -> list[tuple[str, str, str]]:
    """Options as their class has them; what they mean stands behind each, where only the source has it."""
    (class_,) = ast.parse(textwrap.dedent(inspect.getsource(CompileOptions))).body
    assert isinstance(class_, ast.ClassDef)
    meanings = {
        field.target.id: inspect.cleandoc(text)
        for field, meaning in pairwise(class_.body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(meaning, ast.Expr) and isinstance(text := ast.literal_eval(meaning.value), str)
    }
    return [(f"`{each.name}`", f"`{each.default!r}`", meanings[each.name]) for each in fields(CompileOptions)]


_ENVIRONMENT = """
All are read and checked together: at the first kernel or device, and again at the first call after one of them has
changed, so a script may set `os.environ` before a call. The chip and the kernel API that a kernel was compiled for stay
with it, whatever is set later. Arguments of commands and options of the decorator come before the environment. A switch
takes 1, true, yes, on, or 0, false, no, off. A wrong value is an error (TTL0009), a name that is not known a warning.
""".strip()


def official_page() -> str:
    """docs/official.md."""
    parts = [
        "# Official constructs\n",
        NOTE,
        "This page says what becomes of a kernel that was written for the official release of July 2026: for each "
        "construct of the language, whether it is the same here. The rules are in [language.md](language.md).\n",
        "A test compiles and runs each line of this page. The constructs stand in `@ttl.operation`, in the place that "
        "the table names; `a` and `b` are blocks of 2x2 tiles, `o` is the block that is stored to, and `block` the one "
        "that is filled from the tensor `x`. A code is that of the diagnostic which refuses the construct or warns of "
        "it: `ttlang explain CODE` has more.\n",
    ]
    for title, constructs in SECTIONS.items():
        rows = [
            (each.place.value, "<br>".join(f"`{_written(each, text)}`" for text in each.spellings), _verdict(each))
            for each in constructs
        ]
        parts.append(f"## {title}\n\n{_table(('where', 'construct', 'here'), rows)}")
    variables = [(f"`{name}`", "the same") for name in ENVIRONMENT]
    variables += [(f"`{name}`", instead) for name, instead in OF_OTHER_COMPILERS.items()]
    parts.append(f"## Variables of the environment\n\n{_table(('variable', 'here'), variables)}")
    return "\n".join(parts)


def _written(construct: Construct, spelling: str) -> str:
    match construct.place:
        case Place.DECORATOR:
            return f"@ttl.operation({spelling})"
        case Place.COMPUTE_DECORATOR:
            return f"@ttl.compute({spelling})"
        case Place.STAGE:
            return f"def stage({spelling})"
        case _:
            return spelling


def _verdict(construct: Construct) -> str:
    kind = construct.kind.value + (f", `{construct.code}`" if construct.code else "")
    return f"{kind}: {construct.here}" if construct.here else kind


PAGES = {
    "official.md": official_page,
    "functions.md": functions_page,
    "passes.md": passes_page,
    "diagnostics.md": diagnostics_page,
    "settings.md": settings_page,
}


def main() -> None:
    """Writes every page."""
    FOLDER.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
        print(f"written: docs/{name}")
    for path, stub in STUBS.items():
        path.write_text(stub(), encoding="utf-8")
        print(f"written: {path.relative_to(FOLDER.parent)}")


if __name__ == "__main__":
    main()
