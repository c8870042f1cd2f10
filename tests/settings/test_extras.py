"""Packages that may not be there."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from ttlang.diagnostics import DiagnosticError
from ttlang.settings.extras import import_extra


def test_a_package_that_is_there_is_imported() -> None:
    assert import_extra("json", "profile") is json


@pytest.mark.parametrize("module", ["no_such_package", "no_such_package.part", "json.no_such_part"])
def test_one_that_is_not_is_named_with_its_extra(module: str) -> None:
    with pytest.raises(DiagnosticError) as found:
        import_extra(module, "profile")
    (diagnostic,) = found.value.diagnostics
    assert diagnostic.code == "TTL0015"
    assert module.partition(".")[0] in diagnostic.message
    assert diagnostic.hint == "pip install 'ttlang[profile]'"


def test_what_a_package_lacks_itself_is_told_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lacks_a_part.py").write_text("import no_such_package")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        import_extra("lacks_a_part", "profile")
    assert "lacks_a_part" not in sys.modules
