"""
Kernel functions that decorate no threads, and do the work themselves: unified bodies.

Their statements are told apart. Those that make resources, and what these are made of, are run as those of any kernel
function; all others become one function without arguments, which is compiled as a thread. A statement belongs to the
work if it uses the language as a thread does, reads or binds a name that the work binds, changes what work above it
reads, or can't be run by Python.
"""

from __future__ import annotations
import __future__

import ast
import builtins
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from types import CellType, CodeType, FunctionType, ModuleType

from ttlang import language
from ttlang.diagnostics import DiagnosticError, Span, error
from ttlang.frontend.python.liveness import assigned_names, free_names
from ttlang.frontend.python.sources import SourceFile, adopt, find_source
from ttlang.language.call_sites import Origin
from ttlang.language.stages import CODE, Stage

_METHODS = frozenset({"wait", "reserve", "push", "pop", "store", "publish", "if_src", "if_dst"})
"""Methods that threads alone call."""
_ACQUISITIONS = ("wait", "reserve")
_FUNCTIONS: tuple[object, ...] = (
    *(language.copy, language.core, language.node, language.core_linear),
    *(language.if_pipe_src, language.if_pipe_dst, print),
)
"""Functions that, where both could call them, are called by threads."""
_STATEMENTS = (ast.With, ast.While, ast.Assert, ast.Return)
_THREAD_DECORATORS = frozenset({"compute", "datamovement"})
_AROUND, _MAKE, _WORK = "$around", "$make", "$work"
"""Functions that are made of a kernel function; each stands in the one before."""
_EXPAND = "$expand"
"""What `_MAKE` calls for each stage."""


@dataclass(frozen=True)
class UnifiedBody:
    """A kernel function taken apart."""

    make: FunctionType
    """Takes what the kernel function takes, makes the resources, and returns the work: a function of no arguments."""
    host: tuple[tuple[int, ast.stmt], ...]
    """The statements that it runs, each with its position in the body of the kernel function."""

    def position_of(self, found: BaseException) -> int | None:
        """The position, in the body of the kernel function, of the statement that an exception comes from."""
        traceback, place = found.__traceback__, None
        while traceback is not None:
            if traceback.tb_frame.f_code is self.make.__code__:
                place = Origin(self.make.__code__, traceback.tb_lasti).span()
            traceback = traceback.tb_next
        if place is None:
            return None
        return next((position for position, node in self.host if _holds(node, place)), None)


def decorates_threads(function: FunctionType) -> bool:
    """Whether the code of a kernel function names a decorator of threads: cheaper to look at than its text."""
    code = function.__code__
    return not _THREAD_DECORATORS.isdisjoint(code.co_freevars) or _names_decorator(code)


def _names_decorator(code: CodeType) -> bool:
    if not _THREAD_DECORATORS.isdisjoint(code.co_names):
        return True
    return any(isinstance(inner, CodeType) and _names_decorator(inner) for inner in code.co_consts)


def is_unified(function: FunctionType) -> bool:
    """Whether the text of a kernel function shows that it does the work itself."""
    if decorates_threads(function):
        return False
    try:
        _, node = find_source(function)
    except DiagnosticError:
        return False
    if not isinstance(node, ast.FunctionDef):
        return False
    names = _Names(function)
    return any(_does_work(statement, names) for statement in node.body)


def take_apart(function: FunctionType, moved: frozenset[int], expand: Callable[..., object]) -> UnifiedBody:
    """
    A kernel function taken apart. `moved`: the positions of statements that Python could not run; `expand`: is called
    with a stage, whether it stands in a loop or a branch, and its arguments, and returns the work of the stage.
    """
    source, node = find_source(function)
    assert isinstance(node, ast.FunctionDef)
    names = _Names(function)
    body = node.body
    work = _work(body, moved, names)
    stages = _Stages(source, names, frozenset(assigned_names([body[i] for i in sorted(work)])))
    host: list[tuple[int, ast.stmt]] = []
    working: list[ast.stmt] = []
    for position, statement in enumerate(body):
        if position not in work:
            host.append((position, statement))
            continue
        lifted, rest = stages.lift(statement)
        host += [(position, each) for each in lifted]
        working.append(rest)
    make = _build(function, source, node, [statement for _, statement in host], working, expand)
    return UnifiedBody(make, tuple(host))


