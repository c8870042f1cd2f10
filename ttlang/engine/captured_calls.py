"""A call of a kernel, kept with all that its outcome depends on, so that it can be made again for another body."""

from __future__ import annotations

import ast
import linecache
import sys
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import CodeType, FunctionType, MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Protocol, cast
from weakref import ref

from ttlang.diagnostics import DiagnosticError, Span
from ttlang.diagnostics.session import Session, session
from ttlang.driver import unchanging_objects as unchanging
from ttlang.driver.call_observers import observe
from ttlang.driver.guards import MISSING, Fact, Guards
from ttlang.engine.compiled_call import CompiledCall, TensorImage, image_of
from ttlang.engine.judging import Superseded, Unsure
from ttlang.engine.used_tensors import UsedTensors
from ttlang.language.call_sites import caller
from ttlang.language.tensors import described

if TYPE_CHECKING:
    from ttlang.driver.compiler import CompiledKernel

Effect = tuple[frozenset[str], tuple[int, ...]] | None
"""What a script may see of a call: which parameters are written, and the grid. None: all are taken for written."""

Stages = tuple[tuple[str, ...], tuple[str, ...]] | tuple[()]
"""Names of the kernels that were made, and called as stages, while a call was compiled."""


class EditedKernel(Protocol):
    """A `Kernel`, as far as edits go."""

    @property
    def python(self) -> FunctionType: ...

    def depends_on(
        self, args: Sequence[object], kwargs: dict[str, object]
    ) -> tuple[Hashable, Guards | None, Mapping[str, object]]: ...

    def edited(self, code: CodeType) -> Callable[[], None]: ...


@dataclass(frozen=True)
class Recorded:
    """What the outcome of a call depends on beside the text of the kernel."""

    key: Hashable
    guards: Guards


@dataclass(frozen=True)
class CapturedCall:
    """A call that a script has made."""

    kernel: EditedKernel
    args: Sequence[object]
    kwargs: dict[str, object]
    place: Span
    """Where the script calls."""
    module: str
    """The name of the module that calls."""
    names: dict[str, object]
    """Of the kernel's module, as they were then; tensors and devices are not held."""
    recorded: Recorded | None
    """None for a call that is wrong whatever the kernel does."""
    number: int
    """Among the calls of the script, from 1."""
    tensors: Mapping[str, int | None]
    """Their numbers (`UsedTensors`), by parameter."""
    images: Sequence[TensorImage]
    """What they were then."""
    effect: Effect = None
    stages: Stages = ()
    compiled: CompiledCall | None = None
    """What came of it, where it compiles."""
    is_stale: bool = False
    """Whether that is of a text whose lines stood elsewhere."""

    def functions(self, file: str) -> Iterator[FunctionType]:
        """Functions of a file that it depends on, the kernel's among them."""
        if self.kernel.python.__code__.co_filename == file:
            yield self.kernel.python
        if self.recorded is not None:
            for fact in self.recorded.guards.facts():
                owner = fact.owner
                if isinstance(owner, FunctionType) and owner.__code__.co_filename == file:
                    yield owner

    def looks_as_before(self, effect: Effect, used: UsedTensors, *, asked_for_grid: bool) -> bool:
        """Whether the script would have gone on as it did, had the call had this effect."""
        if effect == self.effect:
            return True
        if asked_for_grid and (effect is None or self.effect is None or effect[1] != self.effect[1]):
            return False
        changed = self._withheld(effect) ^ self._withheld(self.effect)
        return not used.are_used_behind(self.number, (self.tensors[name] for name in changed))

    def _withheld(self, effect: Effect) -> set[str]:
        """Parameters whose tensors are yet to be computed behind a call with that effect."""
        return {name for name in self.tensors if effect is None or name in effect[0]}

    def made_again(self) -> tuple[CompiledKernel | DiagnosticError, CapturedCall]:
        """
        What comes of the call with the kernel as it is now, and the call as it is then. Raises `Unsure`; what gives up
        a compilation comes through.
        """
        assert self.recorded is not None
        before = self.recorded
        key, guards, _ = self.kernel.depends_on(self.args, self.kwargs)
        if guards is None or key != before.key or not all(self._is_known(fact) for fact in _new(guards, before.guards)):
            raise Unsure
        found: list[CompiledKernel | DiagnosticError] = []
        compiled: list[CompiledCall] = []

        def keep(kernel: CompiledKernel, _: object, numbers: Sequence[int]) -> None:
            compiled.append(CompiledCall(kernel, self.images, tuple(numbers)))

        with observe(found.append, calls=keep, reading=None), described() as beyond, session() as following:
            try:
                call_from(self.place, self.module, self.kernel, self.args, self.kwargs)
            except Superseded:
                raise
            except BaseException as failure:  # of the kernel function, which may exit, or read what is not computed
                raise Unsure from failure
        if beyond or len(found) != 1 or not guards.hold() or stages_of(following, self.kernel) != self.stages:
            raise Unsure
        effect, recorded = effect_of(found[0]), Recorded(key, guards)
        call = next(iter(compiled), None)
        return found[0], replace(self, recorded=recorded, effect=effect, compiled=call, is_stale=False)

    def _is_known(self, fact: Fact) -> bool:
        """Whether something that the kernel has not read before is as it was when the script called it."""
        if fact.owner is self.names.get("__builtins__") or fact.owner is vars(sys.modules["builtins"]):
            return True
        if fact.owner is self.kernel.python.__globals__ and fact.kind in ("item", "tensor"):
            known = self.names.get(fact.name, MISSING)
            return (known() if isinstance(known, ref) and fact.kind == "tensor" else known) is fact.value
        if fact.name == "__code__" or fact.owner is self.kernel.python:
            return fact.owner is self.kernel.python
        return isinstance(fact.owner, ModuleType) and unchanging.top(fact.owner.__name__) in unchanging.OURS


