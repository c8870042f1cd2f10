"""What is said of the thing under the cursor."""

from __future__ import annotations

import pytest

from tests.support.editor_scripts import SCRIPT, inside, open_script, range_of, script_with_facts
from ttlang.editor.hover import hover, language_text
from ttlang.editor.syntax.language_names import find, members
from ttlang.tables.functions import FUNCTIONS, Function


def text(word: str, nth: int = 0) -> str:
    found = hover(script_with_facts(), inside(SCRIPT, word, nth))
    return "" if found is None else found[0]


def test_a_function_of_the_table() -> None:
    found = hover(open_script(), inside(SCRIPT, "gelu"))
    assert found is not None
    assert found[1] == range_of(SCRIPT, "gelu")
    assert found[0].startswith("```python\nttl.math.gelu(x)\n```\n\nx times the probability")
    assert "`gelu_tile`" in found[0]


def test_other_names_of_the_language() -> None:
    assert "ttl.copy(src: TensorLike | Block | Pipe" in text("copy")
    assert "Makes the compute thread" in text("compute")


def test_blocks_and_buffers() -> None:
    assert "2 blocks of 2x1 tiles of bfloat16, 8 KiB of L1" in text("x_dfb")
    assert "filled by `read`, emptied by `compute`" in text("x_dfb")
    assert text("v) * 2").startswith("**v**: a block that `x_dfb` was waited for")
    assert "this block: 2x1 bfloat16, 4 KiB" in text("v) * 2")


def test_a_kernel_and_a_line() -> None:
    assert text("scale").startswith("**scale**: 2,468 cycles")
    assert "- `x`: 64x32 bfloat16, tiled, dram" in text("scale")
    assert "if this line were free" in text("store")


def test_a_code_in_a_comment() -> None:
    script = open_script("import ttl\nx = 1  # ttl: allow TTL0603\n")
    found = hover(script, inside(script.document.text, "TTL0603"))
    assert found is not None
    assert found[0].startswith("**TTL0603**: elements that a reduction leaves undefined")


def test_nothing_else() -> None:
    assert hover(open_script(), inside(SCRIPT, "import")) is None
    assert hover(open_script(""), range_of(SCRIPT, "from").start) is None


@pytest.mark.parametrize("row", [row for row in FUNCTIONS if row.public and row.arity], ids=lambda row: row.name)
def test_every_row_has_its_sentence(row: Function) -> None:
    found = language_text(("math", row.name))
    assert found is not None
    assert row.doc in found


def test_every_name_can_be_told() -> None:
    for path in ((), ("math",), ("block",)):
        for member in members(find(path)):
            assert language_text((*path, member.name)), member.name
