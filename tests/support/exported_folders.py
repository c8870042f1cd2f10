"""The kernels whose exported folders are golden texts, and how to export one."""

from __future__ import annotations

import os
from pathlib import Path
from unittest.mock import patch

from ttlang.backends.folder.manifest import MANIFEST
from ttlang.tools.cli import main

ROOT = Path(__file__).parents[2]

SCRIPTS = {
    "fused_gelu": ROOT / "examples" / "fused_gelu.py",
    "linear_gelu": ROOT / "examples" / "matmul_bias_gelu.py",
    "matmul_multicast": ROOT / "examples" / "matmul_multicast.py",
    "mixed_formats": ROOT / "examples" / "mixed_formats.py",
    "uneven_work": ROOT / "examples" / "uneven_work.py",
    "sharded_add": ROOT / "examples" / "sharded_add.py",
}
"""
Elementwise; a matmul with buffers that the compiler makes; pipes and float32 sums; bfloat16, bfloat8_b and float32;
work that differs between cores; shards in L1.
"""


def export(script: Path, folder: Path, *options: str) -> Path:
    """Runs `ttlang export`; returns the folder."""
    with patch.dict(os.environ):  # the command's options become environment variables
        assert main(["export", "-o", str(folder), *options, str(script)]) == 0
    return folder


def files_of(folder: Path) -> dict[str, str]:
    """The texts of a folder, by their names in it, the manifest aside, which follows from them."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != MANIFEST]
    return {str(path.relative_to(folder)): path.read_text() for path in files}
