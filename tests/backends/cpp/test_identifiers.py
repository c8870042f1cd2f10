"""Names of C++ variables."""

from __future__ import annotations

import pytest

from ttlang.backends.cpp.identifiers import Names, identifier


@pytest.mark.parametrize(
    ("hint", "name"),
    [
        ("x", "x"),
        ("x_cb", "x_cb"),
        ("N_TILES", "n_tiles"),
        ("M", "M"),
        ("_private", "private"),
        ("a__b", "a_b"),
        ("höhe", "hohe"),
        ("2nd", "v2nd"),
        ("_", "v"),
        ("camelCase", "camelCase"),
    ],
)
def test_identifiers(hint: str, name: str):
    assert identifier(hint) == name


def test_names_are_free_again_after_their_block():
    names = Names({"copy_tile"})
    assert names.declare("i") == "i"
    names.open()
    assert names.declare("i") == "i_1"
    assert names.declare("i", "j") == "j"
    assert names.declare("i", "j") == "j_1"
    names.close()
    assert names.declare("j") == "j"
    assert names.declare("copy_tile") == "copy_tile_1"
    assert names.declare("while") == "while_1"
