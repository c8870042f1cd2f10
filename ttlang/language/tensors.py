"""What a kernel function receives for a tensor, and what any tensor tells about itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from ttlang.diagnostics import DiagnosticError, Span, error
from ttlang.dtypes import DType, find_dtype
from ttlang.language.context import host_error


class TensorParameter:
    """Stands for a tensor in a kernel function: forwards its attributes, and is indexed in data movement threads."""

    def __init__(self, name: str, index: int, tensor: Any):
        self._name = name
        self._index = index
        self._tensor = tensor

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._tensor, name)

    def __getitem__(self, index: object) -> NoReturn:
        raise host_error(f"indexing the tensor {self._name}", "a data movement thread")

    def __repr__(self) -> str:
        return f"<tensor {self._name}>"


def parameter_name(parameter: TensorParameter) -> str:
    return parameter._name  # pyright: ignore[reportPrivateUsage]


def parameter_index(parameter: TensorParameter) -> int:
    """Its position among the parameters of the kernel function."""
    return parameter._index  # pyright: ignore[reportPrivateUsage]


def parameter_tensor(parameter: TensorParameter) -> Any:
    """The real tensor."""
    return parameter._tensor  # pyright: ignore[reportPrivateUsage]


def is_tensor(value: object) -> bool:
    """Whether an argument of a kernel is a tensor (of any library), and no constant."""
    return hasattr(value, "shape") and hasattr(value, "dtype")


FindSpan = Callable[[], Span | None]
"""Finds the place to report: called only when there is something to report."""


def bad_tensor(name: str, reason: str, span: FindSpan, hint: str | None = None) -> DiagnosticError:
    return error("TTL0205", f"{name} can't be used in a kernel: {reason}", span(), hint=hint)


def read_dtype(name: str, tensor: Any, span: FindSpan) -> DType:
    """The row of a tensor's format. Raises a TTL0205 for a tensor without one, or of one that no kernel takes."""
    if not is_tensor(tensor):
        raise bad_tensor(name, f"{type(tensor).__name__} is no tensor", span)
    try:
        return find_dtype(tensor.dtype)
    except ValueError as cause:
        raise bad_tensor(name, str(cause), span) from None


def is_row_major(name: str, tensor: Any, span: FindSpan) -> bool:
    """Whether a tensor is row-major and not tiled. Raises a TTL0205 for one that is neither."""
    layout = str(getattr(tensor, "layout", "none")).upper()
    if "ROW_MAJOR" in layout:
        return True
    if "TILE" not in layout:
        hint = "make it with ttnn.from_torch(..., layout=ttnn.TILE_LAYOUT, device=device)"
        raise bad_tensor(name, f"its layout is {layout.lower()}, neither tiled nor row-major", span, hint)
    return False
