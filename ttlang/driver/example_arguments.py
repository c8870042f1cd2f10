"""What a kernel that nothing calls is judged with: tensors as they are declared, else what it was last called with."""

from __future__ import annotations

from collections.abc import Callable, Collection
from inspect import Parameter, Signature
from types import FunctionType

from ttlang.diagnostics import DiagnosticError, Span
from ttlang.driver.remembered_calls import remembered
from ttlang.driver.spec_forms import spec_of_declared
from ttlang.language.declared_tensors import declared_tensors

Arguments = tuple[list[object], dict[str, object]]
"""Those without a name, and those with one."""


def example_arguments(
    function: FunctionType, signature: Signature, runtime: Collection[str], place: Callable[[str], Span | None]
) -> Arguments | None:
    """
    An argument for each parameter without a default; None where one is not known. `runtime`: parameters that are
    integers of a call, of which 0 is one. `place`: where a parameter stands, for a TTL0214 about what is declared.
    """
    known: dict[str, object] = {}
    for name, declared in declared_tensors(function, place).items():
        try:
            known[name] = spec_of_declared(declared)
        except DiagnosticError as wrong:
            raise wrong.at(place(name)) from None
    open_names = {name for name, each in signature.parameters.items() if each.default is Parameter.empty}
    if not open_names <= known.keys() | set(runtime):
        known = {**(remembered(function) or {}), **known}
    known = {**dict.fromkeys(open_names & set(runtime), 0), **known}
    if not open_names <= known.keys():
        return None
    args: list[object] = []
    kwargs: dict[str, object] = {}
    for name, parameter in signature.parameters.items():
        value = known.get(name, parameter.default)
        if parameter.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD):
            return None
        if parameter.kind is Parameter.KEYWORD_ONLY:
            if name in known:
                kwargs[name] = value
        else:
            args.append(value)
    return args, kwargs
