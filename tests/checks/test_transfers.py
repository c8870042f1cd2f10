"""Transfers of a data movement thread: what is waited for, when, and for which block."""

from __future__ import annotations

import pytest

from tests.checks.kernel_shorthand import Diagnose, places

# Kernels, by what they show; after each, the codes that are found in it with their lines.
WRONG_TRANSFERS = {
    "never waited for": (
        """
        %a = wait x
        %h = write %a
        """,
        [("TTL0403", 11), ("TTL0502", 12)],
    ),
    "not waited for in the turn that starts it": (
        """
        for {
          %a = reserve o
          %h = read %a
        }
        """,
        [("TTL0403", 12), ("TTL0502", 13)],
    ),
    "waited for on one path": (
        """
        %a = reserve o
        %h = read %a
        if {
          finish %h
        }
        push o
        """,
        [("TTL0504", 16)],
    ),
    "waited for twice": (
        """
        %a = reserve o
        %h = read %a
        finish %h
        finish %h
        push o
        """,
        [("TTL0503", 14)],
    ),
    "waited for on each path, and then again": (
        """
        %a = reserve o
        %h = read %a
        if {
          finish %h
        } else {
          finish %h
        }
        finish %h
        push o
        """,
        [("TTL0503", 18)],
    ),
    "waited for in a loop": (
        """
        %a = reserve o
        %h = read %a
        for {
          finish %h
        }
        push o
        """,
        [("TTL0503", 14)],
    ),
    "pushed with a transfer under way": (
        """
        %a = reserve o
        %h = read %a
        push o
        finish %h
        """,
        [("TTL0504", 13)],
    ),
    "popped with a transfer under way": (
        """
        %a = wait x
        %h = write %a
        pop x
        """,
        [("TTL0504", 13)],
    ),
    "a copy from a block that was released": (
        """
        %a = wait x
        %h = write %a
        finish_write %h
        pop x
        %i = write %a
        finish_write %i
        """,
        [("TTL0401", 15)],
    ),
    "a copy to a block that was waited for": (
        """
        %a = wait x
        %h = read %a
        finish %h
        pop x
        """,
        [("TTL0411", 12)],
    ),
    "filled twice": (
        """
        %a = reserve o
        %h = read %a
        finish %h
        %i = read %a
        finish %i
        push o
        """,
        [("TTL0410", 14)],
    ),
    "filled in each turn of a loop": (
        """
        %a = reserve o
        for {
          %h = read %a
          finish %h
        }
        push o
        """,
        [("TTL0410", 13)],
    ),
    "filled by two transfers at once": (
        """
        %a = reserve o
        %h = read %a
        %i = read %a
        finish %h
        finish %i
        push o
        """,
        [("TTL0504", 13)],
    ),
    "popped twice, and reserved twice": (
        """
        %a = wait x
        %h = write %a
        finish_write %h
        pop x
        pop x
        %b = reserve o
        %c = reserve o
        %i = read %c
        finish %i
        push o
        push o
        """,
        [("TTL0402", 15), ("TTL0404", 17)],
    ),
    "popped on one path, and then again": (
        """
        %a = wait x
        %h = write %a
        finish_write %h
        if {
          pop x
        }
        pop x
        """,
        [("TTL0413", 14)],
    ),
    "waited for in a loop, popped after it": (
        """
        for {
          %a = wait x
          %h = write %a
          finish_write %h
        }
        pop x
        """,
        [("TTL0403", 12)],
    ),
    "a copy from a block that was reserved": (
        """
        %a = reserve o
        %h = write %a
        finish_write %h
        push o
        """,
        [("TTL0412", 12)],
    ),
}


@pytest.mark.parametrize("name", WRONG_TRANSFERS)
def test_mistakes_with_transfers(name: str, diagnose: Diagnose) -> None:
    text, expected = WRONG_TRANSFERS[name]
    assert places(diagnose(move=text)) == sorted(expected, key=lambda place: place[1])


CORRECT_TRANSFERS = {
    "one of two copies, and then another block": """
        %a = reserve o
        if {
          %h = read %a
          finish %h
        } else {
          %i = read %a
          finish %i
        }
        push o
        %b = reserve o
        %j = read %b
        finish %j
        push o
        """,
    "a copy in the turns that want it": """
        %a = reserve o
        %h = read %a
        finish %h
        push o
        for {
          %b = reserve o
          %i = read %b
          finish %i
          push o
        }
        """,
    "two writes of one block": """
        %a = wait x
        %h = write %a
        %i = write %a
        finish_write %h
        finish_write %i
        pop x
        """,
    "waited for in any order": """
        %a = reserve x
        %h = read %a
        %b = reserve y
        %i = read %b
        finish %i
        finish %h
        push x
        push y
        """,
    "reads and writes": """
        for {
          %a = reserve x
          %h = read %a
          finish %h
          push x
          %b = wait o
          %i = write %b
          finish_write %i
          pop o
        }
        """,
    "waited for on both paths": """
        %a = reserve x
        %h = read %a
        if {
          finish %h
        } else {
          finish %h
        }
        push x
        """,
    "waited for in a loop of one turn": """
        %a = reserve x
        %h = read %a
        once {
          finish %h
        }
        push x
        """,
    "waited for before a break": """
        for {
          %a = reserve x
          %h = read %a
          %go = if {
            finish %h
            push x
            yield %false
          } else {
            yield %true
          }
          if %go {
            finish %h
            push x
          }
        }
        """,
    "two transfers from one block": """
        %a = wait x
        %h = write %a
        %i = write %a
        finish_write %h
        finish_write %i
        pop x
        """,
}


@pytest.mark.parametrize("name", CORRECT_TRANSFERS)
def test_correct_transfers(name: str, diagnose: Diagnose) -> None:
    assert diagnose(move=CORRECT_TRANSFERS[name]) == ()
