"""
TT-Lang: `import ttl` gives the language under the name that kernels use; so does `from ttl import ttl`.

PYTEST_DONT_REWRITE, as in `ttlang`.
"""

from __future__ import annotations

import ttl as ttl
import ttlang.language as _language
from ttlang import __version__ as __version__
from ttlang.driver.decorators import kernel as kernel
from ttlang.driver.decorators import operation as operation
from ttlang.language import *
from ttlang.language.math import *

__all__ = ["kernel", "operation"]
__all__ += _language.__all__
