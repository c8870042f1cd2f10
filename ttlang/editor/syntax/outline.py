"""What a syntax tree says of kernels: their threads, buffers and blocks, where they are made and used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ttlang.editor.positions import Position, Range, from_bytes
from ttlang.editor.syntax.language_names import KERNELS, THREADS, LanguageNames, find, returned

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class BufferUse:
    """A buffer's name in a thread, or in a unified body."""

    place: Range
    """The name."""
    method: str
    """What is called on it: wait, reserve, push, pop, publish; empty where the name alone stands."""
    method_place: Range | None = None
    call: Range | None = None
    """The whole call."""
    thread: str = ""


@dataclass(frozen=True)
class Buffer:
    """A buffer that is bound to a name."""

    name: str
    place: Range
    """The name where it is made."""
    uses: tuple[BufferUse, ...] = ()

    def of_method(self, *methods: str) -> list[BufferUse]:
        return [use for use in self.uses if use.method in methods]


@dataclass(frozen=True)
class Block:
    """A name that a thread gives to a block."""

    name: str
    buffer: str
    kind: str
    """Either "wait" or "reserve"."""
    place: Range
    uses: tuple[Range, ...] = ()


@dataclass(frozen=True)
class Thread:
    name: str
    kind: str
    """One of "compute", "read", "write", "data movement", as facts have it."""
    place: Range
    """The function, with its decorators."""
    name_place: Range
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Kernel:
    name: str
    place: Range
    """The function, with its decorators."""
    name_place: Range
    node: Function = field(repr=False)
    threads: tuple[Thread, ...] = ()
    buffers: tuple[Buffer, ...] = ()
    tensors: tuple[tuple[str, Range], ...] = ()
    """Parameters that are no sizes, with their uses."""
    sizes: tuple[tuple[str, Range], ...] = ()
    """Keyword-only parameters."""
    leaves_sizes_open: bool = False

    def buffer(self, name: str) -> Buffer | None:
        return next((each for each in self.buffers if each.name == name), None)


def kernels_of(tree: ast.Module, names: LanguageNames, lines: Sequence[str]) -> tuple[Kernel, ...]:
    """The kernels of a script, in order."""
    functions = [node for node in ast.walk(tree) if isinstance(node, FUNCTIONS) and is_kernel(node, names)]
    functions.sort(key=lambda node: node.lineno)
    return tuple(_Reader(names, lines).kernel(node) for node in functions)


def is_kernel(node: Function, names: LanguageNames) -> bool:
    return any(names.called(each) in KERNELS for each in node.decorator_list)


def is_thread(node: Function, names: LanguageNames) -> bool:
    return any(names.called(each) in THREADS for each in node.decorator_list)


def range_of(node: ast.expr | ast.stmt | ast.arg, lines: Sequence[str]) -> Range:
    """Of a node, decorators aside."""
    end_line = (node.end_lineno or node.lineno) - 1
    start = position(lines, node.lineno - 1, node.col_offset)
    return Range(start, position(lines, end_line, node.end_col_offset or node.col_offset))


def position(lines: Sequence[str], line: int, offset: int) -> Position:
    """Of a column in bytes."""
    return Position(line, from_bytes(lines[line], offset) if line < len(lines) else 0)


def name_range(node: Function | ast.ClassDef, lines: Sequence[str]) -> Range:
    """Of the name behind `def`."""
    line = lines[node.lineno - 1] if node.lineno <= len(lines) else ""
    found = re.compile(rf"\b{re.escape(node.name)}\b").search(line, from_bytes(line, node.col_offset) + 3)
    start = found.start() if found else from_bytes(line, node.col_offset)
    return Range(Position(node.lineno - 1, start), Position(node.lineno - 1, start + len(node.name)))


