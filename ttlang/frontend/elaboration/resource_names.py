"""Names of resources: of the variables that hold them, or of their kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ttlang.dialects.names import unique_name
from ttlang.frontend.elaboration.run_agreement import Resource, resources_of
from ttlang.language.buffers import CircularBuffer
from ttlang.language.kernel_run import Run
from ttlang.language.pipes import Pipe, PipeNet
from ttlang.language.python_objects import is_dict, is_sequence
from ttlang.language.semaphores import Semaphore
from ttlang.language.tensors import TensorParameter, parameter_name
from ttlang.language.threads import Thread

_STAND_INS: tuple[tuple[type[Resource], str], ...] = ((CircularBuffer, "cb"), (Pipe, "pipe"), (Semaphore, "semaphore"))
"""Names, but for a number, of resources that no variable holds."""


def name_resources(run: Run, tensors: Sequence[TensorParameter]) -> None:
    """Names resources after the variables that they are bound to, or that hold them; else cb0, cb1, ..."""
    found: dict[int, str] = {}
    for name, value in _variables(run):
        for suffix, resource in _resources_in(value):
            found.setdefault(id(resource), f"{name}{suffix}")
    taken = {parameter_name(tensor) for tensor in tensors}
    for kind, stand_in in _STAND_INS:
        for position, resource in enumerate(r for r in resources_of(run) if isinstance(r, kind)):
            wanted = found.get(id(resource), f"{stand_in}{position}")
            resource.name = unique_name(wanted, taken.__contains__)
            taken.add(resource.name)


def _variables(run: Run) -> Iterator[tuple[str, object]]:
    """Variables of the kernel function when it returned, then what its threads and its stages close over."""
    if run.frame is not None:
        yield from run.frame.f_locals.items()
    for function in (*(thread.function for thread in run.made(Thread)), *reversed(run.works)):
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            try:
                yield name, cell.cell_contents
            except ValueError:
                continue


def _resources_in(value: object) -> Iterator[tuple[str, Resource]]:
    """Resources in a variable: itself, or items of a tuple, list, dict or net."""
    if isinstance(value, PipeNet):
        value = value.pipes
    if isinstance(value, Resource):
        yield "", value
    elif is_sequence(value):
        for position, item in enumerate(value):
            if isinstance(item, Resource):
                yield f"_{position}", item
    elif is_dict(value):
        for key, item in value.items():
            if isinstance(item, Resource):
                suffix = str(key)
                yield f"_{suffix}" if suffix.isidentifier() or suffix.isdigit() else "", item