def captured(
    kernel: EditedKernel, args: Sequence[object], kwargs: dict[str, object], used: UsedTensors
) -> CapturedCall:
    """A call that the script is about to make. Raises `Unsure` for one that can't be made again."""
    calling = caller()
    if calling is None:
        raise Unsure
    tensors: Mapping[str, object] = {}
    try:
        key, guards, tensors = kernel.depends_on(args, kwargs)
    except DiagnosticError:
        recorded = None
    else:
        if guards is None:
            raise Unsure
        recorded = Recorded(key, guards)
    return CapturedCall(
        kernel,
        tuple(map(used.stand_in, args)),
        {name: used.stand_in(value) for name, value in kwargs.items()},
        calling.span(),
        _module_of_caller(),
        {name: ref(value) if unchanging.is_data(value) else value for name, value in kernel.python.__globals__.items()},
        recorded,
        used.call,
        {name: used.number(tensor) for name, tensor in tensors.items()},
        tuple(map(image_of, tensors.values())),
    )


def stages_of(following: Session, kernel: EditedKernel) -> Stages:
    """What a session that lasted as long as a call of a kernel has seen beside the call."""
    called = (name for name, _ in following.called if name != kernel.python.__name__)
    return tuple(name for name, _ in following.made), tuple(called)


def effect_of(found: CompiledKernel | DiagnosticError) -> Effect:
    """What a script may see of an outcome."""
    if isinstance(found, DiagnosticError):
        return None
    return found.outputs, tuple(found.program.dimensions)


def up_to_date(call: CapturedCall) -> CompiledCall | None:
    """What came of a call, with the places of the text as it is now; None for one that does not compile."""
    return call.made_again()[1].compiled if call.is_stale and call.compiled is not None else call.compiled


def _module_of_caller() -> str:
    from ttlang.diagnostics.python_warnings import outer_frame

    frame = outer_frame()
    return "__main__" if frame is None else str(frame.f_globals.get("__name__"))


def _new(guards: Guards, before: Guards) -> Iterator[Fact]:
    """Facts that were not known before."""
    known = {_identity(fact) for fact in before.facts()}
    return (fact for fact in guards.facts() if _identity(fact) not in known)


def _identity(fact: Fact) -> tuple[object, ...]:
    if fact.kind == "content":
        return id(fact.owner), fact.kind, fact.name
    if fact.kind == "holds":
        # What shows the attributes of a class is made anew for each who asks.
        owner = None if isinstance(fact.owner, MappingProxyType) else id(fact.owner)
        return owner, fact.kind, *_identities(fact.value)
    return id(fact.owner), fact.kind, fact.name, id(fact.value)


def _identities(held: object) -> Iterator[object]:
    """Of what is in a container, as `Fact` has it: items, or pairs of keys and values."""
    for each in cast("list[object]", held):
        yield from map(id, cast("tuple[object, ...]", each)) if isinstance(each, tuple) else (id(each),)


def call_from(place: Span, module: str, kernel: object, args: Sequence[object], kwargs: dict[str, object]) -> None:
    """Calls a kernel from a place in a script, which is where messages say that it was called."""
    if place.end_line is None or place.end_column is None:
        raise Unsure
    start, end = (_offset(place.file, *at) for at in ((place.line, place.column), (place.end_line, place.end_column)))
    at = {"lineno": place.line, "col_offset": start, "end_lineno": place.end_line, "end_col_offset": end}
    starred = ast.Starred(ast.Name("args", ast.Load(), **at), ast.Load(), **at)
    keyword = ast.keyword(None, ast.Name("kwargs", ast.Load(), **at), **at)
    call = ast.Call(ast.Name("kernel", ast.Load(), **at), [starred], [keyword], **at)
    code = compile(ast.Expression(call), place.file, "eval", dont_inherit=True)
    eval(code, {"__name__": module, "kernel": kernel, "args": args, "kwargs": kwargs})


def _offset(file: str, line: int, column: int) -> int:
    """In bytes, which is how Python counts, of a column in characters from 1."""
    return len(linecache.getline(file, line)[: column - 1].encode())