# ------------------------------------------------------------------------------------------- telling statements apart


class _Names:
    """What names stand for before the kernel function runs."""

    def __init__(self, function: FunctionType):
        self._cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
        self._globals = function.__globals__
        self._locals = frozenset((*function.__code__.co_varnames, *function.__code__.co_cellvars))

    def resolve(self, node: ast.expr) -> object:
        """The object that a name, or an attribute of a module, stands for; None where that is not known."""
        match node:
            case ast.Name(id=name) if name in self._locals:
                return None
            case ast.Name(id=name) if name in self._cells:
                return _content(self._cells[name])
            case ast.Name(id=name):
                return self._globals.get(name, getattr(builtins, name, None))
            case ast.Attribute(value=value, attr=attr):
                owner = self.resolve(value)
                return getattr(owner, attr, None) if isinstance(owner, ModuleType) else None
            case _:
                return None


def _work(body: Sequence[ast.stmt], moved: frozenset[int], names: _Names) -> set[int]:
    """The positions of the statements that are the work."""
    work = {i for i, node in enumerate(body) if i in moved or _is_work(node, names)}
    read = [free_names(node) for node in body]
    bound = [assigned_names([node]) for node in body]
    changed = [_changed_names(node, names) for node in body]
    while True:
        worked = frozenset(name for i in work for name in bound[i])
        # What changes behind work that reads it has several values, of which a run before the work leaves the last.
        renewed = frozenset(name for i in work for later in bound[i + 1 :] for name in read[i] & later)
        more = {i for i in range(len(body)) if (read[i] | bound[i]) & worked or bound[i] & renewed}
        more |= {j for i in work for j in range(i + 1, len(body)) if read[i] & changed[j]}
        if more <= work:
            return work
        work |= more


def _changed_names(node: ast.stmt, names: _Names) -> frozenset[str]:
    """Names of objects that a statement stores into, or whose methods it calls for nothing but their effect."""
    found: set[str] = set()
    for inner in ast.walk(node):
        match inner:
            case (
                ast.Subscript(value=value, ctx=ast.Store() | ast.Del())
                | ast.Attribute(value=value, ctx=ast.Store() | ast.Del())
            ):
                found |= free_names(value)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=value))):
                found |= frozenset() if isinstance(names.resolve(value), ModuleType) else free_names(value)
            case _:
                pass
    return frozenset(found)


def _is_work(node: ast.stmt, names: _Names) -> bool:
    return isinstance(node, _STATEMENTS) or any(_is_call_of_work(inner, names) for inner in ast.walk(node))


def _is_call_of_work(node: ast.AST, names: _Names) -> bool:
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
        return True
    called = names.resolve(node.func)
    return isinstance(called, Stage) or any(called is each for each in _FUNCTIONS)


