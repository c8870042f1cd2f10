"""Releases and waits that are left to the compiler: where it puts them, on every path."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import dedent

import pytest
from xdsl.dialects import scf
from xdsl.dialects.builtin import StringAttr
from xdsl.ir import Block

from tests.checks.kernel_shorthand import Parse, kernel
from ttlang.analysis.inferred_ends import inferred_ends
from ttlang.checks.thread_report import buffer_name
from ttlang.dialects import ttl
from ttlang.tables.editions import EDITION_2026

# Threads without their ends, by what they show, and the same with those that are inferred.
INFERRED = {
    "behind the last use": (
        """
        %a = wait x
        %o = reserve o
        store %a, %o
        """,
        "wait x; reserve o; store; pop x; push o",
    ),
    "an expression is used where it is stored": (
        """
        %a = wait x
        %e = exp %a
        %b = wait y
        %o = reserve o
        %f = add %e, %b
        store %f, %o
        """,
        "wait x; wait y; reserve o; store; pop x; pop y; push o",
    ),
    "at the end of the turn": (
        """
        for {
          %a = wait x
          %o = reserve o
          store %a, %o
        }
        """,
        "for { wait x; reserve o; store; pop x; push o }",
    ),
    "acquired before a loop": (
        """
        %a = wait x
        for {
          %o = reserve o
          store %a, %o
        }
        """,
        "wait x; for { reserve o; store; push o }; pop x",
    ),
    "before the next of the same buffer": (
        """
        %a = wait x
        %o = reserve o
        store %a, %o
        %b = wait x
        %p = reserve o
        store %b, %p
        """,
        "wait x; reserve o; store; pop x; push o; wait x; reserve o; store; pop x; push o",
    ),
    "before the next, if only a value of it is read behind that": (
        """
        %a = wait x
        %e = exp %a
        %b = wait x
        %f = add %e, %b
        %o = reserve o
        store %f, %o
        """,
        "wait x; pop x; wait x; reserve o; store; pop x; push o",
    ),
    "not before the next, if the block is read behind that": (
        """
        %a = wait x
        %b = wait x
        %f = add %a, %b
        %o = reserve o
        store %f, %o
        """,
        "wait x; wait x; reserve o; store; pop x; push o",
    ),
    "before a loop that has the next": (
        """
        %a = wait x
        %e = exp %a
        for {
          %b = wait x
          %o = reserve o
          store %b, %o
        }
        %p = reserve o
        store %e, %p
        """,
        "wait x; pop x; for { wait x; reserve o; store; pop x; push o }; reserve o; store; push o",
    ),
    "on both paths, if one of them has the next": (
        """
        %a = wait x
        %e = exp %a
        if {
          %f = exp %a
          %b = wait x
          %o = reserve o
          %g = add %f, %b
          store %g, %o
        }
        %p = reserve o
        store %e, %p
        """,
        "wait x; if { pop x; wait x; reserve o; store; pop x; push o } else { pop x }; reserve o; store; push o",
    ),
    "held from turn to turn": (
        """
        %a = wait x
        hand_on %a
        for {
          %b = held wait x
          %o = reserve o
          store %b, %o
          %c = wait x
          hand_on %c
        }
        %d = held wait x
        """,
        "wait x; hand_on; for { held wait x; reserve o; store; pop x; push o; wait x; hand_on }; held wait x; pop x",
    ),
    "on the path that hands on another one": (
        """
        %a = wait x
        if {
          %b = wait x
          hand_on %b
        } else {
          hand_on %a
        }
        %c = held wait x
        %o = reserve o
        store %c, %o
        """,
        "wait x; if { pop x; wait x; hand_on } else { hand_on }; held wait x; reserve o; store; pop x; push o",
    ),
    "the author's own are left": (
        """
        %a = wait x
        %o = reserve o
        store %a, %o
        push o
        """,
        "wait x; reserve o; store; pop x; push o",
    ),
    "behind a branch that uses it": (
        """
        %a = wait x
        %o = reserve o
        if {
          store %a, %o
        }
        """,
        "wait x; reserve o; if { store }; pop x; push o",
    ),
    "in a branch that may block": (
        """
        %a = wait x
        if {
          %o = reserve o
          store %a, %o
          push o
        }
        %b = wait y
        pop y
        """,
        "wait x; if { reserve o; store; pop x; push o } else { pop x }; wait y; pop y",
    ),
    "on the path on which the author has not released it": (
        """
        %a = wait x
        %o = reserve o
        store %a, %o
        push o
        if {
          pop x
        }
        %b = wait y
        pop y
        """,
        "wait x; reserve o; store; push o; if { pop x } else { pop x }; wait y; pop y",
    ),
    "a turn that is left early": (
        """
        for {
          %a = wait x
          %left = if {
            pop x
            yield %true
          } else {
            yield %false
          }
          if %left {
          } else {
            %o = reserve o
            store %a, %o
          }
        }
        """,
        "for { wait x; if { pop x }; if else { reserve o; store; pop x; push o } }",
    ),
    "a turn that ends early, and releases nothing": (
        """
        for {
          %a = wait x
          %left = if {
            yield %true
          } else {
            yield %false
          }
          if %left {
          } else {
            %o = reserve o
            store %a, %o
          }
        }
        """,
        "for { wait x; if; if { pop x } else { reserve o; store; pop x; push o } }",
    ),
    "never used": ("%a = wait x", "wait x; pop x"),
    "released behind its loop: the author means something else": (
        """
        for {
          %a = wait x
          %o = reserve o
          store %a, %o
          push o
        }
        pop x
        """,
        "for { wait x; reserve o; store; push o }; pop x",
    ),
}
MOVED = {
    "a read": (
        """
        %a = reserve x
        %h = read %a
        """,
        "reserve x; read; finish; push x",
    ),
    "the wait before a release": (
        """
        %a = reserve x
        %h = read %a
        push x
        """,
        "reserve x; read; finish; push x",
    ),
    "the release behind a wait": (
        """
        %a = reserve x
        %h = read %a
        finish %h
        """,
        "reserve x; read; finish; push x",
    ),
    "two at once": (
        """
        %a = reserve x
        %b = reserve y
        %h = read %a
        %i = read %b
        """,
        "reserve x; reserve y; read; read; finish; finish; push x; push y",
    ),
    "before what may block": (
        """
        %a = reserve x
        %h = read %a
        %b = wait o
        %i = write %b
        """,
        "reserve x; read; finish; push x; wait o; write; finish; pop o",
    ),
    "a page is read that is being written": (
        """
        %a = reserve x
        %b = wait o
        %i = write %b
        %h = read %a
        finish %h
        push x
        """,
        "reserve x; wait o; write; finish; pop o; read; finish; push x",
    ),
    "in each turn": (
        """
        %b = wait o
        for {
          %i = write %b
        }
        """,
        "wait o; for { write; finish }; pop o",
    ),
    "on the other path": (
        """
        %a = reserve x
        %h = read %a
        if {
          finish %h
        }
        %b = wait o
        pop o
        """,
        "reserve x; read; if { finish } else { finish }; push x; wait o; pop o",
    ),
}


def shown(block: Block) -> str:
    return "; ".join(_words(block))


def _words(block: Block) -> Iterator[str]:
    for op in block.ops:
        match op:
            case ttl.CBWaitOp() | ttl.CBReserveOp() | ttl.CBPopOp() | ttl.CBPushOp():
                again = "held " if isinstance(op, ttl.AcquireOp) and op.held else ""
                yield f"{again}{op.name.removeprefix('ttl.cb_')} {buffer_name(op.cb).removesuffix('_cb')}"
            case ttl.HandOnOp():
                yield "hand_on"
            case ttl.StoreOp():
                yield "store"
            case ttl.CopyOp():
                yield op.direction.value
            case ttl.WaitOp():
                yield "finish"
            case scf.ForOp():
                yield f"for {{ {shown(op.body.block)} }}"
            case scf.IfOp():
                yield _branches(op)
            case _:
                pass


def _branches(op: scf.IfOp) -> str:
    then, other = (shown(region.block) if region.blocks else "" for region in op.regions)
    return "if" + (f" {{ {then} }}" if then else "") + (f" else {{ {other} }}" if other else "")


def thread_of(parse: Parse, kind: str, text: str) -> ttl.ThreadOp:
    """The only thread of a kernel in which something is missing."""
    given = dedent(text)
    module = parse(kernel(compute=given) if kind == "compute" else kernel(move=given))
    first = module.body.block.first_op
    assert isinstance(first, ttl.KernelOp)
    first.edition = StringAttr(EDITION_2026.name)
    return first.threads[0]


def complete(thread: ttl.ThreadOp) -> None:
    for end in inferred_ends(thread):
        end.insert()
    thread.verify()


CASES = [*(("compute", name) for name in INFERRED), *(("move", name) for name in MOVED)]


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_where_ends_are_inferred(parse: Parse, kind: str, name: str) -> None:
    text, wanted = (INFERRED | MOVED)[name]
    thread = thread_of(parse, kind, text)
    complete(thread)
    assert shown(thread.body.block) == wanted


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_nothing_is_inferred_of_what_is_complete(parse: Parse, kind: str, name: str) -> None:
    thread = thread_of(parse, kind, (INFERRED | MOVED)[name][0])
    complete(thread)
    assert inferred_ends(thread) == []
