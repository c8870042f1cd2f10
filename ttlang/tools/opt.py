"""`ttlang-opt`: xdsl-opt with our dialects, passes and targets, found through the `xdsl.universe` entry point."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.xdsl_opt_main import xDSLOptMain


class TTLangOptMain(xDSLOptMain):
    """The driver."""

    def __init__(self, args: Sequence[str] | None = None):
        super().__init__("Runs passes of ttlang, and of xDSL, on a file of IR.", args)


def main() -> None:
    TTLangOptMain().run()
