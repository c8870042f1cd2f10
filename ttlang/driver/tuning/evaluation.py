"""
What one configuration comes to: a task of workers. It is the `ttl` IR of the kernel with these values, as text, and its
compile options, so that a worker runs no code of the user's, and the same task comes to the same everywhere.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from xdsl.dialects.builtin import ModuleOp
from xdsl.parser import Parser

from ttlang.diagnostics import DiagnosticError
from ttlang.diagnostics.findings import Findings
from ttlang.diagnostics.json_form import from_json, to_json
from ttlang.driver.compiler import CompiledKernel, lower, print_ir
from ttlang.driver.loading import load_simulator
from ttlang.driver.tuning.records import Found, program_digest
from ttlang.driver.universe import make_context
from ttlang.settings.options import CompileOptions

NEEDS_DATA = "TTL0213"
"""What a prediction is refused with that depends on data."""
_KEPT = 32
"""Programs that a worker keeps: one is first bounded, then predicted."""
_UNREAD = 64
"""Modules that are kept for tasks which this process carries out itself."""


class Task(NamedTuple):
    """A configuration of a kernel for one call."""

    ir: str
    """`ttl` IR with locations."""
    options: tuple[tuple[str, Any], ...]
    """Fields of `CompileOptions`, with the chip named."""
    numbers: tuple[int, ...]
    """The integers of the call that are no constants."""


class Answer(NamedTuple):
    """What it comes to."""

    refused: str | None
    """The first mistake, as a line of JSON, where it does not compile or can't be predicted."""
    program: str = ""
    """The digest of what it was lowered to, with the integers of the call."""
    found: Found = Found()


_made: OrderedDict[str, ModuleOp] = OrderedDict()
"""What the front end of this process has made, by its text: to read that takes a third of an evaluation."""


def task_of(module: ModuleOp, options: CompileOptions, numbers: tuple[int, ...]) -> Task:
    """The task of a module that the front end has made, and that nobody changes."""
    ir = print_ir(module, locations=True)
    _made[ir] = module
    if len(_made) > _UNREAD:
        _made.popitem(last=False)
    return Task(ir, tuple(vars(options).items()), numbers)


def bounded(task: Task) -> Answer:
    """Whether it compiles, and what it takes at least."""
    return _answer(task, lambda compiled: Found(least_cycles=compiled.least_cycles(task.numbers)))


def predicted(task: Task) -> Answer:
    """What it is predicted to take."""
    return _answer(task, lambda compiled: Found(cycles=compiled.predict(task.numbers).cycles))


def _answer(task: Task, find: Callable[[CompiledKernel], Found]) -> Answer:
    try:
        compiled = _compiled(task.ir, task.options)
        load_simulator()
        found = find(compiled)
    except DiagnosticError as wrong:
        return Answer(to_json(wrong.diagnostics[0]))
    # What it takes depends on the call's integers, too.
    program = program_digest(f"{print_ir(compiled.module)}{task.numbers}")
    return Answer(None, program, found._replace(l1_bytes=int(compiled.program.buffer_bytes)))


@lru_cache(_KEPT)
def _compiled(ir: str, options: tuple[tuple[str, Any], ...]) -> CompiledKernel:
    module = _made.pop(ir, None) or Parser(make_context(), ir).parse_module()
    chosen = CompileOptions(**dict(options))
    return CompiledKernel(lower(module, chosen, Findings()), chosen, module)


def refusal(answer: Answer) -> Any:
    """The diagnostic of an answer that has one."""
    found = from_json(answer.refused) if answer.refused is not None else None
    assert found is not None
    return found
