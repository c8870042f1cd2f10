"""The calls of a script's kernels, compiled in place of being run."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path

from ttlang.engine.compiled_call import CompiledCall, CompiledCalls
from ttlang.engine.compiled_script import CompiledScript, try_cpp
from ttlang.engine.script import Script


def captured_calls(path: Path, text: str | None = None) -> Sequence[CompiledCall]:
    """Of calls that do the same, the first. `text`: of the script, where its file does not hold it."""
    calls = CompiledCalls()
    if text is not None:
        path.write_text(text)
    script = CompiledScript(Script(str(path), ()), try_cpp)
    with redirect_stdout(io.StringIO()):
        script.run(lambda: 0, calls.add)
    assert script.outcomes, script.ending
    errors = [found.render() for found in script.told() if found.severity.value == "error"]
    assert not errors, errors
    return calls.in_order
