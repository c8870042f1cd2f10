"""Which packages a script imports, as its text and its process tell."""

from __future__ import annotations

import pytest

from ttlang.engine.preloading import loaded_packages, named_packages, user_files


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import numpy as np, pytest.mark\nfrom numpy import array", ["numpy", "pytest"]),
        ("def f():\n    import pluggy", ["pluggy"]),
        ("from . import numpy\nfrom .numpy import x", []),
        ("import os, ast, ttl, ttlang, ttnn, xdsl, no_such_package", []),
        ("import numpy\nx = (", []),
        ("import numpy\0", []),
        ("x = " + "(" * 5000 + ")" * 5000, []),
    ],
)
def test_packages_of_a_text(text: str, names: list[str]) -> None:
    assert named_packages(text) == names


def test_what_this_process_has_imported() -> None:
    assert {"pytest", "pluggy"} <= loaded_packages()
    assert not {"os", "ttlang", "tests"} & loaded_packages()
    assert __file__ in user_files()
    assert pytest.__file__ not in user_files()
