"""How the call is written whose brackets the cursor is in."""

from __future__ import annotations

import inspect
from typing import Any

from lsprotocol import types as lsp

from ttlang.editor.completion import option_types
from ttlang.editor.open_script import OpenScript
from ttlang.editor.positions import Position
from ttlang.editor.syntax.cursor import Call, cursor_at
from ttlang.editor.syntax.expressions import expression
from ttlang.editor.syntax.language_names import KERNELS, documentation, signature_of
from ttlang.editor.syntax.types_of_names import Types


def signature_help(script: OpenScript, place: Position) -> lsp.SignatureHelp | None:
    """Of a call of the language, or of a method of one of its objects; None in any other."""
    call = cursor_at(script.document.lines, place).call
    node = None if call is None else expression(call.callee)
    if call is None or node is None:
        return None
    types = Types(script.parsed.tree, script.names, place.line)
    value = types.function(node)
    signature = signature_of(value) if callable(value) else None
    if signature is None:
        return None
    if types.names.path_of(node) in KERNELS:
        signature = _with_options(signature)
    return _help(call, value, signature)


def _with_options(signature: inspect.Signature) -> inspect.Signature:
    """Of a kernel's decorator: its options in place of `**options`."""
    kind = inspect.Parameter.KEYWORD_ONLY
    return signature.replace(parameters=[inspect.Parameter(name, kind, default=...) for name in option_types()])


def _help(call: Call, value: Any, signature: inspect.Signature) -> lsp.SignatureHelp:
    name = call.callee.rpartition(".")[2]
    label = f"{call.callee}{signature}"
    parameters = [*signature.parameters.values()]
    shown: list[lsp.ParameterInformation] = []
    at = len(call.callee)
    for each in parameters:
        # Written as `inspect` does it, so that the client finds it in the label.
        text = str(each)
        start = label.find(text, at)
        at = start + len(text)
        shown.append(lsp.ParameterInformation((start, at) if start >= 0 else name))
    info = lsp.SignatureInformation(
        label,
        lsp.MarkupContent(lsp.MarkupKind.Markdown, documentation(value)),
        shown,
        _active(call, parameters),
    )
    return lsp.SignatureHelp([info], 0, _active(call, parameters))


def _active(call: Call, parameters: list[inspect.Parameter]) -> int | None:
    """The parameter that the argument at the cursor is for."""
    if call.keyword is not None:
        return next((i for i, each in enumerate(parameters) if each.name == call.keyword), None)
    positional = [i for i, each in enumerate(parameters) if each.kind is not inspect.Parameter.KEYWORD_ONLY]
    if call.argument < len(positional):
        return positional[call.argument]
    rest = [i for i in positional if parameters[i].kind is inspect.Parameter.VAR_POSITIONAL]
    return rest[0] if rest else None
