"""`@ttl.kernel` and `@ttl.operation`: what makes a kernel of a function, and what is wrong with how it is asked to."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from typing import Any, Literal, Protocol, TypedDict, TypeGuard, Unpack, overload

from ttlang.diagnostics import DiagnosticError, error
from ttlang.diagnostics.edition_names import speaking
from ttlang.driver.imported_text import keep_text
from ttlang.driver.kernel import Kernel, Parameters
from ttlang.driver.kernel_grid import read_grid
from ttlang.language.call_sites import caller_span
from ttlang.language.spaces import CODE, Space
from ttlang.settings.option_relics import without_relics
from ttlang.settings.options import CompileOptions, check_names
from ttlang.tables.editions import EDITION_2025, EDITION_2026, Edition


class Decorated(Protocol):
    """Makes a kernel of the function that it decorates."""

    def __call__(self, function: Callable[Parameters, object], /) -> Kernel[Parameters]: ...


class Options(TypedDict, total=False):
    """What the decorator of a kernel may be given: its grid, and fields of `CompileOptions`, which has the defaults."""

    grid: int | tuple[int, ...] | list[int] | Literal["auto", "full"] | Callable[..., object] | None
    arch: Literal["wormhole_b0", "blackhole"]
    metal_api: Literal["0.69", "0.81"]
    fp32_dest_acc_en: bool | None
    dst_full_sync_en: bool | None
    math_fidelity: Literal["LoFi", "HiFi2", "HiFi3", "HiFi4"] | None
    math_approx_mode: bool
    allow_tf32: bool
    pad: bool
    line_zones: bool
    options: str | None
    where: Callable[..., object]


class OptionsAndRelics(Options, total=False):
    """The same in the edition of 2026, which also takes what has no effect (`settings/option_relics.py`)."""

    indexing_maps: list[Callable[..., object]] | None
    iterator_types: list[str] | None
    num_outs: int
    memory_space: str
    tiled: bool


@overload
def kernel(function: Callable[Parameters, object], /) -> Kernel[Parameters]: ...
@overload
def kernel(**options: Unpack[Options]) -> Decorated: ...
def kernel(function: object = None, /, *, grid: object = None, **options: object) -> Any:
    """
    Makes a kernel of a function that creates buffers and threads. `grid` is (columns, rows) of cores, (columns, rows,
    chips), "full": all cores of the chip, "auto": as many cores as the last tensor has tiles and the chip has cores
    (2026: as "full", or as few as the kernel's pipes reach), or a function of the kernel's arguments that returns one
    of these; (1, 1) if it is left out. Other keywords are fields of `CompileOptions`. For the grid and for each of them
    may stand a space, as `ttl.one_of` makes it; `where` is a function of values by their names, which is true for those
    that go together (docs/tuning.md). Raises a DiagnosticError for a bad one.
    """
    return _decorator(function, grid, options, EDITION_2025)


@overload
def operation(function: Callable[Parameters, object], /) -> Kernel[Parameters]: ...
@overload
def operation(**options: Unpack[OptionsAndRelics]) -> Decorated: ...
def operation(function: object = None, /, *, grid: object = None, **options: object) -> Any:
    """`kernel` in the edition of 2026: `dims` of a reduction are those that go (docs/language.md, "Editions")."""
    return _decorator(function, grid, options, EDITION_2026)


def _decorator(function: object, grid: object, options: dict[str, object], edition: Edition) -> object:
    if function is not None and not callable(function):
        name = edition.decorator
        hint = f"name what it is, as in @ttl.{name}(grid={function!r})"
        raise error("TTL0002", f"@ttl.{name} takes its grid and its options by name", caller_span(), hint=hint)
    try:
        with speaking(edition):
            where = _where(options.pop("where", None))
            spaces = {name: value for name, value in (("grid", grid), *options.items()) if isinstance(value, Space)}
            chosen_grid = None if grid is None or "grid" in spaces else read_grid(grid)
            rest = {name: value for name, value in options.items() if name not in spaces}
            chosen = CompileOptions().updated(without_relics(rest, edition))
            check_names(name for name in spaces if name != "grid")
            for name, space in spaces.items():
                _check_listed(name, space)
    except DiagnosticError as found:
        raise found.at(caller_span()) from None

    def decorate(function: Any) -> Any:
        if _is_method(function):
            # What kind of method it is, is about the class: the kernel is made of the function.
            return type(function)(decorate(function.__func__))
        python = inspect.unwrap(function)
        if (refused := _refused(function, python, edition)) is not None:
            raise error("TTL0002", refused[0], caller_span(), hint=refused[1])
        assert isinstance(python, types.FunctionType)
        keep_text(python)
        return Kernel(function, chosen_grid, chosen, edition, spaces, where)

    return decorate if function is None else decorate(function)


def _check_listed(name: str, space: Space) -> None:
    """Raises a DiagnosticError for a value that an option can't have on any chip."""
    for value in space.listed:
        if name == "grid":
            read_grid(value)
        else:
            CompileOptions().updated({name: value})


def _where(where: object) -> Callable[..., object] | None:
    if where is None or callable(where):
        return where
    hint = "it is a function of values by their names, as in where=lambda bm, bn: bm * bn <= 8"
    raise error(CODE, f"where={where!r} is no function", hint=hint)


def _is_method(function: object) -> TypeGuard[staticmethod[..., object] | classmethod[object, ..., object]]:
    return isinstance(function, staticmethod | classmethod)


def _refused(function: object, python: object, edition: Edition) -> tuple[str, str] | None:
    """What is wrong, and a hint, where no kernel can be made of this."""
    decorator = f"@ttl.{edition.decorator}"
    if isinstance(function, Kernel):
        return f"{function.__name__} is a kernel already", f"leave one {decorator} out"
    if not isinstance(function, types.FunctionType):
        hint = "define a function that calls it, and decorate that" if callable(function) else "decorate a function"
        return f"a kernel is made of a function, not of {function!r}", hint
    if inspect.iscoroutinefunction(python) or inspect.isasyncgenfunction(python):
        return (
            f"{function.__name__} is an async function, which can't be a kernel",
            "leave async out",
        )
    if inspect.isgeneratorfunction(python):
        return (
            f"{function.__name__} is a generator, which can't be a kernel",
            "leave yield out",
        )
    return None
