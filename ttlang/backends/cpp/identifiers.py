"""Names of C++ variables: those of the Python source, as far as C++ and the kernel API leave them free."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from ttlang.dialects.names import ascii_name, unique_name

_KEYWORDS = """
alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class compl
concept const consteval constexpr constinit const_cast continue co_await co_return co_yield decltype default delete
do double dynamic_cast else enum explicit export extern false float for friend goto if inline int long mutable
namespace new noexcept not not_eq nullptr operator or or_eq private protected public register reinterpret_cast
requires return short signed sizeof static static_assert static_cast struct switch template this thread_local throw
true try typedef typeid typename union unsigned using virtual void volatile wchar_t while xor xor_eq
"""
_MACROS = "alloca errno offsetof stderr stdin stdout tt_l1_ptr tt_reg_ptr"
"""Macros of the kernel headers, and of the C library below them, in lower case."""
_API = """
ckernel floor_div get_arg_val get_common_arg_val get_compile_time_arg_val int32_t kernel_main run_kernel std trunc_div
trunc_rem uint32_t DataFormat TensorAccessor TensorAccessorArgs
"""
"""What every kernel can name beside the functions that it calls."""
_RESERVED = frozenset(f"{_KEYWORDS} {_MACROS} {_API}".split())


@lru_cache(maxsize=1024)
def identifier(hint: str) -> str:
    """
    A C++ identifier close to `hint`. Names in capitals become lower case, since in kernel code they are macros
    (single letters are not); underscores that make a name C++'s own are dropped.
    """
    name = re.sub(r"__+", "_", ascii_name(hint)).lstrip("_")
    if len(name) > 1 and name.isupper():
        name = name.lower()
    if not name or name[0].isdigit():
        name = f"v{name}"
    return name


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """An identifier for each of several names, which differ also where capitals alone do."""
    made: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        made[name] = unique_name(identifier(name), lambda each: each.lower() in taken)
        taken.add(made[name].lower())
    return made


class Names:
    """The names in scope at a point of a kernel function. `reserved`: functions that the kernel calls."""

    def __init__(self, reserved: Iterable[str] = ()):
        self._reserved = _RESERVED | frozenset(reserved)
        self._scopes: list[set[str]] = [set()]

    def open(self) -> None:
        """Enters a block: what it declares can be named again after it."""
        self._scopes.append(set())

    def close(self) -> None:
        self._scopes.pop()

    def declare(self, *hints: str) -> str:
        """A new name in the innermost scope: the first hint that is free, else the last one with a number."""
        names = [identifier(hint) for hint in hints]
        for name in names[:-1]:
            if not self._is_taken(name):
                return self._add(name)
        return self._add(unique_name(names[-1], self._is_taken))

    def _is_taken(self, name: str) -> bool:
        return name in self._reserved or any(name in scope for scope in self._scopes)

    def _add(self, name: str) -> str:
        self._scopes[-1].add(name)
        return name
