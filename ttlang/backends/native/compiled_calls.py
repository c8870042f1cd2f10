"""The calls of a kernel, each compiled for the machine when it comes first, and kept for all its runs."""

from __future__ import annotations

from ttlang.backends.native.callees import callees
from ttlang.backends.native.native_program import NativeKernel
from ttlang.backends.native.snippet import Compiled, Snippet, compile_snippet

Key = tuple[int, ...]
"""A call with its constants: number and line, the address of the file's name, the constants."""


class CompiledCalls:
    """Those of one kernel."""

    def __init__(self, kernel: NativeKernel):
        self.kernel = kernel
        self._compiled: dict[Key, Compiled] = {}

    def of(self, key: Key, file: str) -> Compiled:
        """The call that a key stands for. `file`: the name of the file that it is in."""
        if key not in self._compiled:
            callee = callees()[key[0] >> 32]
            span = self.kernel.span(file, key[0] & 0xFFFFFFFF)
            snippet = Snippet(self.kernel, span, self.kernel.site(span))
            callee.build(snippet, key[2:])
            self._compiled[key] = compile_snippet(snippet, callee.name.lower())
        return self._compiled[key]
