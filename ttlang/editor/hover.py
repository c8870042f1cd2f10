"""What is said of the thing under the cursor: a name of the language, a buffer, a block, a line's cost."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from ttlang.diagnostics import CODES
from ttlang.editor.code_lenses import summary
from ttlang.editor.inlay_hints import cost_text
from ttlang.editor.navigation import At, at
from ttlang.editor.open_script import OpenScript
from ttlang.editor.positions import Position, Range
from ttlang.editor.syntax.language_names import documentation, find, is_math_function, signature_of
from ttlang.editor.syntax.outline import range_of
from ttlang.editor.wording import bytes_text, shape_text
from ttlang.engine.facts.function_text import function_text
from ttlang.engine.facts.kernel_facts import BlockFacts, BufferFacts, KernelFacts, LineCost

_CODE = re.compile(r"\bTTL\d{4}\b")


def hover(script: OpenScript, place: Position, texts: Sequence[str] = ()) -> tuple[str, Range | None] | None:
    """
    Markdown, and what it is about; None where there is nothing to say. `texts`: what the compiler made of the line,
    ready to be shown.
    """
    parts: list[str] = []
    about: Range | None = None
    if (named := _named(script, place)) is not None:
        about, text = named
        parts.append(text)
    elif (found := at(script, place)) is not None:
        parts.append(_buffer(script, found))
    elif (code := _code(script, place)) is not None:
        about, text = code
        parts.append(text)
    elif (whole := _kernel(script, place)) is not None:
        parts.append(whole)
    parts += [cost_text(cost) for cost in _costs(script, place)]
    parts += texts
    return ("\n\n---\n\n".join(parts), about) if parts else None


def language_text(path: tuple[str, ...], arch: str | None = None) -> str | None:
    """Of a name of the language: how it is called and what it is. `arch`: the chip whose costs are wanted."""
    value = find(path)
    if value is None:
        return None
    if is_math_function(value):
        return function_text(path[-1], arch)
    signature = signature_of(value) if callable(value) and not isinstance(value, type) else None
    return "\n\n".join([f"```python\n{'.'.join(('ttl', *path))}{signature or ''}\n```", documentation(value)]).strip()


def _named(script: OpenScript, place: Position) -> tuple[Range, str] | None:
    """The longest name of the language that ends at the cursor: of `ttl.math.gelu`, as far as it is under it."""
    lines = script.document.lines
    arch = next((facts.arch for facts in script.facts.values()), None)
    for node in ast.walk(script.parsed.tree):
        if not isinstance(node, ast.Attribute | ast.Name) or node.lineno - 1 != place.line:
            continue
        where = range_of(node, lines)
        part = node.attr if isinstance(node, ast.Attribute) else node.id
        name = Range(Position(where.end.line, where.end.character - len(part)), where.end)
        path = script.names.path_of(node)
        if place in name and path is not None and (text := language_text(path, arch)) is not None:
            return name, text
    return None


def _code(script: OpenScript, place: Position) -> tuple[Range, str] | None:
    """Of a diagnostic, in a comment."""
    line = script.document.line(place.line)
    for found in _CODE.finditer(line):
        where = Range(Position(place.line, found.start()), Position(place.line, found.end()))
        if place in where and found[0] in CODES:
            return where, f"**{found[0]}**: {CODES[found[0]]}"
    return None


def _kernel(script: OpenScript, place: Position) -> str | None:
    for kernel in script.kernels:
        if place in kernel.name_place and (facts := script.facts.get(kernel.name)) is not None:
            return "\n\n".join(_kernel_lines(facts))
    return None


def _kernel_lines(facts: KernelFacts) -> Iterator[str]:
    yield f"**{facts.name}**: {summary(facts)}"
    tensors = [
        f"- `{each.name}`: {shape_text(each.shape)} {each.format}, {each.layout}, {each.memory}"
        for each in facts.tensors
    ]
    yield "\n".join(tensors)
    buffers = sorted(facts.buffers, key=lambda each: -each.bytes)
    yield "\n".join(f"- `{each.name}`: {_held(each)}" for each in buffers)
    if facts.costs is not None and facts.costs.advice:
        yield "\n".join(f"- {each.text} ({each.evidence})" for each in facts.costs.advice)


def _buffer(script: OpenScript, found: At) -> str:
    facts = script.facts.get(found.kernel.name)
    known = () if facts is None else facts.buffers
    told = next((each for each in known if each.name == found.buffer.name), None)
    if found.block is None:
        head = f"**{found.buffer.name}**: a dataflow buffer"
    elif found.block.kind == "wait":
        head = f"**{found.block.name}**: a block that `{found.buffer.name}` was waited for"
    else:
        head = f"**{found.block.name}**: a block that was reserved in `{found.buffer.name}`"
    lines = [head]
    if told is not None:
        lines.append(_held(told))
    block = None if facts is None else _block(script, facts, found)
    if block is not None:
        lines.append(f"this block: {shape_text(block.shape)} {block.format}, {bytes_text(block.bytes)}")
    threads = [*dict.fromkeys(use.thread for use in found.buffer.of_method("reserve", "publish") if use.thread)]
    readers = [*dict.fromkeys(use.thread for use in found.buffer.of_method("wait") if use.thread)]
    if threads and readers:
        lines.append(f"filled by `{'`, `'.join(threads)}`, emptied by `{'`, `'.join(readers)}`")
    return "\n\n".join(lines)


def _held(buffer: BufferFacts) -> str:
    unit = "tiles" if buffer.layout == "tiled" else "elements"
    blocks = f"{buffer.blocks} block{'' if buffer.blocks == 1 else 's'} of {shape_text(buffer.shape)} {unit}"
    where = f"on the shards of `{buffer.tensor}`" if buffer.tensor else f"{bytes_text(buffer.bytes)} of L1"
    shared = f", shared with {', '.join(buffer.shares)}" if buffer.shares else ""
    made = ", made by the compiler" if buffer.made_by_compiler else ""
    return f"{blocks} of {buffer.format}, {where}{shared}{made}"


def _block(script: OpenScript, facts: KernelFacts, found: At) -> BlockFacts | None:
    if found.block is None:
        return None
    line, kind = found.block.place.start.line, found.block.kind
    of_buffer = [each for each in facts.blocks if (each.buffer, each.kind) == (found.buffer.name, kind)]
    return next((each for each in of_buffer if script.line_now(each.place) == line), None)


def _costs(script: OpenScript, place: Position) -> Iterator[LineCost]:
    for facts in script.facts.values():
        for cost in facts.costs.lines if facts.costs is not None else ():
            if script.line_now(cost.place) == place.line:
                yield cost
