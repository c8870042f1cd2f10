"""How a script that is only compiled ends, and what the commands say of it: nothing that was not computed is kept."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.script_kernels import KERNELS
from ttlang.engine.script import Script, failed, parse
from ttlang.tools.cli import main

Run = Callable[..., tuple[int, list[dict[str, Any]]]]


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], str]:
    def write(text: str, kernels: str = KERNELS) -> str:
        path = tmp_path / "script.py"
        path.write_text(kernels + text)
        return str(path)

    return write


@pytest.fixture
def check(script: Callable[..., str], capsys: pytest.CaptureFixture[str]) -> Run:
    def run(text: str, kernels: str = KERNELS) -> tuple[int, list[dict[str, Any]]]:
        code = main(["check", "--json", script(text, kernels)])
        printed = capsys.readouterr()
        assert "ttlang/tools" not in printed.err
        return code, [json.loads(line) for line in printed.out.splitlines()]

    return run


def codes(lines: list[dict[str, Any]]) -> list[tuple[str, int]]:
    assert [line["kind"] for line in lines] == ["diagnostic"] * (len(lines) - 1) + ["summary"]
    return [(line["code"], line["severity"]) for line in lines[:-1]]


READINGS = [
    "ttnn.to_torch(y)",
    "ttnn.to_numpy(y)",
    "print(y)",
    "y[0, 0].item()",
    "f'{ttnn.relu(y)}'",
    "bool(ttnn.sum(y) > 0)",
    "while ttnn.sum(y) > 0: pass",
    "y.to_list()",
    "__import__('copy').deepcopy(y)",
    "__import__('pickle').dumps(y)",
    "ttnn.to_torch(ttnn.from_device(ttnn.to_layout(y, ttnn.ROW_MAJOR_LAYOUT)))",
    "[row.item() for row in y.reshape(1024)]",
]
PASSING = [
    "y + 1",
    "1 - y",
    "y @ x",
    "ttnn.add(x, y)",
    "ttnn.multiply(x, 2, output_tensor=y)",
    "ttnn.to_device(y.cpu(), device)",
    "ttnn.to_device(ttnn.from_device(y), device)",
    "ttnn.tilize(ttnn.to_layout(y, ttnn.ROW_MAJOR_LAYOUT))",
    "ttnn.to_memory_config(y, ttnn.L1_MEMORY_CONFIG)",
    "ttnn.typecast(y, ttnn.float32)",
    "ttnn.matmul(x, y, activation='relu')",
    "ttnn.softmax(y, dim=-1)",
    "ttnn.layer_norm(y, weight=ttnn.ones((32,)))",
    "ttnn.sum(y, dim=1, keepdim=True).reshape(1, 32)",
    "ttnn.concat([x, y], dim=0)",
    "ttnn.split(ttnn.stack([y, x], 0), 1, dim=0)[1].reshape(32, 32)",
    "ttnn.permute(y, (1, 0))[0:32, :]",
    "ttnn.where(y, x, 0.0)",
    "ttnn.clone(y)",
    "-abs(y)",
]


@pytest.mark.parametrize("reading", READINGS)
def test_reading_ends_the_script(reading: str, check: Run, tmp_path: Path) -> None:
    text = f"first(x, y)\nsecond(y, z)\ntry:\n    {reading}\nexcept Exception:\n    pass\nkeep('result')\n"
    code, lines = check(text)
    assert (code, codes(lines)) == (0, [("TTL0004", 3), ("TTL0005", 3)])
    assert lines[0]["range"]["start"]["line"] == len((KERNELS + text).splitlines()) - 4
    assert lines[-1]["kernels"] == ["first", "second"], "what was handed from one to the other"
    assert not (tmp_path / "result").exists()


@pytest.mark.parametrize("operation", PASSING)
def test_operations_hand_on_what_is_yet_to_be_computed(operation: str, check: Run, tmp_path: Path) -> None:
    """So what stands between two kernels is no reading; what came of it is as little there as what it came of."""
    code, lines = check(f"first(x, y)\nmoved = {operation}\nsecond(moved, z)\nttnn.to_numpy(moved)\nkeep('result')\n")
    if "output_tensor" in operation:
        assert (code, lines[-1]["kernels"]) == (0, ["first", "second"])
        assert (tmp_path / "result").exists(), "it was computed after all"
        return
    assert (code, codes(lines)) == (0, [("TTL0004", 3), ("TTL0005", 3)])
    assert lines[-1]["kernels"] == ["first", "second"]
    assert not (tmp_path / "result").exists()


def test_a_tensor_that_receives_it(check: Run, tmp_path: Path) -> None:
    for move in ("ttnn.copy_device_to_host_tensor(y, kept)", "ttnn.relu(y, output_tensor=kept)"):
        code, lines = check(f"kept = x.cpu()\nfirst(x, y)\n{move}\nttnn.to_numpy(kept)\nkeep('result')\n")
        assert (code, codes(lines)[0]) == (0, ("TTL0004", 3))
        assert not (tmp_path / "result").exists()


@pytest.mark.parametrize(
    "text",
    ["while ttnn.to_numpy(y)[0, 0] != 2:\n    first(x, y)\n", "while ttnn.to_numpy(y)[0, 0] != 2:\n    wrong(x, y)\n"],
)
def test_a_loop_that_waits_for_results_ends(text: str, check: Run) -> None:
    code, lines = check(text)
    assert code == ("wrong" in text)
    assert ("TTL0004", 3) in codes(lines)


@pytest.mark.parametrize(
    "ahead",
    [
        "second(ttnn.from_torch(ttnn.to_torch(y)), z)",
        "second(\n    ttnn.from_torch(ttnn.to_torch(y)),\n    z,\n)",
        "z = ttnn.to_numpy(y)\nsecond(y, x)",
        "def rest():\n    second(y, z)\ndef main():\n    ttnn.to_numpy(y)\n    rest()\nmain()",
    ],
)
def test_a_kernel_that_is_yet_to_be_called(ahead: str, check: Run) -> None:
    code, lines = check(f"first(x, y)\n{ahead}\n")
    assert (code, codes(lines)[0]) == (3, ("TTL0004", 1))
    assert "before it calls second" in lines[0]["message"]


FORKS = {
    "pool": "import multiprocessing\nwith multiprocessing.get_context('fork').Pool(1) as pool: pool.map(work, [1])\n",
    "fork": "import os\npid = os.fork()\nif not pid:\n    work(1)\n    os._exit(0)\nos.waitpid(pid, 0)\n",
}


@pytest.mark.parametrize("name", FORKS)
def test_a_process_of_the_script_that_reads(name: str, script: Callable[[str], str], tmp_path: Path) -> None:
    """The command's own process speaks, once, and ends: the script would wait for ever for a worker that has gone."""
    path = script(f"def work(_):\n    ttnn.to_numpy(y)\n    keep('result')\nfirst(x, y)\n{FORKS[name]}keep('behind')\n")
    run = [sys.executable, "-m", "ttlang.tools.cli", "check", "--json", path]
    ended = subprocess.run(run, capture_output=True, text=True, check=False, timeout=60)
    found, *rest = [json.loads(line) for line in ended.stdout.splitlines()]
    assert (ended.returncode, found["code"], found["severity"]) == (0, "TTL0004", 3)
    assert [(line["kind"], line.get("kernels", ["first"])) for line in rest][-1:] == [("summary", ["first"])]
    assert sum(line["kind"] == "summary" for line in rest) == 1
    assert not (tmp_path / "result").exists()
    assert not (tmp_path / "behind").exists()


