"""What may be written at the cursor, of the language: names behind a dot, arguments by name, their values, codes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from lsprotocol import types as lsp

from ttlang.diagnostics import CODES
from ttlang.editor.open_script import OpenScript
from ttlang.editor.positions import Position
from ttlang.editor.syntax.cursor import Call, Cursor, cursor_at, owner_at
from ttlang.editor.syntax.expressions import expression
from ttlang.editor.syntax.language_names import KERNELS, documentation, find, members, signature_of
from ttlang.editor.syntax.language_names import Path as NamePath
from ttlang.editor.syntax.types_of_names import Types
from ttlang.tables.compile_flags import FLAGS

_Kind = lsp.CompletionItemKind


def complete(script: OpenScript, place: Position) -> list[lsp.CompletionItem]:
    """None where only Python itself, or another server, knows what may stand."""
    lines = script.document.lines
    cursor = cursor_at(lines, place)
    if cursor.comment is not None:
        return list(_codes(cursor.comment))
    types = Types(script.parsed.tree, script.names, place.line)
    path = None if cursor.call is None else _path(types, cursor.call.callee)
    if cursor.in_string:
        return list(_strings(cursor, path))
    owner = owner_at(script.document.line(place.line), place.character)
    if owner is not None:
        node = expression(owner.text)
        kind = None if node is None else types.of(node)
        return [] if kind is None else list(_members(kind))
    if cursor.call is not None and path is not None:
        return list(_arguments(cursor.call, path))
    return []


def _path(types: Types, callee: str) -> NamePath | None:
    node = expression(callee)
    return None if node is None else types.names.path_of(node)


def _members(kind: Any) -> Iterator[lsp.CompletionItem]:
    for number, member in enumerate(members(kind)):
        if isinstance(kind, ModuleType) and member.value is None:
            continue
        signature = signature_of(member.value) if callable(member.value) else None
        yield lsp.CompletionItem(
            member.name,
            kind=_kind_of(member.value),
            detail=f"{member.name}{signature}" if signature is not None else None,
            documentation=_markdown(documentation(member.value)),
            sort_text=f"{number:04}",
            tags=[lsp.CompletionItemTag.Deprecated] if type(member.value).__name__ == "LaterFeature" else None,
        )


def _kind_of(value: Any) -> lsp.CompletionItemKind:
    if isinstance(value, ModuleType):
        return _Kind.Module
    if isinstance(value, type):
        return _Kind.Class
    if callable(value):
        return _Kind.Function
    return _Kind.Property if isinstance(value, property) or value is None else _Kind.Constant


def _arguments(call: Call, path: NamePath) -> Iterator[lsp.CompletionItem]:
    """Names of arguments that the call lacks; behind `name=`, what the option may be."""
    options = option_types() if path in KERNELS else {}
    if call.keyword is not None:
        yield from _values(options.get(call.keyword), quoted=True)
        return
    named = keyword_names(path)
    for name in named:
        if name not in call.keywords:
            yield lsp.CompletionItem(
                f"{name}=",
                kind=_Kind.Variable,
                filter_text=name,
                detail=_type_text(options.get(name)),
                sort_text=f"0{name}",
            )


def _values(kind: Any, *, quoted: bool) -> Iterator[lsp.CompletionItem]:
    for value in _literals(kind):
        if not quoted and isinstance(value, str):
            yield lsp.CompletionItem(value, kind=_Kind.EnumMember)
        elif quoted:
            text = f'"{value}"' if isinstance(value, str) else repr(value)
            yield lsp.CompletionItem(text, kind=_Kind.EnumMember)


def _strings(cursor: Cursor, path: NamePath | None) -> Iterator[lsp.CompletionItem]:
    if cursor.call is None or path not in KERNELS or cursor.call.keyword is None:
        return
    if cursor.call.keyword == "options":
        for name, flag in FLAGS.items():
            for text in (f"--{name}", f"--no-{name}"):
                yield lsp.CompletionItem(
                    text, kind=_Kind.EnumMember, documentation=_markdown(inspect.getdoc(flag) or "")
                )
        return
    yield from _values(option_types().get(cursor.call.keyword), quoted=False)


def _codes(comment: str) -> Iterator[lsp.CompletionItem]:
    """In a comment `# ttl: allow`."""
    words = comment.lstrip("# ").split()
    if words[:2] != ["ttl:", "allow"] and words[:1] != ["ttl:"]:
        return
    if len(words) == 1 and comment.endswith(" "):
        yield lsp.CompletionItem("allow", kind=_Kind.Keyword)
    elif len(words) > 2 or comment.endswith(" "):
        for code, title in CODES.items():
            yield lsp.CompletionItem(code, kind=_Kind.EnumMember, detail=title)


def keyword_names(path: NamePath) -> list[str]:
    """What a call of a name of the language may be given by name."""
    if path in KERNELS:
        return list(option_types())
    value = find(path)
    signature = signature_of(value) if callable(value) else None
    if signature is None:
        return []
    by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [each.name for each in signature.parameters.values() if each.kind in by_name]


def option_types() -> dict[str, Any]:
    """The options of a kernel's decorator, with their types, as type checkers know them."""
    from ttlang.driver import decorators

    return get_type_hints(decorators.Options, localns=vars(decorators))


def _literals(kind: Any) -> list[Any]:
    if kind is bool:
        return [True, False]
    if kind is type(None):
        return [None]
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    found: list[Any] = []
    for each in get_args(kind):
        if not isinstance(each, Callable | type) or each in (bool, type(None)) or get_origin(each) is Literal:
            found += _literals(each)
    return found


def _type_text(kind: Any) -> str | None:
    return None if kind is None else " | ".join(map(repr, _literals(kind))) or inspect.formatannotation(kind)


def _markdown(text: str) -> lsp.MarkupContent | None:
    return lsp.MarkupContent(lsp.MarkupKind.Markdown, text) if text else None
