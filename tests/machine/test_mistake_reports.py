"""What reports say beside the mistake: the turns of the loops around it, and how to see it again."""

from __future__ import annotations

import pytest

from tests.support.ttkernel_mistakes import check, here
from tests.support.ttkernel_programs import FILE, Buffer, integers, program, read_block, zeros
from ttlang.backends.simulator import run
from ttlang.diagnostics import DiagnosticError, Replay


def loop(name: str, turns: int, body: str, place: str = f'loc("{FILE}":100:5)') -> str:
    return f"scf.for %{name} = %c0 to %c{turns} step %c1 : i32 {{\n{body}\n}} {place}\n"


def test_turns_of_the_loops_around_a_mistake() -> None:
    push = f"ttkernel.cb_reserve_back(@x_cb, 1)\n{here('cb_push_back(@x_cb, 2)')}"
    check("TTL0803", r"thread 'read', row = 0, i = 0: ", read=loop("row", 2, loop("i", 2, push)))


def test_loops_of_the_compiler_have_no_names() -> None:
    push = here("cb_push_back(@x_cb, 1)")
    check("TTL0803", "thread 'read', row = 0: ", read=loop("row", 2, loop("i", 2, push, f'loc("{FILE}":123:5)')))
    check("TTL0803", "thread 'read', row = 0: ", read=loop("row", 2, loop("i", 2, push, "")))


def test_a_while_shows_what_it_carries() -> None:
    push = f"ttkernel.cb_reserve_back(@x_cb, 1)\n{here('cb_push_back(@x_cb, 2)')}"
    body = f"""
    %end = scf.while (%n = %c2) : (i32) -> i32 {{
      %more = arith.cmpi sgt, %n, %c0 : i32
      scf.condition(%more) %n : i32
    }} do {{
    ^bb0(%m : i32):
      {push}
      %next = arith.subi %m, %c1 : i32
      scf.yield %next : i32
    }} loc("{FILE}":100:5)
    """
    check("TTL0803", "thread 'read', n = 2: ", read=body)


@pytest.mark.parametrize(("seed", "numerics"), [(None, "fast"), (5, "chip")])
def test_replay(seed: int | None, numerics: str) -> None:
    op = program(buffers=[Buffer("x_cb", 2)], tensors=[("x", 4)], read=here("cb_wait_front(@x_cb, 1)"))
    with pytest.raises(DiagnosticError) as caught:
        run(op, [integers(4)], numerics=numerics, seed=seed)
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.replay) == ("TTL0801", Replay(seed, numerics))
    assert diagnostic.render().endswith(f"\n  replay: seed={seed} numerics={numerics}")


def test_replay_of_a_warning() -> None:
    op = program(buffers=[Buffer("x_cb", 2)], tensors=[("x", 4), ("o", 4)], read=read_block("x_cb", "x", 2))
    (warning,) = run(op, [integers(4), zeros(4)], numerics="fast", seed=3).warnings
    assert (warning.code, warning.replay) == ("TTL0812", Replay(3, "fast"))


def test_calls_that_lead_to_a_mistake() -> None:
    place = f'callsite("{FILE}":123:5 at callsite("{FILE}":7:3 at "{FILE}":3:1))'
    diagnostic = check("TTL0803", "thread 'read': ", read=f"ttkernel.cb_push_back(@x_cb, 1) loc({place})")
    assert [(note.span.line, note.message) for note in diagnostic.related] == [(7, "called here"), (3, "called here")]
