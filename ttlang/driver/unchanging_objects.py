"""Which objects of other people's code never change what they do: builtin functions, the language, formats."""

from __future__ import annotations

import os
import sys
import types
from typing import Any, NamedTuple

ATOMS = (type(None), bool, int, float, complex, str, bytes, range, types.EllipsisType, types.NotImplementedType)
"""Their values can't change."""

OURS = ("ttlang", "ttl")
HARDWARE = ("ttnn", "_ttnn")

_PURE_MODULES = frozenset(
    {
        *("abc", "bisect", "builtins", "cmath", "collections", "collections.abc", "contextlib", "copy", "copyreg"),
        *("dataclasses", "enum", "fractions", "functools", "heapq", "inspect", "itertools", "math", "numbers"),
        *("operator", "re", "reprlib", "statistics", "string", "textwrap", "types", "typing", "warnings"),
        *("_abc", "_bisect", "_collections", "_functools", "_heapq", "_operator", "_warnings"),
    }
)
"""Modules of Python whose functions depend on nothing but their arguments."""

_STATELESS_MODULES = frozenset({"abc", "dataclasses", "enum", "fractions", "numbers", "operator", "re", "typing"})
"""Those whose objects, too, stay as they were made."""

_OPEN_CLASSES = frozenset(
    {
        *("argparse.Namespace", "types.SimpleNamespace"),
        *("collections.ChainMap", "collections.UserDict", "collections.UserList", "collections.UserString"),
    }
)

_IMPURE_BUILTINS = frozenset(
    {"__import__", "breakpoint", "compile", "eval", "exec", "globals", "id", "input", "locals", "open"}
)

_READERS_OF_NUMPY = frozenset(
    {
        *("get_printoptions", "getbufsize", "geterr", "geterrcall"),
        *("DataSource", "fromfile", "fromregex", "genfromtxt", "load", "loadtxt", "memmap", "open_memmap"),
    }
)


class _Pair(NamedTuple):
    item: int


_field: object = vars(_Pair)["item"]


_DESCRIPTORS: tuple[Any, ...] = (
    types.MemberDescriptorType,
    types.GetSetDescriptorType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.MethodWrapperType,
    types.ClassMethodDescriptorType,
    types.GenericAlias,
    types.UnionType,
    types.CodeType,
    type(_field),
)
"""Parts of classes that Python makes, which never change."""

_STANDARD_LIBRARY = os.path.dirname(os.__file__) + os.sep
_HEAP_TYPE = 1 << 9
"""The flag of classes that are made while the program runs: those of Python, and some of extensions."""


def class_of(value: object) -> type[object]:
    """`type(value)`, as one whose parameters nobody asks for."""
    return type(value)


def top(module: str) -> str:
    return module.partition(".")[0]


def module_of(value: object) -> str:
    """The module that a class, or a function, says it is from."""
    return str(getattr(value, "__module__", "") or "")


def is_pure_module(name: str) -> bool:
    """Whether it is one of Python's own modules, and no file of the user's by its name, whose functions are pure."""
    return name in _PURE_MODULES and not _is_file_of_user(name)


def is_standard(name: str) -> bool:
    """Whether a module is one of Python's own."""
    return top(name) in sys.stdlib_module_names and not _is_file_of_user(top(name))


def _is_file_of_user(name: str) -> bool:
    file = getattr(sys.modules.get(name), "__file__", None)
    return file is not None and (not file.startswith(_STANDARD_LIBRARY) or "site-packages" in file)


def is_pure_numpy(module: str, name: str) -> bool:
    return top(module) == "numpy" and not module.startswith("numpy.random") and name not in _READERS_OF_NUMPY


def is_data(value: object) -> bool:
    """Whether it is a tensor or a device: an object of the language's that has a state."""
    kind = class_of(value)
    return kind.__name__ in ("Tensor", "Device", "MeshDevice") and top(kind.__module__) in (*OURS, *HARDWARE)


def is_constant_function(function: types.FunctionType) -> bool:
    """Whether a function of Python code needs no look at its code."""
    module = str(function.__globals__.get("__name__", ""))
    if module.startswith("ttlang.host"):
        return False
    return top(module) in OURS or is_pure_module(module) or is_pure_numpy(module, function.__name__)


def is_constant_builtin(function: object) -> bool:
    """Whether a function without Python code depends on nothing but its arguments."""
    name, module = str(getattr(function, "__name__", "")), module_of(function)
    if module == "builtins":
        return name not in _IMPURE_BUILTINS
    return is_pure_module(module) or is_pure_numpy(module, name)


def is_constant_class(kind: type) -> bool:
    """Whether a class is one of Python, numpy or the language, and its instances start out the same each time."""
    module = kind.__module__
    if is_open_class(kind) or top(module) in (*OURS, *HARDWARE):
        return True
    return is_pure_module(module) or is_pure_numpy(module, kind.__name__)


def is_open_class(kind: type) -> bool:
    """Whether it is a class of Python's own whose instances keep all in their fields."""
    return f"{kind.__module__}.{kind.__qualname__}" in _OPEN_CLASSES and is_standard(kind.__module__)


def is_python_class(kind: type) -> bool:
    """Whether a class was written in Python, so that all of its instances' state can be seen."""
    file = str(getattr(sys.modules.get(kind.__module__), "__file__", None) or "")
    return bool(kind.__flags__ & _HEAP_TYPE) and not file.endswith((".so", ".pyd")) and not is_standard(kind.__module__)


def is_constant(value: object) -> bool:
    """Whether an object can't change, nor what it is asked for."""
    kind = class_of(value)
    if kind in ATOMS or kind is object or isinstance(value, _DESCRIPTORS):
        return True
    if hasattr(kind, "__next__") or is_data(value) or isinstance(value, types.FunctionType | type):
        return False
    module = kind.__module__
    match top(module):
        case "numpy":
            return _is_constant_of_numpy(value, kind)
        case "torch":
            return module == "torch" and kind.__name__ in ("Size", "device", "dtype", "layout", "memory_format")
        case "ttlang" | "ttl":
            return kind.__name__ != "Kernel"
        case library:
            return library in HARDWARE or module in _STATELESS_MODULES


def _is_constant_of_numpy(value: object, kind: type[object]) -> bool:
    """A number, a format or a function of its own; not what holds data, a state, or a function of the user's."""
    if kind.__module__.startswith("numpy.random") or hasattr(kind, "__setitem__") or kind.__name__ == "vectorize":
        return False
    return kind.__name__ != "ufunc" or getattr(sys.modules["numpy"], getattr(value, "__name__", ""), None) is value
