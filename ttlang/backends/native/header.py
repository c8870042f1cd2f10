"""The part of the kernel API's header that is printed from the tables: a function for each call, and all numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from ttlang.backends.native.callee import Callee, Declaration
from ttlang.backends.native.callees import callees
from ttlang.backends.native.function_callees import ENUMERATIONS
from ttlang.backends.native.refused_calls import MARK, refused_functions
from ttlang.machine.noc.core_transfers import MULTICAST_CHANNEL, UNICAST_CHANNEL
from ttlang.machine.semaphores import SEMAPHORE_BASE, SEMAPHORE_BYTES
from ttlang.tables.chips import Chip
from ttlang.tables.kernel_api import GENERATIONS, Generation


@cache
def table_header(generations: tuple[Generation, ...]) -> str:
    """The text of `table.h`: all that one of these generations of the kernel API has."""
    lines = ["#pragma once", *_conditions(generations), f'#define TTLANG_REFUSED "{MARK}"']
    channels = {"NOC_UNICAST_WRITE_VC": UNICAST_CHANNEL, "NOC_MULTICAST_WRITE_VC": MULTICAST_CHANNEL}
    lines += ["namespace ttlang {", "enum Number {", *(f"    {callee.name}," for callee in callees()), "};"]
    lines += [f"constexpr uint32_t SEMAPHORE_BASE = {SEMAPHORE_BASE}, SEMAPHORE_BYTES = {SEMAPHORE_BYTES};", "}"]
    lines += ["namespace ckernel {", *(f"constexpr uint32_t {name} = {number};" for name, number in channels.items())]
    lines += [*_enumerations(), *_functions(generations), "}", ""]
    return "\n".join(lines)


@cache
def refusals_header() -> str:
    """The text of `refused.h`: calls that are refused."""
    lines = [
        "#pragma once",
        '#include "kernel_api.h"',
        "namespace ttlang {",
        "struct Any { Any() = default; template <class T> Any(const T&) {} };",
        "}",
        "namespace ckernel {",
        *refused_functions(),
        "}",
        "",
    ]
    return "\n".join(lines)


def _conditions(generations: Sequence[Generation]) -> Iterator[str]:
    """What the parts of the header that are written by hand ask: whether an older or a newer one is among these."""
    for each in GENERATIONS.values():
        name = each.name.replace(".", "_")
        yield f"#define TTLANG_BEFORE_{name} {int(any(generation < each for generation in generations))}"
        yield f"#define TTLANG_SINCE_{name} {int(any(generation >= each for generation in generations))}"
    yield f"#define TTLANG_SHARD_OFFSET_IS_NOC {int(all(each.shard_offset_is_noc for each in generations))}"


def _enumerations() -> Iterator[str]:
    for name, values in ENUMERATIONS.items():
        yield f"enum class {name} {{ {', '.join(f'{value} = {number}' for value, number in values.items())} }};"


def _functions(generations: Sequence[Generation]) -> Iterator[str]:
    for callee in callees():
        for declaration in callee.declarations:
            if declaration.known.meets(generations):
                yield _function(callee, declaration)


def _function(callee: Callee, declaration: Declaration) -> str:
    template = f"template <{declaration.template}> " if declaration.template else ""
    parameters = ", ".join([*declaration.parameters, "TTLANG_AT"])
    words = "".join(f", {word}" for word in declaration.words)
    body = f"ttlang::call(ttlang::{callee.name}, at{words});"
    return f"{template}inline void {declaration.name}({parameters}) {{ {body} }}"


def chip_header(chip: Chip) -> str:
    """What the firmware of a chip defines: the NOC coordinates of columns and rows, and sizes."""
    tables = (("col", chip.column_to_virtual), ("row", chip.row_to_virtual))
    lines = [
        f"inline uint8_t worker_logical_{name}_to_virtual_{name}[] = {{{', '.join(map(str, places))}}};"
        for name, places in tables
    ]
    sizes = {
        "NUM_DRAM_BANKS": chip.dram_banks,
        "DRAM_ALIGNMENT": chip.dram_alignment,
        "L1_ALIGNMENT": chip.l1_alignment,
        "NOC_DRAM_READ_ALIGNMENT_BYTES": chip.dram_alignment,
        "NOC_DRAM_WRITE_ALIGNMENT_BYTES": chip.l1_alignment,
        "NOC_L1_READ_ALIGNMENT_BYTES": chip.l1_alignment,
        "NOC_L1_WRITE_ALIGNMENT_BYTES": chip.l1_alignment,
        "NOC_MAX_BURST_SIZE": chip.noc_max_burst,
    }
    lines += (f"constexpr uint32_t {name} = {size};" for name, size in sizes.items())
    lines.append(f"namespace ttlang {{ constexpr uint32_t MOST_BUFFERS = {chip.circular_buffers}; }}")
    # As in the vendor's header: an int without a type of its own, which kernels give to std::min with other ints.
    literals = {f"ARCH_{chip.family.upper()}": 1, "MEM_ZEROS_SIZE": chip.zeros_bytes}
    return "\n".join([*(f"#define {name} {value}" for name, value in literals.items()), *lines, ""])
