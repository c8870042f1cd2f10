"""The cache: entries appear whole, are checked before use, and go when there are too many."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ttlang.diagnostics import DiagnosticError, TTLangWarning
from ttlang.settings import cache


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTLANG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "_used", set[Path]())


def keep(name: str, text: str = "text") -> Path:
    path = cache.folder() / "native" / name
    made = cache.new_file(path)
    made.write_text(text)
    cache.keep_file(made, path)
    return path


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"TTLANG_CACHE": "/a/b"}, "/a/b"),
        ({"TTLANG_CACHE": "~/x"}, "/home/me/x"),
        ({"TTLANG_CACHE": "", "XDG_CACHE_HOME": "/shared"}, "/shared/ttlang"),
        ({"TTLANG_CACHE": "", "XDG_CACHE_HOME": "relative"}, "/home/me/.cache/ttlang"),
        ({"TTLANG_CACHE": ""}, "/home/me/.cache/ttlang"),
        ({"TTLANG_CACHE": "relative"}, f"{Path.cwd()}/relative"),
    ],
)
def test_place(variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert cache.place() == Path(expected)


@pytest.mark.parametrize("damage", ["", "tex", "test", "texts"])
def test_a_damaged_file_is_not_used(damage: str):
    path = keep("a.so")
    assert cache.is_kept(path)
    path.write_text(damage)
    assert not cache.is_kept(path)
    assert cache.is_kept(keep("a.so"))


def test_a_file_without_its_sum_is_not_used():
    path = keep("a.so")
    path.with_name("a.so.sha256").unlink()
    assert not cache.is_kept(path)


def test_files_in_the_making_have_names_of_their_own():
    path = cache.folder() / "native" / "a.so"
    assert len({cache.new_file(path) for _ in range(10)}) == 10
    assert not path.exists()


def test_a_damaged_folder_is_made_anew():
    made: list[Path] = []

    def fill(folder: Path) -> None:
        made.append(folder)
        (folder / "part").mkdir()
        (folder / "part" / "a.h").write_text("12345")

    path = cache.folder() / "preludes" / "one"
    for _ in range(2):
        assert cache.kept_folder(path, fill) == path
    assert len(made) == 1
    (path / "part" / "a.h").write_text("123")
    cache.kept_folder(path, fill)
    assert len(made) == 2
    assert (path / "part" / "a.h").read_text() == "12345"
    (path / "part" / "a.h").unlink()
    cache.kept_folder(path, fill)
    assert len(made) == 3
    assert [each.name for each in path.parent.iterdir()] == ["one"]


def test_the_oldest_go_first(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TTLANG_CACHE_SIZE", "1K")
    paths = [keep(f"{name}.so", "x" * 400) for name in "ab"]
    folder = cache.kept_folder(cache.folder() / "preludes" / "p", lambda made: None)
    for age, path in enumerate([folder, paths[1], paths[0]]):
        os.utime(path, (1000 + age, 1000 + age))
    monkeypatch.setattr(cache, "_used", set[Path]())
    keep("c.so", "x" * 400)
    assert not folder.exists()
    assert not paths[1].exists()
    assert not paths[1].with_name("b.so.sha256").exists()
    assert paths[0].exists()


def test_what_this_process_uses_stays(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TTLANG_CACHE_SIZE", "1K")
    paths = [keep(f"{name}.so", "x" * 900) for name in "abc"]
    assert all(path.exists() for path in paths)


def test_its_size_is_looked_at_now_and_then(monkeypatch: pytest.MonkeyPatch):
    """At first, and whenever a 64th of what it may take was written."""
    monkeypatch.setenv("TTLANG_CACHE_SIZE", "64K")
    looked: list[str] = []
    for name in "abcdefg":
        monkeypatch.setattr(cache, "trim", lambda name=name: looked.append(name))
        keep(f"{name}.so", "x" * 400)
    assert looked == ["a", "d", "g"]


@pytest.mark.parametrize("size", ["", "lots", "-5M", "5X"])
def test_sizes(size: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TTLANG_CACHE_SIZE", size)
    if not size:
        assert cache.most_bytes() == 1 << 30
        return
    with pytest.raises(DiagnosticError) as found:
        cache.most_bytes()
    assert found.value.diagnostics[0].code == "TTL0002"


def test_what_was_begun_long_ago_goes(monkeypatch: pytest.MonkeyPatch):
    """By a process that was killed."""
    old, new = (cache.new_file(cache.folder() / "tuned" / "programs" / f"{name}.json") for name in "ab")
    os.utime(old, (1000, 1000))
    cache.trim()
    assert not old.exists()
    assert new.exists()


def test_texts_in_use_go_last(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TTLANG_CACHE_SIZE", "1K")
    paths = [cache.folder() / "tuned" / "problems" / f"{name}.json" for name in "ab"]
    for age, path in enumerate(paths):
        cache.keep_text(path, "x" * 600)
        os.utime(path, (1000 + age, 1000 + age))
    cache.use(paths[0])
    monkeypatch.setattr(cache, "_used", set[Path]())
    cache.trim()
    assert [path.exists() for path in paths] == [True, False]


@pytest.mark.parametrize("part", ["", "tuned", "tuned/programs"])
def test_a_folder_that_everybody_can_write_to_is_not_used(part: str, tmp_path: Path):
    (tmp_path / "cache" / part).mkdir(parents=True)
    (tmp_path / "cache" / part).chmod(0o777)
    with pytest.warns(TTLangWarning, match="everybody can write to"):
        used = cache.folder()
    assert used != tmp_path / "cache"
    assert keep("a.so").is_relative_to(used)


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_what_belongs_to_another_user_is_not_used(tmp_path: Path):
    path = keep("a.so")
    os.chown(path, 12345, 12345)
    assert not cache.is_kept(path)
    other = tmp_path / "other"
    other.mkdir()
    os.chown(other, 12345, 12345)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TTLANG_CACHE", str(other))
        with pytest.warns(TTLangWarning, match="belongs to another user"):
            assert cache.folder() != other


def test_a_folder_that_cannot_be_made_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TTLANG_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.warns(TTLangWarning, match="TTL0223"):
        assert cache.is_kept(keep("a.so"))


RACE = """
import sys
from pathlib import Path
from ttlang.settings import cache
for i in range(40):
    path = cache.folder() / "native" / f"{i}.so"
    if not cache.is_kept(path):
        made = cache.new_file(path)
        made.write_text(str(i) * 5000)
        cache.keep_file(made, path)
    assert path.read_text() == str(i) * 5000
    cache.kept_folder(cache.folder() / "preludes" / str(i), lambda made: (made / "a").write_text("a" * 5000))
"""


def test_processes_side_by_side():
    started = [subprocess.Popen([sys.executable, "-c", RACE]) for _ in range(3)]
    assert [each.wait() for each in started] == [0, 0, 0]
    assert not list(cache.folder().rglob("*.part"))


def test_libraries_are_checked_before_they_are_loaded():
    from tests.support.needs import need_tools
    from ttlang.backends.native import toolchain

    need_tools("g++")
    path = toolchain.runtime_file()
    for size in (5000, 0):
        os.truncate(path, size)
        assert toolchain.runtime_file() == path
        assert cache.is_kept(path)
        assert path.stat().st_size > 5000
