"""Who is told of each call of a kernel in place of its run: commands that compile a script, tests."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, TypeGuard

from ttlang.diagnostics import DiagnosticError, error
from ttlang.language.call_sites import caller_span
from ttlang.language.tensors import TensorLike

if TYPE_CHECKING:
    from ttlang.driver.compiler import CompiledKernel

Observer = Callable[["CompiledKernel | DiagnosticError"], None]
CallObserver = Callable[["CompiledKernel", Sequence[TensorLike], Sequence[int]], None]
Reading = Callable[[], NoReturn]
_observers: list[tuple[Observer, CallObserver | None, Reading | None]] = []


def nothing_computed() -> NoReturn:
    """What reading a tensor does that a kernel would have written, where nothing else is asked for."""
    raise error(
        "TTL0004",
        "this reads what a kernel would have computed, and kernels are only compiled here",
        caller_span(),
        hint="run the script without TTLANG_COMPILE_ONLY, or with `ttlang run`",
    )


@contextmanager
def observe(
    observer: Observer, *, calls: CallObserver | None = None, reading: Reading | None = nothing_computed
) -> Generator[None]:
    """
    While this lasts, calls of kernels compile and run nothing: the observer gets what came of it, and the script that
    made the call goes on. `calls` then gets what compiled, with the tensors and the numbers of the call. Whoever reads
    a tensor that the call would have written calls `reading`; None where `calls` has computed it.
    """
    entry = observer, calls, reading
    _observers.append(entry)
    try:
        yield
    finally:
        _observers.remove(entry)


Call = Callable[[Any, Sequence[object], dict[str, object]], None]
_of_calls: list[Call] = []


@contextmanager
def observe_calls(observer: Call) -> Generator[None]:
    """While this lasts, it gets each kernel, and its arguments, before a call."""
    _of_calls.append(observer)
    try:
        yield
    finally:
        _of_calls.remove(observer)


def show_call(kernel: object, args: Sequence[object], kwargs: dict[str, object]) -> None:
    """A kernel is about to be called."""
    for observer in _of_calls:
        observer(kernel, args, kwargs)


def are_there() -> bool:
    """Whether anybody observes."""
    return bool(_observers)


def show_observers(
    outcome: CompiledKernel | DiagnosticError,
    tensors: Sequence[TensorLike],
    written: Sequence[object] = (),
    numbers: Sequence[int] = (),
) -> bool:
    """
    What came of a call, with its tensors, those that it would have written, and its integers that are no constants.
    False where nobody observes.
    """
    for observer, calls, reading in _observers:
        observer(outcome)
        if calls and not isinstance(outcome, DiagnosticError):
            calls(outcome, tensors, numbers)
        if reading:
            withhold(written, reading)
    return are_there()


class _Withholding(Protocol):
    def withhold(self, reading: Reading) -> None: ...


def _can_withhold(tensor: object) -> TypeGuard[_Withholding]:
    return hasattr(tensor, "withhold")


def withhold(tensors: Iterable[object], reading: Reading) -> None:
    """Tensors of the host library say when they are read; those of a device can't."""
    for tensor in tensors:
        if _can_withhold(tensor):
            tensor.withhold(reading)
