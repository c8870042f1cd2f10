"""What a kernel function receives for a tensor, and what any tensor tells about itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NoReturn, Protocol, TypeGuard, cast

from ttlang.diagnostics import Diagnostic, DiagnosticError, Severity, Span, error
from ttlang.diagnostics.plurals import count_of
from ttlang.language.call_sites import caller_span, host_error
from ttlang.language.specs import TensorSpec, read_spec
from ttlang.tables.dtypes import DType, find_dtype
from ttlang.tables.editions import Edition

DESCRIPTION = frozenset(
    {
        *("shape", "padded_shape", "logical_shape", "logical_volume", "volume", "rank", "ndim", "row", "spec", "tile"),
        *("dtype", "layout", "memory_config", "is_sharded", "element_size", "get_dtype", "get_layout", "get_tile"),
        *("buffer_num_pages", "buffer_page_size", "buffer_aligned_page_size"),
    }
)
"""Attributes of a tensor that are the same for all tensors of one description, which programs are kept by."""

_beyond: ContextVar[list[str] | None] = ContextVar("ttlang_beyond", default=None)


@contextmanager
def described() -> Generator[list[str]]:
    """While this lasts, what is asked of tensors beyond their description is added to the list, and to those around."""
    asked: list[str] = []
    token = _beyond.set(asked)
    try:
        yield asked
    finally:
        _beyond.reset(token)
        if (around := _beyond.get()) is not None:
            around += asked


class TensorLike(Protocol):
    """A tensor of any library, as far as the language asks."""

    @property
    def shape(self) -> Any: ...

    @property
    def dtype(self) -> Any: ...

    def __getitem__(self, index: Any, /) -> Any: ...


class TensorParameter:
    """Stands for a tensor in a kernel function: forwards its attributes, and is indexed in data movement threads."""

    def __init__(self, name: str, index: int, tensor: Any):
        self._name = name
        self._index = index
        self._tensor = tensor
        self._spec = read_spec(tensor)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in DESCRIPTION and (asked := _beyond.get()) is not None:
            asked.append(name)
        return getattr(self._tensor, name)

    def __getitem__(self, index: object) -> NoReturn:
        raise host_error(f"indexing the tensor {self._name}", "a data movement thread")

    def __setitem__(self, index: object, value: object) -> NoReturn:
        message = f"a part of the tensor {self._name} is assigned only in a body that decorates no threads"
        hint = f"a data movement thread writes to it: ttl.copy(block, {self._name}[...]).wait()"
        raise error("TTL0113", message, caller_span(), hint=hint)

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


def spec_of(tensor: Any) -> TensorSpec:
    """The description of a tensor of the kernel, which has been read, or of any other."""
    if isinstance(tensor, TensorParameter):
        return tensor._spec  # pyright: ignore[reportPrivateUsage]
    return read_spec(tensor)


def is_tensor(value: object) -> TypeGuard[TensorLike]:
    """Whether an argument of a kernel is a tensor (of any library), and no constant."""
    return hasattr(value, "shape") and hasattr(value, "dtype")


def is_device_tensor(value: object) -> TypeGuard[TensorLike]:
    """Whether it is a tensor as ttnn has them, which PyTorch's and NumPy's are not."""
    return is_tensor(value) and hasattr(value, "layout") and hasattr(value, "memory_config")


FindSpan = Callable[[], Span | None]
"""Finds the place to report: called only when there is something to report."""


def bad_tensor(name: str, reason: str, span: FindSpan, hint: str | None = None) -> DiagnosticError:
    return error("TTL0205", f"{name} can't be used in a kernel: {reason}", span(), hint=hint)


def check_tensors(arguments: Mapping[str, object]) -> None:
    """Raises a TTL0205 for an array or a tensor, among the arguments of a call, that no device can hold."""
    for name, value in arguments.items():
        if not is_tensor(value) or is_device_tensor(value):
            continue
        kind = type(value)
        from_numpy = kind.__module__ == "numpy"
        given = f"torch.from_numpy({name})" if from_numpy else name
        raise error(
            "TTL0205",
            f"{name} is a {kind.__module__}.{kind.__qualname__}, and kernels take tensors of ttnn",
            caller_span(),
            hint=f"convert it: ttnn.from_torch({given}, layout=ttnn.TILE_LAYOUT, device=device)",
        )


def check_on_device(names: Iterable[str], arguments: Iterable[object], edition: Edition) -> None:
    """
    Raises a TTL0205 for a tensor that has not been moved to a device: there is nothing that a core could copy. Of an
    edition that takes such tensors, the simulator does, too: those of the host library.
    """
    for name, value in zip(names, arguments, strict=True):
        storage = getattr(value, "storage_type", None)
        if not callable(storage) or not str(storage()).upper().endswith("HOST"):
            continue
        if not (edition.host_tensors and _is_simulated(value)):
            hint = f"move it: ttnn.to_device({name}, device); or make it with device=device"
            raise error("TTL0205", f"{name} is in the memory of the host, not on a device", caller_span(), hint=hint)


def lay_out(arguments: Iterable[object], edition: Edition) -> None:
    """Of an edition that takes tensors on the host: those of the host library whose maker said no layout get tiles."""
    for value in arguments:
        if edition.host_tensors and _is_simulated(value):
            cast(Any, value).lay_out()


def _is_simulated(value: object) -> bool:
    """Whether it is a tensor of the host library."""
    return is_tensor(value) and hasattr(type(value), "lay_out")


def check_chips(names: Iterable[str], arguments: Iterable[object]) -> None:
    """Raises a TTL0205 for tensors on different numbers of chips: a kernel runs once on each, with all of them."""
    found = [(name, chips) for name, value in zip(names, arguments, strict=True) if (chips := _chips(value))]
    for name, chips in found:
        first, others = found[0]
        if chips != others:
            raise error(
                "TTL0205",
                f"{first} is on {count_of(others, 'chip')}, and {name} on {chips}",
                caller_span(),
                hint="make all tensors of a call on one mesh; one that no mesh_mapper divides is on each of its chips",
            )


def _chips(value: object) -> int | None:
    """On how many chips a tensor of the host library is; None of anything else."""
    return getattr(value, "num_chips", None)


def plain(value: Any) -> Any:
    """A scalar of NumPy as Python's number, anything else as it is."""
    return value.item() if type(value).__module__ == "numpy" and getattr(value, "shape", None) == () else value


