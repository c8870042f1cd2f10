"""What `ttl-validate` says of a kernel."""

from __future__ import annotations

import warnings

import pytest

from tests.checks.kernel_shorthand import Diagnose, Parse, kernel
from ttlang.diagnostics import Diagnostic, DiagnosticError, TTLangWarning
from ttlang.driver.universe import make_context
from ttlang.transforms.ttl_validate import TTLValidatePass

MEETINGS = ("TTL0415", "TTL0416")
"""The kernels here are about one thread: the others are stubs, which it doesn't meet."""


@pytest.fixture
def diagnose(parse: Parse) -> Diagnose:
    """What the pass says about a kernel, be it errors or warnings."""

    def run(**more: str) -> tuple[Diagnostic, ...]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                TTLValidatePass().apply(make_context(), parse(kernel(**more)))
            except DiagnosticError as found:
                return tuple(d for d in found.diagnostics if d.code not in MEETINGS)
        return tuple(
            w.message.diagnostic
            for w in caught
            if isinstance(w.message, TTLangWarning) and w.message.diagnostic.code not in MEETINGS
        )

    return run
