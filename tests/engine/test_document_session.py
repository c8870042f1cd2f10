"""A document that is edited: what is told of each text is what `ttlang check` tells of a file that holds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.document_texts import checked, fresh
from tests.support.script_kernels import KERNELS

TEXTS = [
    "",
    "add(x, y)",
    "add(x, y)\nprint(ttnn.to_torch(y))\nadd(y, x)",
    "add(x, y)\nraise ValueError('no')",
    "add(x, y)\nraise SystemExit(3)",
    "add(x)",
    "add(x, y)\nprint('not printed'",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_first_text_is_judged_as_check_does(text: str, tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    told = checked(path, KERNELS + text)
    assert fresh(path, KERNELS + text) == told
    assert told
