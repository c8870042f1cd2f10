"""`python -m ttlang` is `ttlang`."""

from __future__ import annotations

import sys

from ttlang.tools.cli import main

sys.exit(main())
