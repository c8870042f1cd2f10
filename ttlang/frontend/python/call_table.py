"""How each call is compiled: objects of the language, functions of Python, methods of values."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable

from ttlang import language
from ttlang.dialects import ttl
from ttlang.frontend.blocks import (
    block_views,
    buffer_calls,
    copy_calls,
    dict_methods,
    elements,
    fills,
    grid_calls,
    matrix_calls,
    selected_receives,
    semaphore_methods,
    signposts,
    transfer_groups,
)
from ttlang.frontend.blocks.call_arguments import Call, bind, with_owner
from ttlang.frontend.blocks.net_predicates import destination_count, predicate
from ttlang.frontend.blocks.values import (
    BlockValue,
    ChosenTransfer,
    Fill,
    RemoteSemaphore,
    SelectedReceive,
    SettledTransfer,
    Spread,
    Table,
    TransferGroup,
    TransferValue,
    Value,
)
from ttlang.frontend.python import builtin_functions, prints_and_assertions
from ttlang.frontend.python.pipe_bodies import for_each_pipe
from ttlang.frontend.python.thread_compiler import (
    BoundHandler,
    BuiltinCall,
    CallTable,
    Handler,
    MethodHandler,
    ThreadCompiler,
)
from ttlang.language import matrices
from ttlang.language.blocks import Block
from ttlang.language.buffers import CircularBuffer
from ttlang.language.pipes import PipeNet
from ttlang.language.semaphores import MulticastRemoteSemaphore, Semaphore, UnicastRemoteSemaphore
from ttlang.language.transfers import GroupTransfer, ReadyReceive
from ttlang.tables.editions import phrase

Parameters = Callable[..., object]
"""The function whose parameters the arguments must fit."""


def _bound(*rows: tuple[Parameters, str, BoundHandler]) -> dict[object, Handler]:
    """Functions of the language, what messages call them, and what compiles their calls."""

    def handler(function: Parameters, name: str, compile_bound: BoundHandler) -> Handler:
        return lambda c, call: compile_bound(c, bind(c, function, name, with_owner(call)))

    return {function: handler(function, name, compile_bound) for function, name, compile_bound in rows}


def _of_data_movement(*rows: tuple[Parameters, BoundHandler]) -> dict[object, Handler]:
    """Methods that data movement threads alone can call."""

    def handler(function: Parameters, compile_bound: BoundHandler) -> Handler:
        name = function.__qualname__

        def handle(c: ThreadCompiler, call: Call) -> Value:
            c.need_data_movement(f"{name} is called")
            return compile_bound(c, bind(c, function, name, with_owner(call)))

        return handle

    return {function: handler(function, compile_bound) for function, compile_bound in rows}


def _methods(
    kinds: tuple[type[Value], ...], *rows: tuple[Parameters, str, BoundHandler]
) -> dict[tuple[type[Value], str], MethodHandler]:
    """Methods of some kinds of values, with the function of the language whose parameters they have."""

    def handler(function: Parameters, name: str, compile_bound: BoundHandler) -> MethodHandler:
        return lambda c, receiver, call: compile_bound(
            c, bind(c, function, name, Call(None, [receiver, *call.args], call.keywords))
        )

    return {(kind, name): handler(function, name, handle) for kind in kinds for function, name, handle in rows}


_LANGUAGE = _bound(
    (language.core, "ttl.core", grid_calls.core),
    (language.node, "ttl.node", grid_calls.node),
    (language.core_linear, "ttl.core_linear", grid_calls.core_linear),
    (language.grid_size, "ttl.grid_size", grid_calls.grid_size),
    (CircularBuffer.wait, "wait", buffer_calls.wait),
    (CircularBuffer.reserve, "reserve", buffer_calls.reserve),
    (CircularBuffer.push, "push", buffer_calls.push),
    (CircularBuffer.pop, "pop", buffer_calls.pop),
    (language.copy, "ttl.copy", copy_calls.copy),
    (language.signpost, "ttl.signpost", signposts.signpost),
    (language.GroupTransfer, "ttl.GroupTransfer", transfer_groups.make),
    (language.wait_any, "ttl.wait_any", selected_receives.wait_any),
    (language.raw_element_read, "ttl.raw_element_read", elements.raw_element_read),
    (language.raw_element_write, "ttl.raw_element_write", elements.raw_element_write),
    (language.read_index, "ttl.read_index", elements.read_index),
    (language.fill, "fill", fills.fill),
    (language.typecast, phrase("typecast"), buffer_calls.typecast),
    (matrices.matmul, phrase("matmul"), matrix_calls.matmul),
    (matrices.transpose, phrase("transpose"), matrix_calls.transpose),
    (matrices.reduce_sum, phrase("reduce_sum"), matrix_calls.reduce_sum),
    (matrices.reduce_max, phrase("reduce_max"), matrix_calls.reduce_max),
    (matrices.broadcast, phrase("broadcast"), matrix_calls.broadcast),
    (matrices.squeeze, phrase("squeeze"), block_views.squeeze),
    (matrices.unsqueeze, phrase("unsqueeze"), block_views.unsqueeze),
    (language.if_pipe_src, "ttl.if_pipe_src", for_each_pipe(ttl.IfPipeSrcOp, "ttl.if_pipe_src")),
    (language.if_pipe_dst, "ttl.if_pipe_dst", for_each_pipe(ttl.IfPipeDstOp, "ttl.if_pipe_dst")),
    (PipeNet.if_src, "PipeNet.if_src", for_each_pipe(ttl.IfPipeSrcOp, "PipeNet.if_src")),
    (PipeNet.if_dst, "PipeNet.if_dst", for_each_pipe(ttl.IfPipeDstOp, "PipeNet.if_dst")),
    (PipeNet.is_src, "PipeNet.is_src", predicate([ttl.IfPipeSrcOp], "PipeNet.is_src")),
    (PipeNet.is_dst, "PipeNet.is_dst", predicate([ttl.IfPipeDstOp], "PipeNet.is_dst")),
    (PipeNet.is_active, "PipeNet.is_active", predicate([ttl.IfPipeSrcOp, ttl.IfPipeDstOp], "PipeNet.is_active")),
    (PipeNet.destination_count, "PipeNet.destination_count", destination_count),
)
_PUBLISH = _of_data_movement((CircularBuffer.publish, buffer_calls.publish))
_SEMAPHORES = _of_data_movement(
    (Semaphore.wait_eq, semaphore_methods.wait_eq),
    (Semaphore.wait_ge, semaphore_methods.wait_ge),
    (Semaphore.set, semaphore_methods.set_local),
    (Semaphore.get_remote, semaphore_methods.get_remote),
    (Semaphore.get_remote_multicast, semaphore_methods.get_remote_multicast),
    (UnicastRemoteSemaphore.set, semaphore_methods.set_remote),
    (UnicastRemoteSemaphore.inc, semaphore_methods.inc_remote),
    (MulticastRemoteSemaphore.set, semaphore_methods.set_remote),
)
_REFUSED: dict[object, Handler] = {
    Semaphore.inc: semaphore_methods.refuse_local_inc,
    MulticastRemoteSemaphore.inc: semaphore_methods.refuse_multicast_inc,
}
_EFFECTS_AND_ITERATORS: dict[object, Handler] = {
    print: prints_and_assertions.call_print,
    language.static_range: builtin_functions.call_static_range,
    # Their results on the host are iterators, which the first loop would use up.
    reversed: builtin_functions.call_reversed,
    zip: builtin_functions.call_zip,
    enumerate: builtin_functions.call_enumerate,
}
_AT_RUN_TIME: dict[object, BuiltinCall] = {
    builtins.min: BuiltinCall(builtin_functions.call_min),
    builtins.max: BuiltinCall(builtin_functions.call_max),
    builtins.abs: BuiltinCall(builtin_functions.call_abs, may_wrap=True),
    builtins.pow: BuiltinCall(builtin_functions.call_pow, may_wrap=True),
    builtins.divmod: BuiltinCall(builtin_functions.call_divmod, may_wrap=True),
    builtins.sum: BuiltinCall(builtin_functions.call_sum, may_wrap=True),
    math.prod: BuiltinCall(builtin_functions.call_sum, may_wrap=True),
    math.floor: BuiltinCall(builtin_functions.call_floor),
    math.ceil: BuiltinCall(builtin_functions.call_ceil),
    math.trunc: BuiltinCall(builtin_functions.call_trunc),
    builtins.round: BuiltinCall(builtin_functions.call_round),
    int: BuiltinCall(builtin_functions.call_int),
    bool: BuiltinCall(builtin_functions.call_bool),
    float: BuiltinCall(builtin_functions.call_float),
    str: BuiltinCall(prints_and_assertions.call_string),
    repr: BuiltinCall(prints_and_assertions.call_string),
    range: BuiltinCall(builtin_functions.call_range),
    builtins.len: BuiltinCall(builtin_functions.call_len),
    slice: BuiltinCall(builtin_functions.call_slice),
    tuple: BuiltinCall(builtin_functions.call_sequence),
    list: BuiltinCall(builtin_functions.call_sequence),
}
_METHODS: dict[tuple[type[Value], str], MethodHandler] = {
    **_methods(
        (BlockValue, Fill, Spread),
        (Block.push, "push", buffer_calls.push_block),
        (Block.pop, "pop", buffer_calls.pop_block),
        (Block.store, "store", buffer_calls.store),
        (Block.transpose, "transpose", matrix_calls.transpose_method),
    ),
    **_methods(
        (RemoteSemaphore,),
        (UnicastRemoteSemaphore.set, "set", semaphore_methods.set_remote),
        (UnicastRemoteSemaphore.inc, "inc", semaphore_methods.inc_remote),
    ),
    **_methods(
        (TransferGroup,),
        (GroupTransfer.add, "add", transfer_groups.add),
        (GroupTransfer.wait_all, "wait_all", transfer_groups.wait_all),
    ),
    **_methods((SelectedReceive,), (ReadyReceive.index, "index", selected_receives.index)),
    (TransferValue, "wait"): copy_calls.wait,
    (ChosenTransfer, "wait"): copy_calls.wait,
    (SettledTransfer, "wait"): copy_calls.wait,
    (Table, "items"): dict_methods.items,
    (Table, "keys"): dict_methods.keys,
    (Table, "values"): dict_methods.values,
    (Table, "get"): dict_methods.get,
}

_COMPUTING = frozenset({(BlockValue, "store"), (BlockValue, "transpose")})

_OBJECTS = {**_LANGUAGE, **_PUBLISH, **_SEMAPHORES, **_REFUSED}
CALLS = CallTable({**_OBJECTS, **_EFFECTS_AND_ITERATORS}, _AT_RUN_TIME, _METHODS, _COMPUTING)
