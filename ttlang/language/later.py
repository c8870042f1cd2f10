"""Names of the language whose compilation is still to come. Every use is a TTL0003 at its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ttlang.diagnostics import error
from ttlang.language.call_sites import caller_span

if TYPE_CHECKING:
    from ttlang.language.blocks import Block


__all__ = [
    "CoreRuntimeArgs",
    "DFBAccess",
    "DFBEffect",
    "DFBReconfiguration",
    "DFBReset",
    "DeviceDomain",
    "DeviceRange",
    "DeviceRef",
    "DispatchCondition",
    "FabricManagerClaim",
    "KernelDefine",
    "ProgramRuntimeResources",
    "SRAMStorage",
    "ScalarType",
    "TransferGraph",
    "call_extern_func",
    "copy_tensor_page",
    "dfb_descriptor",
    "get_dfb_id",
    "raw_addr",
    "reconfigure_dfbs",
    "reset_all_dfbs",
    "reset_dfbs",
]

_OF_OTHER_OBJECTS = frozenset({"shape", "dtype"})
"""By which a tensor is told from a constant."""


class LaterFeature:
    """A function or class of the language that this version does not compile yet."""

    def __init__(self, name: str, doc: str, reason: str = "is not compiled by this version of ttlang yet"):
        self.__name__ = self.__qualname__ = name
        self.__module__ = "ttl"
        self.__doc__ = doc
        self._reason = reason

    def __getattr__(self, name: str) -> LaterFeature:
        """What belongs to it, as in `ttl.ScalarType.I32`, is still to come as well."""
        if name.startswith("_") or name in _OF_OTHER_OBJECTS:
            raise AttributeError(name)
        return LaterFeature(f"{self.__name__}.{name}", f"Of `{self.__name__}`.", self._reason)

    @property
    def message(self) -> str:
        return f"ttl.{self.__name__} {self._reason}"

    def __call__(self, *_: object, **__: object) -> Block:
        raise error("TTL0003", self.message, caller_span())

    def __repr__(self) -> str:
        return f"<ttl.{self.__name__}>"


_CALLS_CPP = (
    "belongs to calls of C++ from kernels, which this version of ttlang does not compile: the simulator could not run "
    "them; write the operation in the language, or edit the kernels that `ttlang export` writes"
)
call_extern_func = LaterFeature("call_extern_func", "A call of a function in C++.", _CALLS_CPP)
dfb_descriptor = LaterFeature("dfb_descriptor", "A buffer, as an argument of C++.", _CALLS_CPP)
get_dfb_id = LaterFeature("get_dfb_id", "The number of a buffer, as an argument of C++.", _CALLS_CPP)
raw_addr = LaterFeature("raw_addr", "The address of a tensor, as an argument of C++.", _CALLS_CPP)
ScalarType = LaterFeature("ScalarType", "What a function in C++ returns.", _CALLS_CPP)
DFBEffect = LaterFeature("DFBEffect", "What a function in C++ does to a buffer.", _CALLS_CPP)
DFBAccess = LaterFeature("DFBAccess", "What a function in C++ leaves of a buffer.", _CALLS_CPP)

_OVER_DEVICES = (
    "belongs to pipes between chips, which this version of ttlang does not compile: call the kernel once on each chip, "
    "and move data between them with ttnn, as in ttnn.all_reduce"
)
DeviceDomain = LaterFeature("DeviceDomain", "The chips that an operation runs on.", _OVER_DEVICES)
DeviceRef = LaterFeature("DeviceRef", "One of the chips of a domain.", _OVER_DEVICES)
DeviceRange = LaterFeature("DeviceRange", "Some of the chips of a domain.", _OVER_DEVICES)
TransferGraph = LaterFeature("TransferGraph", "Which chips send to which.", _OVER_DEVICES)
FabricManagerClaim = LaterFeature("FabricManagerClaim", "Who manages the fabric between chips.", _OVER_DEVICES)

_RECONFIGURED = (
    "belongs to buffers that change while a kernel runs, which this version of ttlang does not compile: make a buffer "
    "for each use; the compiler places them"
)
reset_dfbs = LaterFeature("reset_dfbs", "Empties buffers.", _RECONFIGURED)
reset_all_dfbs = LaterFeature("reset_all_dfbs", "Empties all buffers.", _RECONFIGURED)
reconfigure_dfbs = LaterFeature("reconfigure_dfbs", "Gives buffers other shapes.", _RECONFIGURED)
DFBReset = LaterFeature("DFBReset", "Which buffers are emptied.", _RECONFIGURED)
DFBReconfiguration = LaterFeature("DFBReconfiguration", "What buffers become.", _RECONFIGURED)
SRAMStorage = LaterFeature("SRAMStorage", "Memory that buffers share.", _RECONFIGURED)

_PAGE = "is not compiled by this version of ttlang: copy a row, as in ttl.copy(tensor[row : row + 1, :], block)"
copy_tensor_page = LaterFeature("copy_tensor_page", "A copy of a page of a row-major tensor.", _PAGE)

_OF_THE_RUNTIME = (
    "belongs to what an author hands to the runtime of the device himself, which this version of ttlang does not take: "
    "the runner that `ttlang export` writes can be edited"
)
DispatchCondition = LaterFeature("DispatchCondition", "Whether a kernel is run at all.", _OF_THE_RUNTIME)
ProgramRuntimeResources = LaterFeature("ProgramRuntimeResources", "Of a program, for its runner.", _OF_THE_RUNTIME)
CoreRuntimeArgs = LaterFeature("CoreRuntimeArgs", "Arguments of a core, for its runner.", _OF_THE_RUNTIME)
KernelDefine = LaterFeature("KernelDefine", "A macro of a kernel in C++.", _OF_THE_RUNTIME)
