"""A call that leaves sizes to be chosen, as the store knows it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ttlang.driver.open_call import OpenCall
from ttlang.driver.tuning.argument_texts import argument_texts
from ttlang.driver.tuning.fingerprint import fingerprints
from ttlang.driver.tuning.records import Problem
from ttlang.driver.tuning.versions import compiler_version
from ttlang.driver.unchanging_objects import ATOMS, class_of
from ttlang.language.spaces import Space
from ttlang.language.tensors import is_tensor


def problem_of(call: OpenCall) -> Problem | None:
    """None where the kernel depends on what can change unseen, or on what no other process could compare."""
    named = call.compiler.named(call.arguments)
    given = {name: value for name, value in named.items() if not isinstance(value, Space)}
    objects = [value for value in given.values() if not is_tensor(value) and class_of(value) not in ATOMS]
    grid = [call.grid] if callable(call.grid) else []
    names, spaces = list(call.space.spaces), call.space.objects
    if (found := fingerprints(call.compiler.function, [*objects, *grid], [names, *spaces])) is None:
        return None
    fingerprint, space = found
    target = call.options.target()
    options = replace(call.options, arch="", metal_api="")
    chosen = {name: value for name, value in call.space.given.items() if name not in named}
    return Problem(
        kernel=call.compiler.name,
        file=Path(call.compiler.place.file).name,
        fingerprint=fingerprint,
        space=space,
        arguments=argument_texts(given),
        chip=target.chip.name,
        options=f"{call.compiler.edition.name} {options} grid={'of a function' if grid else call.grid} {chosen}",
        metal_api=target.generation.name,
        compiler=compiler_version(),
    )