def test_what_is_written_anew_can_be_read(check: Run) -> None:
    code, lines = check("first(x, y)\nttnn.copy_host_to_device_tensor(x.cpu(), y)\nassert ttnn.to_numpy(y).all()\n")
    assert ("TTL0004", 3) not in codes(lines)
    assert code == 0


NEIGHBOURS = """
import atexit, contextlib, threading

@contextlib.contextmanager
def saving():
    try:
        yield
    finally:
        keep("with")

class Saves:
    def __del__(self):
        keep("del")

saves = Saves()
atexit.register(lambda: keep("atexit"))
log = open(Path(__file__).parent / "log", "w")
log.write("began")
first(x, y)
def work():
    try:
        with saving():
            ttnn.to_numpy(y)
    except BaseException:
        keep("except")
    finally:
        keep("finally")
if THREAD:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
work()
keep("behind")
"""


@pytest.mark.parametrize(("command", "thread"), [(["check", "--json"], True), (["export", "-o", "out"], False)])
def test_nothing_runs_after_it(command: list[str], thread: bool, script: Callable[[str], str], tmp_path: Path) -> None:
    path = script(NEIGHBOURS.replace("THREAD", str(thread)))
    run = [sys.executable, "-m", "ttlang.tools.cli", *command, path]
    ended = subprocess.run(run, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=120)
    assert (ended.returncode, "Traceback" in ended.stderr) == (0, False), ended.stderr
    made = {"log", "script.py", *(["out"] if command[0] == "export" else [])}
    assert {file.name for file in tmp_path.iterdir()} == made
    assert (tmp_path / "log").read_text() == "began", "what was written before is the script's own"
    if command[0] == "check":
        assert json.loads(ended.stdout.splitlines()[-1])["kind"] == "summary"
    else:
        assert (tmp_path / "out" / "exported.json").is_file()


