"""Random spaces of a kernel's parameters, as text, and what they have, said a second time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

ARCHS = "wormhole_b0", "blackhole"
Values = Mapping[str, Any]
GRIDS = (1, 1), (2, 1), (1, 2), (2, 2)


@dataclass
class Spaces:
    """What the author of one kernel leaves to be chosen."""

    chance: Random
    arch: str
    """The chip on which the values are those that are said."""
    values: dict[str, tuple[Any, ...]] = field(default_factory=dict[str, tuple[Any, ...]])
    """Of all names that are to be chosen, in order; from the greatest on, where that is wanted."""
    largest: list[str] = field(default_factory=list[str])
    parameters: list[str] = field(default_factory=list[str])
    """Keyword-only ones, as text."""
    conditions: dict[str, Callable[[Values], bool]] = field(default_factory=dict[str, Callable[[Values], bool]])
    """What `where` asks for, as text and as a function of the values."""

    def size(self, name: str, number: int, text: str) -> None:
        """A parameter that divides a number; `text` says the number by the kernel's argument x, or y."""
        divisors = [each for each in range(1, number + 1) if number % each == 0]
        some = sorted(self.chance.sample(divisors, min(len(divisors), self.chance.randint(1, 4))))
        listed = ", ".join(map(str, some))
        of = f"lambda {text[0]}: {text}"
        match self.chance.randrange(8):
            case 0:
                self._constant(name, some[0])
            case 1:
                self._choice(name, f"ttl.one_of({listed})", some)
            case 2:
                self._choice(name, f"ttl.divisor_of({of})", divisors)
            case 3:
                self._largest(name, f"ttl.largest({listed})", some)
            case 4:
                self._largest(name, f"ttl.largest(ttl.divisor_of({of}))", divisors)
            case 5:
                most = some[0] + 3
                self._choice(name, f"ttl.between({some[0]}, {most})", range(some[0], most + 1))
                self.conditions[f"{text} % {name} == 0"] = lambda values: number % values[name] == 0
            case 6:
                self._largest(name, f"ttl.per_chip({self._other}=1, {self.arch}=ttl.largest({listed}))", some)
            case _:
                self._choice(name, f"ttl.per_chip({self.arch}={some[0]}, {self._other}=ttl.one_of(1, 2))", some[:1])

    def depth(self, name: str, most: int) -> None:
        """A number of blocks."""
        some = sorted({self.chance.randint(1, most) for _ in range(3)}, key=lambda each: each * 7 % 5)
        listed = ", ".join(map(str, some))
        match self.chance.randrange(5):
            case 0:
                self._constant(name, 2)
            case 1:
                self._choice(name, f"ttl.one_of({listed})", some)
            case 2:
                self._largest(name, f"ttl.largest({listed})", some)
            case 3:
                self._largest(name, f"ttl.largest(ttl.between(2, {most}, 5))", range(2, most + 1, 5))
            case _:
                self._choice(name, "ttl.one_of(2, 3)", (2, 3))

    def decorator(self) -> str:
        """Its arguments. Comes last."""
        options = [f"arch={self.arch!r}"]
        if self.chance.random() < 0.4:
            options += self._option("grid", self.chance.sample(GRIDS, 2))
        else:
            options.append(f"grid={self.chance.choice(GRIDS)}")
        if self.chance.random() < 0.15:
            options += self._option("fp32_dest_acc_en", (True, False))
        if self.chance.random() < 0.15:
            options += self._option("math_fidelity", ("HiFi4", "HiFi2"))
        if {"bm", "depth"} <= self.values.keys() and self.chance.random() < 0.5:
            self.conditions["bm * depth != 4"] = lambda values: values["bm"] * values["depth"] != 4
        if self.conditions:
            texts = " and ".join(self.conditions)
            names = [name for name in ("x", "y", *self.values) if _names(texts, name)]
            options.append(f"where=lambda {', '.join(names)}: {texts}")
        return ", ".join(options)

    @property
    def _other(self) -> str:
        return ARCHS[1 - ARCHS.index(self.arch)]

    def _option(self, name: str, values: Sequence[Any]) -> list[str]:
        self.values[name] = tuple(values)
        return [f"{name}=ttl.one_of({', '.join(map(repr, values))})"]

    def _constant(self, name: str, value: int) -> None:
        self.parameters.append(f"{name}={value}")

    def _choice(self, name: str, text: str, values: Sequence[int]) -> None:
        self.parameters.append(f"{name}={text}")
        self.values[name] = tuple(dict.fromkeys(values))

    def _largest(self, name: str, text: str, values: Sequence[int]) -> None:
        self._choice(name, text, sorted(values, reverse=True))
        self.largest.append(name)


def _names(text: str, name: str) -> bool:
    return name in text.replace("(", " ").replace(".", " ").split()
