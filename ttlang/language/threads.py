"""The threads of a kernel, and the program that they form."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import TYPE_CHECKING, NoReturn, overload

from ttlang.diagnostics import Span, error
from ttlang.language.call_sites import caller_span, code_span
from ttlang.language.kernel_run import current_run
from ttlang.language.logical_kernels import CODE, Kernel, KernelKind, check_kind
from ttlang.language.tensors import is_tensor, parameter_name

ThreadFunction = Callable[[], None]

COMPUTE = "compute"
DATA_MOVEMENT = "datamovement"
UNIFIED = "unified"
"""Of the work of a kernel function that decorates no threads: it becomes threads of the other two kinds."""


class Thread:
    """A function that is compiled for one of the processors of a core, and never run by Python."""

    def __init__(self, kind: str, function: FunctionType, kernel: Kernel | None = None):
        self.kernel = kernel
        """The handle that it was given."""
        self.kind = kind
        """`COMPUTE`, `DATA_MOVEMENT` or `UNIFIED`."""
        self.function = function
        self.__name__ = function.__name__
        self.__doc__ = function.__doc__
        self.__wrapped__ = function

    if not TYPE_CHECKING:  # A call is a mistake to type checkers, too.

        def __call__(self, *_: object, **__: object) -> NoReturn:
            raise error(
                "TTL0113", f"{self.__name__} is a thread: the kernel starts it, nothing calls it", caller_span()
            )

    def span(self) -> Span:
        return code_span(self.function.__code__)

    def __repr__(self) -> str:
        return f"<{self.kind} thread {self.__name__}>"


@overload
def compute(function: ThreadFunction, /) -> Thread: ...
@overload
def compute(*, kernel: Kernel | None = None) -> Callable[[ThreadFunction], Thread]: ...
def compute(function: object = None, /, *, kernel: Kernel | None = None) -> object:
    """Makes the compute thread of the kernel: `@ttl.compute()`, or `@ttl.compute`. `kernel`: the handle that it has."""
    return _decorate(COMPUTE, "@ttl.compute", function, kernel)


@overload
def datamovement(function: ThreadFunction, /) -> Thread: ...
@overload
def datamovement(*, kernel: Kernel | None = None) -> Callable[[ThreadFunction], Thread]: ...
def datamovement(function: object = None, /, *, kernel: Kernel | None = None) -> object:
    """
    Makes a data movement thread of the kernel: `@ttl.datamovement()`, or `@ttl.datamovement`. The first of two is the
    reader, the second the writer. `kernel`: the handle that it has.
    """
    return _decorate(DATA_MOVEMENT, "@ttl.datamovement", function, kernel)


def _decorate(kind: str, name: str, function: object, kernel: Kernel | None) -> Thread | Callable[[object], Thread]:
    def register(function: object) -> Thread:
        return _register(kind, name, function, kernel)

    return register if function is None else register(function)


KERNEL_KINDS = {COMPUTE: KernelKind.COMPUTE, DATA_MOVEMENT: KernelKind.DATA_MOVEMENT}
"""What handles call the kinds of decorated threads."""


def _register(kind: str, name: str, function: object, kernel: Kernel | None) -> Thread:
    run = current_run(name)
    if not isinstance(function, FunctionType):
        raise error("TTL0202", f"{name} takes a function, not {type(function).__name__}", caller_span())
    if kernel is not None:
        check_kind(kernel, KERNEL_KINDS[kind], function.__name__)
        if (first := next((each for each in run.made(Thread) if each.kernel is kernel), None)) is not None:
            message = f"{first.__name__} has this handle, and {function.__name__} is another thread"
            raise error(CODE, message, caller_span(), hint="make a handle for each thread")
    thread = Thread(kind, function, kernel)
    run.keep(thread)
    return thread


class Program:
    """
    The threads that form a kernel: `return ttl.Program(compute, reader, writer)(a, b, out)`. Without one, all decorated
    threads do.
    """

    def __init__(self, *threads: Thread):
        run = current_run("ttl.Program")
        for thread in threads:
            if not any(thread is own for own in run.made(Thread)):
                raise error(
                    "TTL0202", f"ttl.Program is made of threads of its kernel, and {thread!r} is none", caller_span()
                )
        if run.made(Program):
            raise error("TTL0202", "a kernel has one ttl.Program, and this is the second", caller_span())
        self.threads = threads
        run.keep(self)

    def __call__(self, *tensors: object) -> None:
        """Says which tensors the program works on: those that the kernel is called with. TTL0209 for any other."""
        own = current_run("ttl.Program").tensors
        for tensor in tensors:
            if not any(tensor is parameter for parameter in own):
                names = ", ".join(map(parameter_name, own))
                what = f"a tensor of shape {tuple(tensor.shape)}" if is_tensor(tensor) else repr(tensor)
                raise error(
                    "TTL0209",
                    f"the program is called with {what}, which is no tensor that the kernel is given",
                    caller_span(),
                    hint=f"the kernel's tensors are {names}: give it a parameter for another",
                )
