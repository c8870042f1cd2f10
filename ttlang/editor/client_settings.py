"""What a client says about itself and what its user has set: of what is missing or wrong, the default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from ttlang.engine.protocol import Settings
from ttlang.tables.chips import CHIPS
from ttlang.tables.kernel_api import GENERATIONS


@dataclass(frozen=True)
class Hints:
    """Which inlay hints are wanted."""

    blocks: bool = True
    costs: bool = True
    sizes: bool = True


@dataclass(frozen=True)
class ClientSettings:
    """All of it."""

    trusted: bool = False
    """Whether the user's scripts may be run."""
    interpreter: str | None = None
    """Of the environment that they are run in. None: the server's own."""
    engine: Settings = field(default_factory=Settings)
    hints: Hints = Hints()
    lenses: bool = True
    shows_texts: bool = False
    """Whether the client has the command `ttlang.showText`."""
    unknown: tuple[str, ...] = field(default=())
    """What was set to something that it can't be, in words."""

    def of_initialization(self, options: Any) -> ClientSettings:
        """With the `initializationOptions`: `trusted`, `virtualDocuments`, and settings, in `settings` or beside."""
        if not isinstance(options, Mapping):
            return self
        given = cast(Mapping[str, Any], options)
        trusted, shows = _bool(given, "trusted", self.trusted), _bool(given, "virtualDocuments", self.shows_texts)
        settings = given.get("settings", given)
        return replace(self, trusted=trusted, shows_texts=shows).with_settings(settings)

    def with_settings(self, section: Any) -> ClientSettings:
        """With the section `ttlang` of the client's configuration, which is whole: what it lacks is the default."""
        if not isinstance(section, Mapping):
            return self
        given = cast(Mapping[str, Any], section)
        wrong: list[str] = []
        hints: Any = given.get("hints")
        chosen: Mapping[str, Any] = cast("Mapping[str, Any]", hints) if isinstance(hints, Mapping) else {}
        all_hints = hints if isinstance(hints, bool) else True
        interpreter = given.get("interpreter")
        return replace(
            self,
            # Not all clients send it again.
            trusted=_bool(given, "trusted", self.trusted),
            interpreter=interpreter if isinstance(interpreter, str) and interpreter else self.interpreter,
            engine=Settings(
                _one_of(given, "arch", tuple(CHIPS), wrong),
                _one_of(given, "metalApi", tuple(GENERATIONS), wrong),
                _bool(given, "sanitizer", True),
            ),
            hints=Hints(*(all_hints and _bool(chosen, name, True) for name in ("blocks", "costs", "sizes"))),
            lenses=_bool(given, "lenses", True),
            unknown=tuple(wrong),
        )


def _bool(given: Mapping[str, Any], name: str, default: bool) -> bool:
    value = given.get(name)
    return value if isinstance(value, bool) else default


def _one_of(given: Mapping[str, Any], name: str, choices: tuple[str, ...], wrong: list[str]) -> str | None:
    value = given.get(name)
    if value in (None, ""):
        return None
    if value in choices:
        return str(value)
    wrong.append(f"ttlang.{name} is {value!r}, and not one of {', '.join(choices)}")
    return None