def _does_work(node: ast.AST, names: _Names) -> bool:
    """Whether a statement, and not a function that is defined in it, is sure to be a part of the work."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
        return False
    if isinstance(node, ast.Call):
        called = names.resolve(node.func)
        if isinstance(called, Stage) or called is language.copy:
            return True
        if isinstance(node.func, ast.Attribute) and node.func.attr in _ACQUISITIONS and not node.args:
            return True
    return any(_does_work(child, names) for child in ast.iter_child_nodes(node))


def _holds(node: ast.stmt, place: Span) -> bool:
    start, end = (node.lineno, node.col_offset), (node.end_lineno or node.lineno, node.end_col_offset or 0)
    return start <= (place.line, place.column - 1) <= end


def _content(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:
        return None


# ------------------------------------------------------------------------------------------------------------ stages


@dataclass
class _Stages:
    """Statements that are calls of operations: each is expanded where resources are made, and its work called."""

    source: SourceFile
    names: _Names
    worked: frozenset[str]
    """Names that the work binds."""
    count: int = 0

    def lift(self, statement: ast.stmt) -> tuple[list[ast.stmt], ast.stmt]:
        """What is run for the stages in a statement, and the statement with calls of their work in their place."""
        if not any(map(self._is_stage, ast.walk(statement))):
            return [], statement
        statement = deepcopy(statement)
        lifted: list[ast.stmt] = []
        for node in ast.walk(statement):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and self._is_stage(node.value):
                lifted.append(self._expand(node, node.value, nested=node is not statement))
        if stray := next((node for node in ast.walk(statement) if self._is_stage(node)), None):
            assert isinstance(stray, ast.Call)
            name = ast.unparse(stray.func)
            raise self._error(stray, f"{name} is an operation, and this is no statement that calls it", None)
        return lifted, statement

    def _is_stage(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Call) and isinstance(self.names.resolve(node.func), Stage)

    def _expand(self, statement: ast.Expr, call: ast.Call, *, nested: bool) -> ast.stmt:
        """Lets a statement call the work of the stage, and returns the statement that gets that work."""
        self._check(call)
        work = f"$stage{self.count}"
        self.count += 1
        given = [call.func, ast.Constant(nested), *map(deepcopy, call.args)]
        lifted = ast.Assign([ast.Name(work, ast.Store())], ast.Call(ast.Name(_EXPAND, ast.Load()), given, []))
        statement.value = ast.copy_location(ast.Call(ast.Name(work, ast.Load()), [], []), call)
        for node in (lifted, statement):
            ast.fix_missing_locations(ast.copy_location(node, call))
        return lifted

    def _check(self, call: ast.Call) -> None:
        """Raises a TTL0242 unless a stage is given what is made before the work, by names and by position."""
        name = ast.unparse(call.func)
        if call.keywords:
            hint = "a stage is given its arguments by position"
            raise self._error(call.keywords[0].value, f"{name} is given an argument by its name", hint)
        for argument in call.args:
            if not _is_named(argument):
                hint = "give what is made above a name, and name it here"
                raise self._error(argument, f"{name} takes names of tensors, buffers and nets, and no expression", hint)
            for part in ast.walk(argument):
                if isinstance(part, ast.Name) and part.id in self.worked:
                    hint = "a stage is given tensors, buffers and nets; values pass between stages in buffers"
                    raise self._error(part, f"{part.id} is computed in this body, and {name} can't take it", hint)

    def _error(self, node: ast.expr, message: str, hint: str | None) -> DiagnosticError:
        return error(CODE, message, self.source.span(node), hint=hint)


def _is_named(node: ast.expr) -> bool:
    """Whether it is a name, or an item of what has a name, as in `buffers[0]`."""
    match node:
        case ast.Name():
            return True
        case ast.Subscript(value=whole, slice=ast.Constant() | ast.Name()):
            return _is_named(whole)
        case _:
            return False


# ------------------------------------------------------------------------------------------------- new functions


def _build(
    function: FunctionType,
    source: SourceFile,
    node: ast.FunctionDef,
    host: Sequence[ast.stmt],
    working: Sequence[ast.stmt],
    expand: Callable[..., object],
) -> FunctionType:
    """The kernel function with other statements: some are run, and the others are what it returns."""
    work = ast.FunctionDef(_WORK, _no_arguments(), list(working) or [ast.Pass()], [], None)
    result = ast.Return(ast.Name(_WORK, ast.Load()))
    arguments = deepcopy(node.args)
    arguments.defaults, arguments.kw_defaults = [], [None for _ in arguments.kwonlyargs]
    for argument in ast.walk(arguments):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    made = ast.FunctionDef(_MAKE, arguments, [*host, work, result], [], None)
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    cells[_EXPAND] = CellType(expand)
    parameters = ast.arguments([], [ast.arg(name) for name in cells], None, [], [], None, [])
    around = ast.FunctionDef(_AROUND, parameters, [made], [], None)
    for each in (around, made, work, result):
        ast.copy_location(each, node)
    module = ast.fix_missing_locations(ast.Module([around], []))
    flags = function.__code__.co_flags & _FLAGS
    code = _inner(_inner(compile(module, source.name, "exec", flags=flags, dont_inherit=True), _AROUND), _MAKE)
    closure = tuple(cells[name] for name in code.co_freevars)
    work.name = node.name
    adopt(_inner(code, _WORK), source, work)
    new = FunctionType(code, function.__globals__, node.name, function.__defaults__, closure)
    new.__kwdefaults__ = function.__kwdefaults__
    return new


_FLAGS = __future__.annotations.compiler_flag


def _no_arguments() -> ast.arguments:
    return ast.arguments([], [], None, [], [], None, [])


def _inner(code: CodeType, name: str) -> CodeType:
    """The last function of a name that is defined in code."""
    return [each for each in code.co_consts if isinstance(each, CodeType) and each.co_name == name][-1]
