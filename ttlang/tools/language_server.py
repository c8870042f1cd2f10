"""`ttlang lsp`: the language server, over standard input and output."""

from __future__ import annotations

import gc

from ttlang.engine.exits import Exit
from ttlang.settings.extras import import_extra


def serve() -> Exit:
    """Until the client ends it. Raises TTL0015 where the extra `editor` is not installed."""
    import_extra("pygls", "editor")
    # A fifth of the time to the first finding: garbage would be looked for among classes, which all stay.
    gc.disable()
    from ttlang.editor.serving import serve_standard_streams

    gc.freeze()
    gc.enable()
    serve_standard_streams()
    return Exit.OK
