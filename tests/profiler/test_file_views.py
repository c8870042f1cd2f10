"""The pictures of a profile as files."""

from __future__ import annotations

import json
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.support.sample_profile import sample_profile
from ttlang.profiler import file_views
from ttlang.profiler.file_views import missing_package, write_files


def test_each_is_written_to_its_file(tmp_path: Path) -> None:
    wanted = {"html": tmp_path / "a.html", "speedscope": tmp_path / "b.json"}
    write_files(sample_profile(), wanted)
    assert wanted["html"].read_text().startswith("<!doctype html>")
    assert json.loads(wanted["speedscope"].read_text())["name"] == "kernels/<first>.py"


def test_a_trace_is_written_by_its_package(tmp_path: Path) -> None:
    pytest.importorskip("perfetto", reason="`make setup` installs it")
    write_files(sample_profile(), {"trace": tmp_path / "c.pftrace"})
    assert b"core 0,0" in (tmp_path / "c.pftrace").read_bytes()


def test_what_a_file_needs_is_said_with_the_command_that_installs_it(tmp_path: Path) -> None:
    with patch.object(file_views, "find_spec", lambda _: None):
        message = missing_package({"html": tmp_path, "trace": tmp_path})
        assert message == "--trace needs the package perfetto: pip install 'ttlang[trace]'"
        assert missing_package({"html": tmp_path, "speedscope": tmp_path}) is None
