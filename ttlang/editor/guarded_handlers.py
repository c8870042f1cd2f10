"""Handlers that fail: what has failed is written to a file and shown, and the server goes on."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from ttlang.diagnostics import DiagnosticError
from ttlang.diagnostics.internal_errors import reproducing
from ttlang.editor.language_server import TTLangServer

Handler = TypeVar("Handler", bound=Callable[..., Any])


def guarded(server: TTLangServer) -> Callable[[Handler], Handler]:
    """Has a handler that fails answer nothing. Errors that it raises for the client pass."""

    def decorate(handler: Handler) -> Handler:
        if inspect.iscoroutinefunction(handler):

            @functools.wraps(handler)
            async def waiting(*params: Any) -> Any:
                try:
                    return await handler(*params)
                except JsonRpcException:
                    raise
                except Exception as failure:
                    _tell(server, handler.__name__, params, failure)

            return cast(Handler, waiting)

        @functools.wraps(handler)
        def at_once(*params: Any) -> Any:
            try:
                return handler(*params)
            except JsonRpcException:
                raise
            except Exception as failure:
                _tell(server, handler.__name__, params, failure)

        return cast(Handler, at_once)

    return decorate


def _tell(server: TTLangServer, name: str, params: Sequence[Any], failure: Exception) -> None:
    """As errors of the compiler are told: with a file that has all that it takes to see it fail again."""

    def make(_: Path) -> tuple[str, str]:
        document = getattr(params[0], "text_document", None) if params else None
        script = server.scripts.get(str(getattr(document, "uri", "")))
        return f"{name}: {params}", "" if script is None else script.document.text

    try:
        with reproducing("the language server", name, make, ".py"):
            raise failure
    except DiagnosticError as told:
        for each in told.diagnostics:
            server.warn("\n".join(line for line in (each.message, each.hint) if line), lsp.MessageType.Error)