def check_aliases(names: Iterable[str], arguments: Iterable[object], written: Collection[str]) -> Iterator[Diagnostic]:
    """
    A warning for each tensor that is given twice, once to be written: blocks that are yet to be read may be gone by
    then.
    """
    owners: dict[int, str] = {}
    for name, value in zip(names, arguments, strict=True):
        if not is_tensor(value):
            continue
        first = owners.setdefault(id(value), name)
        if first == name or not {first, name} & set(written):
            continue
        output, other = (name, first) if name in written else (first, name)
        yield Diagnostic(
            "TTL0210",
            f"{first} and {name} are one tensor, which the kernel writes as {output}: that is right only if each block "
            f"of {other} is read before anything is written in its place",
            caller_span(),
            f"give {output} a tensor of its own, as in ttnn.empty_like({other}), unless the kernel works in place",
            severity=Severity.WARNING,
        )


def read_dtype(name: str, spec: TensorSpec, span: FindSpan) -> DType:
    """The row of a tensor's format. Raises a TTL0205 for one that no kernel takes."""
    try:
        return find_dtype(spec.dtype)
    except ValueError as cause:
        raise bad_tensor(name, str(cause), span) from None


def is_row_major(name: str, spec: TensorSpec, span: FindSpan) -> bool:
    """Whether a tensor is row-major and not tiled. Raises a TTL0205 for one that is neither."""
    layout = spec.layout.upper()
    if "ROW_MAJOR" in layout:
        return True
    if "TILE" not in layout:
        hint = "make it with ttnn.from_torch(..., layout=ttnn.TILE_LAYOUT, device=device)"
        raise bad_tensor(name, f"its layout is {layout.lower()}, neither tiled nor row-major", span, hint)
    return False
