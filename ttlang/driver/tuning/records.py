"""What is kept of tuning: of a problem, which program each of its configurations is; of a program, what was found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import NamedTuple

Values = tuple[tuple[str, object], ...]
"""A configuration: by name what was chosen, in order. Numbers, texts, switches, None, formats, and tuples of these."""


class Problem(NamedTuple):
    """What a configuration is chosen for: a kernel, and a call of it."""

    kernel: str
    """Its name."""
    file: str
    """The name of its file, for readers: it may lie anywhere."""
    fingerprint: str
    """Of the kernel, without what its spaces are made of."""
    space: str
    """The fingerprint of that."""
    arguments: tuple[str, ...]
    """A text for each, as `argument_texts` makes them, without what is to be chosen."""
    chip: str
    options: str
    """Everything else that was chosen before: compile options, a grid."""
    metal_api: str
    compiler: str
    """The versions of the kernel API and of the compiler."""

    @property
    def key(self) -> str:
        """Its name on disk. What a configuration comes to is the same in each space that has it."""
        return _digest([*self._named(), self.metal_api, self.compiler])

    @property
    def choice_key(self) -> str:
        """The name of what was chosen for it, from this very space."""
        return _digest([*self._named(), self.space, self.metal_api, self.compiler])

    @property
    def lasting_key(self) -> str:
        """The same for each version of the compiler and of the kernel API."""
        return _digest([*self._named(), self.space])

    def _named(self) -> list[object]:
        return [self.kernel, self.fingerprint, self.arguments, self.chip, self.options]


class Lowered(NamedTuple):
    """A configuration that compiles."""

    program: str
    """The `program_digest` of what it was lowered to."""


class Refused(NamedTuple):
    """A configuration that does not."""

    code: str
    message: str


class Evaluated(NamedTuple):
    """What is known of a problem."""

    outcomes: Mapping[str, Lowered | Refused]
    """By configuration, as `values_text` (`json_forms.py`) has it."""
    tuned: frozenset[str]
    """The spaces through which a tuner has gone, so that the best of each is the answer."""


class Chosen(NamedTuple):
    """What a plain call has chosen, by itself."""

    values: Values


class Comparison(NamedTuple):
    """Of a simulated run with its reference."""

    pcc: float
    """Pearson's correlation."""
    largest_error: float
    ok: bool


class Found(NamedTuple):
    """What was found of a lowered program. None is what nobody has looked for."""

    least_cycles: float | None = None
    """A bound: the program takes at least so long."""
    cycles: float | None = None
    """As predicted."""
    l1_bytes: int | None = None
    comparison: Comparison | None = None
    measured: tuple[float, ...] = ()
    """Microseconds, one for each measurement."""

    @property
    def microseconds(self) -> float | None:
        """As measured: the median."""
        if not self.measured:
            return None
        from statistics import median  # ten milliseconds, which a plain call has no use for

        return median(self.measured)

    def beside(self, further: Found) -> Found:
        """With what was found since: measurements are added, all else replaces what there is."""
        new = {name: value for name, value in further._asdict().items() if value is not None}
        return self._replace(**{**new, "measured": (*self.measured, *further.measured)})


def program_digest(text: str) -> str:
    """Of a lowered program: of its `ttkernel` IR, printed without locations."""
    return sha256(text.encode()).hexdigest()[:32]


def _digest(parts: list[object]) -> str:
    return sha256(json.dumps(parts).encode()).hexdigest()[:32]
