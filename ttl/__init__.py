"""TT-Lang: `import ttl` gives the language under the name that kernels use; so does `from ttl import ttl`."""

from __future__ import annotations

import ttl as ttl
from ttlang import language as _language
from ttlang.kernel import kernel, operation
from ttlang.language import *  # noqa: F403

__all__ = ["kernel", "operation", "ttl"]
__all__ += _language.__all__
