"""A script that was run once with its calls captured, and is edited since."""

from __future__ import annotations

import ast
import threading
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import replace
from types import CodeType
from typing import TYPE_CHECKING, Any

from ttlang.diagnostics import Diagnostic, DiagnosticError
from ttlang.diagnostics.session import Session, session
from ttlang.driver.call_observers import observe, observe_calls
from ttlang.driver.imported_text import give_text
from ttlang.engine.captured_calls import CapturedCall, EditedKernel, captured, effect_of, stages_of, up_to_date
from ttlang.engine.compiled_call import CompiledCall, CompiledCalls
from ttlang.engine.compiled_script import CompiledScript, try_cpp
from ttlang.engine.facts.compiled_facts import compiled_facts
from ttlang.engine.facts.kernel_facts import KernelFacts, moved
from ttlang.engine.judging import Unsure
from ttlang.engine.moved_places import MovedPlaces
from ttlang.engine.replay import Replay
from ttlang.engine.script import Script
from ttlang.engine.text_edits import Path, ScriptText, TextEdit, edit_between
from ttlang.engine.used_tensors import UsedTensors

if TYPE_CHECKING:
    from ttlang.driver.compiler import CompiledKernel


class CapturedScript:
    """A script that was run once, whose calls are made again for edits of the kernels that they call."""

    def __init__(self, path: str, text: ScriptText):
        self.text = text
        """As it is by now."""
        self._path = path
        self._script = CompiledScript(Script(path, (), text=text.text), try_cpp, judges_uncalled=True)
        self._calls: list[CapturedCall | None] = []
        """A call for each outcome; None for one that is no kernel's."""
        self._facts: dict[int, tuple[CompiledKernel, KernelFacts]] = {}
        """By the identity of what compiled, which is held, so that nothing else can have it."""
        self._others = CompiledCalls()
        """Of programs that are no kernel's."""
        self._used = UsedTensors()
        self._pending: CapturedCall | None = None
        self._follows = Session()
        """What is called while a call is compiled."""
        self._during = ExitStack()
        self._is_sure = True
        """Whether edits can be judged without a new run."""

    def run(self) -> None:
        """Runs it. To be called once."""
        with observe_calls(self._calling), observe(self._came, reading=None):
            self._script.run(lambda: 0, self._compiled)
        self._during.close()

    def told(self) -> list[Diagnostic]:
        """What `ttlang check` tells."""
        return self._script.told_by_check()

    def compiled_calls(self) -> Sequence[CompiledCall]:
        """The calls that compile, with the programs of this text: of those that do the same, the first."""
        found = CompiledCalls()
        for call in filter(None, self._calls):
            if (compiled := up_to_date(call)) is not None:
                found.keep(compiled)
        return *found.in_order, *self._others.in_order

    def facts(self) -> list[KernelFacts]:
        """What compilation tells of the calls that compile, each program once."""
        kept = self._facts
        self._facts = {}
        for call in filter(None, self._calls):
            if call.compiled is None or (key := id(call.compiled.compiled)) in self._facts:
                continue
            if key in kept:
                self._facts[key] = kept[key]
            elif (compiled := up_to_date(call)) is not None:
                self._facts[key] = call.compiled.compiled, compiled_facts(compiled.compiled)
        return [facts for _, facts in self._facts.values()]

    def edit(self, text: ScriptText) -> None:
        """
        Judges the text anew where an edit has an effect. Raises `Unsure` where that takes a new run of the script, and
        what gives up a compilation; then it is as before.
        """
        if not self._is_sure:
            raise Unsure
        change = edit_between(self.text, text, self._editable())
        if change is None:
            raise Unsure
        self._check(text, change)
        changed = {start for path, start in self.text.starts.items() if _holds_one(path, change.bodies)}
        with ExitStack() as undoing:
            undoing.callback(give_text, self._path, self.text.text)
            give_text(self._path, text.text)
            asked = self._script.session.asked_for_grid
            replay = Replay(self._path, self._script.outcomes, self._calls, self._used, undoing, asked_for_grid=asked)
            outcomes, calls = replay.judged(text, change, changed)
            places = MovedPlaces(self._path, change.lines)
            self._script.move(places)
            facts = {
                key: (compiled, moved(each, self._path, places.line_near))
                for key, (compiled, each) in self._facts.items()
            }
            undoing.pop_all()
        self._script.outcomes, self._calls, self._facts, self.text = outcomes, calls, facts, text

    def _calling(self, kernel: EditedKernel, args: Sequence[object], kwargs: dict[str, object]) -> None:
        if self._script.is_over:
            return
        self._pending = None
        if threading.current_thread() is not threading.main_thread():
            self._is_sure = False
        self._used.call += 1
        self._during.close()
        self._follows = self._during.enter_context(session())
        try:
            self._pending = captured(kernel, args, kwargs, self._used)
        except Unsure:
            self._is_sure = False

    def _came(self, found: CompiledKernel | DiagnosticError) -> None:
        if self._script.is_over:
            return
        self._during.close()
        call, self._pending = self._pending, None
        if call is not None:
            call = replace(call, effect=effect_of(found), stages=stages_of(self._follows, call.kernel))
        self._calls.append(call)

    def _compiled(self, compiled: CompiledKernel, tensors: Sequence[Any], numbers: Sequence[int]) -> None:
        if self._script.is_over:
            return
        if (call := self._calls[-1]) is None:
            self._others.add(compiled, tensors, numbers)
        else:
            self._calls[-1] = replace(call, compiled=CompiledCall(compiled, call.images, tuple(numbers)))

    def _editable(self) -> list[Path]:
        """The functions of kernels."""
        places = {(name, place.line) for name, place in self._script.session.made if place.file == self._path}
        return [path for path, first in self.text.starts.items() if first in places]

    def _check(self, text: ScriptText, change: TextEdit) -> None:
        """Raises `Unsure` where the script itself may see the bodies that have changed."""
        uncalled = {name for name, _ in self._script.session.not_called}
        for path in change.bodies:
            before, after = self.text.functions[path], text.functions[path]
            if text.has_attributes_of(after.name):
                raise Unsure
            if any(isinstance(node, ast.Global | ast.Nonlocal) for body in (before, after) for node in ast.walk(body)):
                raise Unsure
            # The ending tells of kernels that the script would still have come to.
            if self._script.ending.how == "stopped" and uncalled & (_names(before) ^ _names(after)):
                raise Unsure
            if not _is_like(self.text.codes[self.text.starts[path]], text.codes[text.starts[path]]):
                raise Unsure


def _holds_one(path: Path, bodies: Collection[Path]) -> bool:
    """Whether a function is one of these, or around one."""
    return any(body[: len(path)] == path for body in bodies)


def _names(node: ast.AST) -> set[str]:
    """Names, and names of attributes, anywhere in a tree."""
    nodes = list(ast.walk(node))
    names = {each.id for each in nodes if isinstance(each, ast.Name)}
    return names | {each.attr for each in nodes if isinstance(each, ast.Attribute)}


def _is_like(before: CodeType | None, after: CodeType | None) -> bool:
    """Whether code can stand in place of other code: a function of the same kind and closure."""
    if before is None or after is None:
        return False
    return (before.co_flags, before.co_freevars) == (after.co_flags, after.co_freevars)
