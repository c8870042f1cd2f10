"""What is found in a kernel comes all at once; and what is found of the kernel as a whole."""

from __future__ import annotations

import pytest

from tests.checks.kernel_shorthand import Diagnose, Parse, kernel, places
from ttlang.diagnostics import Severity, TTLangWarning
from ttlang.driver.universe import make_context
from ttlang.transforms.ttl_validate import TTLValidatePass


def test_all_mistakes_come_at_once_in_the_order_of_the_source(diagnose: Diagnose) -> None:
    found = diagnose(compute="pop x\npush o", move="%a = reserve y\n%h = read %a\npush y")
    assert places(found) == [("TTL0402", 11), ("TTL0402", 12), ("TTL0504", 23)]
    assert all(diagnostic.hint for diagnostic in found)


def test_what_is_only_suspicious_is_a_warning(parse: Parse) -> None:
    module = parse(kernel(compute="%a = wait x\npop x"))
    before = str(module)
    with pytest.warns(TTLangWarning, match="TTL0414") as caught:
        TTLValidatePass().apply(make_context(), module)
    assert caught[0].message.diagnostic.severity is Severity.WARNING
    assert str(module) == before


def test_a_grid_larger_than_the_chip(diagnose: Diagnose) -> None:
    (found,) = diagnose(grid="[9, 8]", compute="")
    assert (found.code, found.span.line) == ("TTL0703", 1)
    assert "9 x 8" in found.message
    assert "8 x 8" in found.message
    (found,) = diagnose(grid="[8, 9]", compute="")
    assert found.code == "TTL0703"
    assert diagnose(grid="[8, 8]", compute="") == ()
