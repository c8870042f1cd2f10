"""How the call is written whose brackets the cursor is in."""

from __future__ import annotations

import pytest

from tests.support.editor_scripts import SCRIPT, open_script
from ttlang.editor.positions import Position
from ttlang.editor.signature_help import signature_help


def shown(old: str, new: str) -> tuple[str, str | None] | None:
    """The label, and the part of it that is shown as active."""
    text = SCRIPT.replace(old, new, 1)
    before = text.partition("|")[0]
    place = Position(before.count("\n"), len(before) - before.rfind("\n") - 1)
    found = signature_help(open_script(text.replace("|", "", 1)), place)
    if found is None:
        return None
    (signature,) = found.signatures
    if found.active_parameter is None:
        return signature.label, None
    assert signature.parameters is not None
    label = signature.parameters[found.active_parameter].label
    assert not isinstance(label, str)
    return signature.label, signature.label[label[0] : label[1]]


@pytest.mark.parametrize(
    ("old", "new", "label", "active"),
    [
        ("gelu(v)", "gelu(|", "ttl.math.gelu(x)", "x"),
        ("gelu(v)", "celu(v, |", "ttl.math.celu(x, alpha=1.0)", "alpha=1.0"),
        ("x[0:1, 0], block)", "x[0:1, |", "ttl.copy(src: TensorLike | Block | Pipe", "src: TensorLike | Block | Pipe"),
        ("x[0:1, 0], block)", "x[0:1, 0], |", "ttl.copy(", "dst: TensorLike | Block | Pipe"),
        (
            "o.store(",
            "o.store(v, acc=|",
            "o.store(value: Block | SupportsFloat, acc: bool = False)",
            "acc: bool = False",
        ),
        ("grid=(1, 1)", "pad=|", "ttl.operation(", "pad=Ellipsis"),
        ("block_count=2)", "allocation_group=|", "ttl.make_dataflow_buffer_like(", "allocation_group:"),
    ],
)
def test_calls(old: str, new: str, label: str, active: str) -> None:
    found = shown(old, new)
    assert found is not None
    assert found[0].startswith(label)
    assert (found[1] or "").startswith(active)


@pytest.mark.parametrize("new", ["print(|", "nobody(|", "(|", "def f(|", "o.nothing(|"])
def test_nothing_of_other_calls(new: str) -> None:
    assert shown("o.store(ttl.math.gelu(v) * 2)", new) is None
