"""How passes find the sink: it is part of the context that they run in."""

from __future__ import annotations

from dataclasses import dataclass, field

from xdsl.context import Context

from ttlang.diagnostics.findings import Findings
from ttlang.diagnostics.python_warnings import warn


@dataclass
class FindingContext(Context):
    """A context with a sink."""

    findings: Findings = field(default_factory=Findings)


def findings_of(context: Context) -> Findings:
    """The sink of a context; one that warns at once for a context without, as xDSL's own drivers make."""
    return context.findings if isinstance(context, FindingContext) else Findings(warn)
