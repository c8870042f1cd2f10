"""`ttlang lsp`: the language server, over standard input and output."""

from __future__ import annotations

import gc
from functools import partial

from ttlang.engine.exits import Exit
from ttlang.engine.worker_process import WorkerAhead
from ttlang.settings.extras import import_extra


def serve() -> Exit:
    """Until the client ends it. Raises TTL0015 where the extra `editor` is not installed."""
    import_extra("pygls", "editor")
    # What imports the compiler runs no script, so it need not wait until the client says whether it trusts any.
    ahead = WorkerAhead()
    # A fifth of the time to the first finding: garbage would be looked for among classes, which all stay.
    gc.disable()
    from ttlang.editor.serving import serve_standard_streams
    from ttlang.engine.client import Engine

    gc.freeze()
    gc.enable()
    serve_standard_streams(partial(Engine, ahead=ahead))
    return Exit.OK
