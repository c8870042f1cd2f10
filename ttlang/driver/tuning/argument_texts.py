"""The arguments of a call as texts that are the same in another process, and for tensors of another library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ttlang.diagnostics import DiagnosticError
from ttlang.driver.unchanging_objects import ATOMS, class_of
from ttlang.frontend.blocks.tensor_types import tensor_type
from ttlang.language.specs import TensorSpec, read_spec


def argument_texts(arguments: Mapping[str, object]) -> tuple[str, ...]:
    """
    One for each argument, by its name: what a call is looked up by. What is neither a tensor nor made of constants is
    there by its class alone; the kernel's fingerprint has what is in it.
    """
    return tuple([f"{name}: {_text(value)}" for name, value in arguments.items()])


def _text(value: Any) -> str:
    kind = class_of(value)
    if kind in ATOMS:
        return f"{kind.__name__} {value!r}"
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return spec_text(read_spec(value))
    if kind is tuple or kind is list:
        return f"{kind.__name__}({', '.join(map(_text, value))})"
    if kind is dict:
        return f"dict({', '.join([f'{_text(key)}: {_text(item)}' for key, item in value.items()])})"
    return f"a {kind.__module__}.{kind.__qualname__}"


def spec_text(spec: TensorSpec) -> str:
    """
    A tensor as the compiler sees it: its shape in elements, its type in the IR, what fills it up. One that no kernel
    can take is told as its library tells it.
    """
    try:
        type_ = str(tensor_type("", spec, lambda: None))
    except DiagnosticError:
        type_ = str(spec)
    filled = f" filled with {spec.padding!r}" if spec.padding else ""
    return f"{'x'.join(map(str, spec.shape))} {type_}{filled}"


def data_text(value: Any) -> str:
    """A tensor, by its description; a device, by its chip and its cores."""
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return spec_text(read_spec(value))
    return f"device {_asked(value, 'arch')} {_asked(value, 'compute_with_storage_grid_size')}"


def _asked(device: Any, name: str) -> str:
    fact: Any = getattr(device, name, None)
    return str(fact() if callable(fact) else fact)
