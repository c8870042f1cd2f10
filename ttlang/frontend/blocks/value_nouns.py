"""What messages call values: objects of the host, blocks, shapes."""

from __future__ import annotations

from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType

from ttlang.dialects.ttcore import TileType
from ttlang.dialects.ttl import BlockType, SliceType
from ttlang.language.buffers import CircularBuffer
from ttlang.language.later import LaterFeature
from ttlang.language.math_functions import MathFunction
from ttlang.language.pipes import Pipe, PipeNet
from ttlang.language.semaphores import Semaphore
from ttlang.language.tensors import TensorParameter, parameter_name


def describe_host(value: object) -> str:
    match value:
        case None | bool() | int() | float():
            return repr(value)
        case CircularBuffer():
            return f"the circular buffer {value.name}"
        case TensorParameter():
            return f"the tensor {parameter_name(value)}"
        case Pipe():
            return f"the pipe {value.name}"
        case PipeNet():
            return "a net of pipes"
        case Semaphore():
            return f"the semaphore {value.name}"
        case MethodType() if isinstance(value.__self__, CircularBuffer | Semaphore):
            return f"{value.__self__.name}.{value.__name__}, which is not called"
        case ModuleType():
            return f"the module {value.__name__}"
        case FunctionType() | BuiltinFunctionType() | MathFunction() | LaterFeature() | type():
            return f"{value.__name__}"
        case str() if len(value) < 40:
            return f"the string {value!r}"
        case _:
            return f"a Python {type(value).__name__}"


def is_resource(host: object) -> bool:
    """Whether an object of the host stands for something that only the run has."""
    return isinstance(host, CircularBuffer | TensorParameter | Pipe | PipeNet | Semaphore)


def describe_block(type_: BlockType) -> str:
    return f"{describe_shape(type_.sizes)} {describe_unit(type_)} of {type_.element.dtype}"


def describe_unit(type_: BlockType | SliceType) -> str:
    """What a shape counts."""
    return "tiles" if isinstance(type_.element, TileType) else "elements"


def describe_shape(sizes: tuple[int, ...]) -> str:
    return "x".join(map(str, sizes))