class _Reader:
    def __init__(self, names: LanguageNames, lines: Sequence[str]):
        self.names = names
        self.lines = lines

    def kernel(self, node: Function) -> Kernel:
        inner = [each for each in ast.walk(node) if isinstance(each, FUNCTIONS) and is_thread(each, self.names)]
        threads = sorted(inner, key=lambda each: each.lineno)
        made = dict(sorted(self._made(node), key=lambda each: each[1].start))
        uses = {name: tuple(self._uses(node, name, threads)) for name in made}
        return Kernel(
            node.name,
            self._whole(node),
            name_range(node, self.lines),
            node,
            tuple(self._thread(each, made) for each in threads),
            tuple(Buffer(name, place, uses[name]) for name, place in made.items()),
            tuple((each.arg, range_of(each, self.lines)) for each in [*node.args.posonlyargs, *node.args.args]),
            tuple((each.arg, self._arg_name(each)) for each in node.args.kwonlyargs),
            any(isinstance(default, ast.Call) for default in node.args.kw_defaults),
        )

    def _arg_name(self, arg: ast.arg) -> Range:
        start = position(self.lines, arg.lineno - 1, arg.col_offset)
        return Range(start, Position(start.line, start.character + len(arg.arg)))

    def _whole(self, node: Function) -> Range:
        first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
        place = range_of(node, self.lines)
        return Range(Position(first - 1, place.start.character), place.end)

    def _made(self, node: Function) -> Iterator[tuple[str, Range]]:
        """Names that are bound to a new buffer in the kernel function itself."""
        for inner in own_nodes(node):
            if not isinstance(inner, ast.Assign | ast.AnnAssign) or not isinstance(inner.value, ast.Call):
                continue
            path = self.names.path_of(inner.value.func)
            made = None if path is None else returned(find(path))
            if made is None or made.__name__ != "CircularBuffer":
                continue
            for target in inner.targets if isinstance(inner, ast.Assign) else [inner.target]:
                if isinstance(target, ast.Name):
                    yield target.id, range_of(target, self.lines)

    def _uses(self, kernel: Function, name: str, threads: Sequence[Function]) -> Iterator[BufferUse]:
        calls = {
            id(node.func.value): node
            for node in ast.walk(kernel)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        for node in ast.walk(kernel):
            if not isinstance(node, ast.Name) or node.id != name or isinstance(node.ctx, ast.Store):
                continue
            place = range_of(node, self.lines)
            thread = next((each.name for each in threads if place.start in range_of(each, self.lines)), "")
            if (call := calls.get(id(node))) is None or not isinstance(call.func, ast.Attribute):
                yield BufferUse(place, "", thread=thread)
                continue
            end = range_of(call.func, self.lines).end
            method = Range(Position(end.line, end.character - len(call.func.attr)), end)
            yield BufferUse(place, call.func.attr, method, range_of(call, self.lines), thread)

    def _thread(self, node: Function, buffers: dict[str, Range]) -> Thread:
        blocks = tuple(self._blocks(node, buffers))
        return Thread(node.name, self._kind(node, buffers), self._whole(node), name_range(node, self.lines), blocks)

    def _kind(self, node: Function, buffers: dict[str, Range]) -> str:
        if any(self.names.called(each) == ("compute",) for each in node.decorator_list):
            return "compute"
        used = {kind for _, kind in acquisitions(node, buffers)}
        if len(used) != 1:
            return "data movement"
        return "read" if "reserve" in used else "write"

    def _blocks(self, node: Function, buffers: dict[str, Range]) -> Iterator[Block]:
        for target, value in bindings(node):
            acquired = _acquired(value, buffers)
            if acquired is None or not isinstance(target, ast.Name):
                continue
            uses = tuple(
                range_of(each, self.lines)
                for each in ast.walk(node)
                if isinstance(each, ast.Name) and each.id == target.id and each is not target
            )
            yield Block(target.id, *acquired, range_of(target, self.lines), uses)


def bindings(node: Function) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What is bound to what in a function, also in the functions in it: assignments, `with` and `:=`."""
    for inner in ast.walk(node):
        match inner:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    yield target, value
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
                yield target, value
            case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
                yield target, value
            case _:
                pass


def acquisitions(node: Function, buffers: dict[str, Range]) -> Iterator[tuple[str, str]]:
    """Each buffer that a function waits for or reserves."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call) and (acquired := _acquired(inner, buffers)) is not None:
            yield acquired


def own_nodes(function: Function) -> Iterator[ast.AST]:
    """Of a function's body, not of the functions in it."""
    left: list[ast.AST] = list(function.body)
    while left:
        node = left.pop()
        yield node
        if not isinstance(node, (*FUNCTIONS, ast.Lambda)):
            left += ast.iter_child_nodes(node)


def _acquired(value: ast.expr, buffers: dict[str, Range]) -> tuple[str, str] | None:
    match value:
        case ast.Call(func=ast.Attribute(value=ast.Name(name), attr=("wait" | "reserve") as kind)) if name in buffers:
            return name, kind
        case _:
            return None
