"""Blocks that a compute thread holds: what is acquired, written, read and released, on every path."""

from __future__ import annotations

import pytest

from tests.checks.kernel_shorthand import Diagnose, places

# Kernels, by what they show; after each, the codes that are found in it with their lines.
WRONG = {
    "an expression is computed where it is stored": (
        """
        %a = wait x
        %e = exp %a
        pop x
        %o = reserve o
        store %e, %o
        push o
        """,
        [("TTL0401", 15)],
    ),
    "a block after its push": (
        """
        %a = wait x
        %o = reserve o
        store %a, %o
        push o
        store %a, %o
        pop x
        """,
        [("TTL0401", 15)],
    ),
    "pop without wait": ("pop x", [("TTL0402", 11)]),
    "push without reserve": ("push o", [("TTL0402", 11)]),
    "pop twice": (
        """
        %a = wait x
        %o = reserve o
        store %a, %o
        push o
        pop x
        pop x
        """,
        [("TTL0402", 16)],
    ),
    "held at the end": (
        """
        %a = wait x
        %o = reserve o
        store %a, %o
        push o
        """,
        [("TTL0403", 11)],
    ),
    "held at the end of a turn": (
        """
        for {
          %a = wait x
          %o = reserve o
          store %a, %o
          pop x
        }
        """,
        [("TTL0403", 13)],
    ),
    "waited for twice": (
        """
        %a = wait x
        %b = wait x
        %o = reserve o
        store %b, %o
        push o
        pop x
        """,
        [("TTL0404", 12)],
    ),
    "reserved twice": (
        """
        %o = reserve o
        %p = reserve o
        %a = wait x
        store %a, %p
        push o
        pop x
        """,
        [("TTL0404", 12)],
    ),
    "pushed, and nothing was written": (
        """
        %o = reserve o
        push o
        """,
        [("TTL0409", 12)],
    ),
    "written on one path only": (
        """
        %a = wait x
        %o = reserve o
        if {
          store %a, %o
        }
        push o
        pop x
        """,
        [("TTL0409", 16)],
    ),
    "stored twice": (
        """
        %a = wait x
        %o = reserve o
        store %a, %o
        store %a, %o
        push o
        pop x
        """,
        [("TTL0410", 14)],
    ),
    "stored on one path, and then again": (
        """
        %a = wait x
        %o = reserve o
        if {
          store %a, %o
        }
        store %a, %o
        push o
        pop x
        """,
        [("TTL0410", 16)],
    ),
    "stored in each turn of a loop": (
        """
        %o = reserve o
        for {
          if {
            %a = wait x
            store %a, %o
            pop x
          }
        }
        push o
        """,
        [("TTL0409", 19), ("TTL0410", 15)],
    ),
    "stored in each turn of two loops": (
        """
        %a = wait x
        %o = reserve o
        while {
          for {
            store %a, %o
          }
          next
        }
        push o
        pop x
        """,
        [("TTL0410", 15)],
    ),
    "a store to a block that was waited for": (
        """
        %a = wait x
        store %a, %a
        pop x
        """,
        [("TTL0411", 12)],
    ),
    "a read of a block that was reserved": (
        """
        %o = reserve o
        %a = wait x
        %s = add %a, %o
        store %s, %o
        push o
        pop x
        """,
        [("TTL0412", 14)],
    ),
    "acquired on one path": (
        """
        if {
          %a = wait x
        }
        """,
        [("TTL0413", 11)],
    ),
    "released on one path": (
        """
        %a = wait x
        %o = reserve o
        store %a, %o
        push o
        if {
        } else {
          pop x
        }
        """,
        [("TTL0413", 15)],
    ),
    "another block on each path": (
        """
        if {
          %a = wait x
        } else {
          %b = wait x
        }
        """,
        [("TTL0413", 11)],
    ),
    "released before a break, and after it": (
        """
        for {
          %a = wait x
          %o = reserve o
          store %a, %o
          push o
          %go = if {
            pop x
            yield %false
          } else {
            yield %true
          }
          pop x
        }
        """,
        [("TTL0402", 22)],
    ),
    "not released after a break": (
        """
        for {
          %a = wait x
          %o = reserve o
          store %a, %o
          push o
          %go = if {
            yield %false
          } else {
            yield %true
          }
          if %go {
            pop x
          }
        }
        """,
        [("TTL0413", 21)],
    ),
    "a flag that says nothing": (
        """
        %a = wait x
        %o = reserve o
        store %a, %o
        push o
        %go = if {
          pop x
          yield %true
        } else {
          yield %true
        }
        """,
        [("TTL0413", 15)],
    ),
    "released in a loop": (
        """
        %a = wait x
        %o = reserve o
        store %a, %o
        push o
        for {
          pop x
        }
        """,
        [("TTL0413", 15)],
    ),
    "released and acquired again in a loop": (
        """
        %a = wait x
        for {
          %o = reserve o
          store %a, %o
          push o
          pop x
          %b = wait x
        }
        pop x
        """,
        [("TTL0413", 12), ("TTL0414", 19)],
    ),
    "handed on after its release, and read": (
        """
        %a = wait x
        pop x
        hand_on %a
        %b = held wait x
        %o = reserve o
        store %b, %o
        push o
        """,
        [("TTL0401", 16)],
    ),
    "handed on, and not held behind the next turn": (
        """
        %a = wait x
        hand_on %a
        for {
          %b = held wait x
          %o = reserve o
          store %b, %o
          push o
          pop x
          hand_on %b
        }
        %c = held wait x
        pop x
        """,
        [("TTL0401", 16), ("TTL0413", 13)],
    ),
    "handed on unwritten to the next turn, which pushes it": (
        """
        %a = wait x
        %o = reserve o
        store %a, %o
        hand_on %o
        for {
          %p = held reserve o
          push o
          %q = reserve o
          hand_on %q
        }
        %r = held reserve o
        store %a, %r
        push o
        pop x
        """,
        [("TTL0409", 17)],
    ),
    "popped, and nothing has read it": (
        """
        %a = wait x
        pop x
        """,
        [("TTL0414", 12)],
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_mistakes_in_compute_threads(name: str, diagnose: Diagnose) -> None:
    text, expected = WRONG[name]
    assert places(diagnose(compute=text)) == sorted(expected, key=lambda place: place[1])


CORRECT = {
    "as with-statements nest": """
        %a = wait x
        %b = wait y
        %o = reserve o
        %s = add %a, %b
        %e = exp %s
        store %e, %o
        push o
        pop y
        pop x
        """,
    "in loops": """
        %a = wait x
        for {
          while {
            %o = reserve o
            store %a, %o
            push o
            next
          }
        }
        pop x
        """,
    "the same on both paths": """
        if {
          %a = wait x
          %o = reserve o
          store %a, %o
          push o
          pop x
        } else {
          %b = wait x
          %p = reserve o
          store %b, %p
          push o
          pop x
        }
        """,
    "acquired before, stored on both paths": """
        %a = wait x
        %o = reserve o
        if {
          store %a, %o
        } else {
          %e = exp %a
          store %e, %o
        }
        push o
        pop x
        """,
    "released on both paths": """
        %a = wait x
        %o = reserve o
        store %a, %o
        if {
          push o
          pop x
        } else {
          pop x
          push o
        }
        """,
    "a loop of one turn is no loop": """
        %a = wait x
        %o = reserve o
        once {
          store %a, %o
          pop x
        }
        push o
        """,
    "one after the other": """
        %a = wait x
        %o = reserve o
        store %a, %o
        pop x
        push o
        %b = wait x
        %p = reserve o
        store %b, %p
        push o
        pop x
        """,
    "a buffer within the thread": """
        %a = wait x
        %o = reserve o
        store %a, %o
        push o
        %b = wait o
        %p = reserve y
        store %b, %p
        push y
        pop o
        pop x
        """,
    "released before a break": """
        for {
          %a = wait x
          %o = reserve o
          store %a, %o
          push o
          %go = if {
            %inner = if {
              pop x
              yield %false
            } else {
              yield %true
            }
            yield %inner
          } else {
            yield %true
          }
          if {
            %b = wait y
            %p = reserve o
            store %b, %p
            push o
            pop y
          }
          if %go {
            pop x
          }
        }
        """,
    "released and acquired again in a loop, which hands it on": """
        %a = wait x
        hand_on %a
        for {
          %b = held wait x
          %o = reserve o
          store %b, %o
          push o
          pop x
          %c = wait x
          hand_on %c
        }
        %d = held wait x
        %o = reserve o
        store %d, %o
        push o
        pop x
        """,
    "another block on each path, handed on": """
        if {
          %a = wait x
          hand_on %a
        } else {
          %b = wait x
          hand_on %b
        }
        %c = held wait x
        %o = reserve o
        store %c, %o
        push o
        pop x
        """,
    "nothing at all": "",
}


@pytest.mark.parametrize("name", CORRECT)
def test_correct_compute_threads(name: str, diagnose: Diagnose) -> None:
    assert diagnose(compute=CORRECT[name]) == ()