OUTCOMES = {
    "finished": ("first(x, y)\n", 0, [("TTL0005", 3)] * 2),
    "no kernel": ("", 0, [("TTL0005", 3)] * 4),
    "exception": ("1 / 0\n", 3, [("TTL0006", 1)]),
    "exception after a kernel": ("first(x, y)\nnothing\n", 3, [("TTL0006", 1)]),
    "exception after a kernel with errors": ("wrong(x, y)\nnothing\n", 1, [("TTL0103", 1), ("TTL0006", 1)]),
    "import": ("import no_such_module\n", 3, [("TTL0006", 1)]),
    "status": ("first(x, y)\nraise SystemExit(1)\n", 3, [("TTL0006", 1)]),
    "status by text": ("import sys\nsys.exit('no')\n", 3, [("TTL0006", 1)]),
    "status 0": ("wrong(x, y)\nraise SystemExit(0)\n", 1, [("TTL0103", 1)]),
    "bad decorator": ("ttl.kernel(grid=0)(first)\n", 1, [("TTL0703", 1)]),
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_check_speaks_of_every_outcome(name: str, check: Run) -> None:
    text, code, found = OUTCOMES[name]
    ended, lines = check(text)
    assert ended == code
    assert [line for line in codes(lines) if line != ("TTL0005", 3)] == [each for each in found if each[0] != "TTL0005"]
    if code == 0:
        assert codes(lines) == found
    for line in lines[:-1]:
        assert ("range" in line) == (line["message"] != f"{line.get('file')} called no kernel") or name == "no kernel"


def test_a_script_that_is_no_python(check: Run) -> None:
    code, lines = check("", kernels="def f(:\n    pass\n")
    assert (code, codes(lines)) == (3, [("TTL0006", 1)])
    assert lines[0]["range"]["start"] == {"line": 0, "character": 6}


def test_a_script_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--json", "nowhere.py"]) == 2
    assert codes([json.loads(line) for line in capsys.readouterr().out.splitlines()]) == [("TTL0006", 1)]


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("raise SystemExit(1)", 3, "script.py exits with status 1"),
        ("raise SystemExit(0)", 0, ""),
        ("wrong(x, y)", 1, "TTL0103"),
        ("try:\n    wrong(x, y)\nexcept Exception:\n    raise SystemExit(1)", 3, "exits with status 1"),
        ("pass", 0, "script.py called no kernel"),
        ("first(x, y)", 0, ""),
    ],
)
def test_run_tells_statuses_from_kernels(
    text: str, code: int, said: str, script: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", script(f"{text}\n")]) == code
    printed = capsys.readouterr().err
    assert said in printed
    assert bool(printed) == bool(said) or text == "raise SystemExit(0)"


def test_run_of_a_module(tmp_path: Path, script: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    Path(script("import sys\nfirst(x, y)\nassert sys.argv[1:] == ['-k', 'a']\nkeep('result')\n")).rename(
        tmp_path / "mod_of_kernels.py"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    assert main(["run", "-m", "mod_of_kernels", "-k", "a"]) == 0
    assert (tmp_path / "result").exists()
    assert main(["run", "-m", "no_such_module"]) == 3


def test_an_allow_that_silences_nothing_is_said(check: Run) -> None:
    kernels = KERNELS.replace("copy(x, out, lambda v: v + 1)", "copy(x, out, lambda v: v + 1)  # ttl: allow TTL0603")
    assert ("TTL0007", 2) in codes(check("first(x, y)\n", kernels)[1])
    assert ("TTL0007", 2) not in codes(check("second(x, y)\n", kernels)[1]), "that kernel was not called"
    of_runs = kernels.replace("TTL0603", "TTL0810")
    assert ("TTL0007", 2) not in codes(check("first(x, y)\n", of_runs)[1]), "only a run can tell"


def test_compile_writes_a_file(
    tmp_path: Path, script: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out.mlir"
    path = script("print('of the script')\nfirst(x, y)\n")
    assert main(["compile", "--print", "ttl", "--locations", "-o", str(output), path]) == 0
    printed = capsys.readouterr()
    assert (printed.out, "of the script" in printed.err) == ("", True)
    assert f'loc("{path}":' in output.read_text()
    assert main(["compile", "-o", path, path]) == 2
    assert main(["compile", "-o", "", path]) == 2
    before = output.read_text()
    assert main(["compile", "-o", str(output), script("wrong(x, y)\n")]) == 1
    assert output.read_text() == before


def test_a_syntax_error_is_placed_in_the_text_that_is_parsed(tmp_path: Path) -> None:
    """Not in the file, of which Python takes the line to count columns in."""
    path = tmp_path / "script.py"
    for saved in ("", "é\n", "x\n", "a much longer line than the one that is parsed\n"):
        path.write_text(saved)
        with pytest.raises(SyntaxError) as found:
            parse("é = 1 +\n", str(path))
        assert (found.value.filename, found.value.lineno, found.value.offset) == (str(path), 1, 8)


def test_an_error_without_a_place_is_not_in_a_library(tmp_path: Path) -> None:
    ending = failed(Script(str(tmp_path / "script.py"), ()), broken_by("\0\n", str(tmp_path / "script.py")))
    assert [found.span and found.span.file for found in ending.findings] == [__file__]


def broken_by(text: str, path: str) -> Exception:
    """What `parse` raises."""
    try:
        parse(text, path)
    except Exception as broken:
        return broken
    raise AssertionError
