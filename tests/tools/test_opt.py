"""`ttlang-opt` as its users meet it: what is wrong is said at a line, and nothing ends in a traceback."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from unittest.mock import patch

import pytest

from ttlang.driver.pipeline import TTLLowerToTTKernelPass, make_pipeline
from ttlang.settings.options import CompileOptions
from ttlang.tools.opt import main

TILE = "!ttcore.tile<32x32, bf16>"
CB = f"!ttl.cb<[1, 1], {TILE}, 2>"
BLOCK = f"!ttl.block<[1, 1], {TILE}>"
TENSOR = f"!ttcore.tensor<[1, 1], {TILE}, dram>"
SLICE = f"!ttl.slice<[1, 1], {TILE}>"
KERNEL = f"""\
ttl.kernel @k grid [1, 1] on "wormhole_b0" {{
  %x = ttl.tensor_accessor "x" at 0 : {TENSOR}
  %out = ttl.tensor_accessor "out" at 1 : {TENSOR}
  %a = ttl.create_cb "a" : {CB}
  %b = ttl.create_cb "b" : {CB}
  ttl.compute_thread @compute {{
    %v = ttl.cb_wait %a : {CB} -> {BLOCK}
    %o = ttl.cb_reserve %b : {CB} -> {BLOCK}
    %y = ttl.exp %v : ({BLOCK}) -> {BLOCK}
    ttl.store %y, %o : {BLOCK}, {BLOCK}
    ttl.cb_push %b : {CB}
    ttl.cb_pop %a : {CB}
  }}
  ttl.datamovement_thread @read {{
    %zero = arith.constant 0 : i32
    %w = ttl.cb_reserve %a : {CB} -> {BLOCK}
    %s = ttl.tensor_slice %x[%zero, %zero] : {TENSOR} -> {SLICE}
    %t = ttl.copy %s to %w : {SLICE} to {BLOCK} -> !ttl.transfer_handle<read>
    ttl.wait %t : !ttl.transfer_handle<read>
    ttl.cb_push %a : {CB}
  }}
  ttl.datamovement_thread @write {{
    %zero = arith.constant 0 : i32
    %w = ttl.cb_wait %b : {CB} -> {BLOCK}
    %s = ttl.tensor_slice %out[%zero, %zero] : {TENSOR} -> {SLICE}
    %t = ttl.copy %w to %s : {BLOCK} to {SLICE} -> !ttl.transfer_handle<write>
    ttl.wait %t : !ttl.transfer_handle<write>
    ttl.cb_pop %b : {CB}
  }}
}}
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command on a text, as k.mlir in this folder; returns its exit code and what it prints to each stream."""
    monkeypatch.chdir(tmp_path)

    def run_text(text: str | bytes, *arguments: str) -> tuple[int, str, str]:
        Path("k.mlir").write_bytes(text.encode() if isinstance(text, str) else text)
        code = 0
        with patch("sys.argv", ["ttlang-opt", "k.mlir", *arguments]):
            try:
                main()
            except SystemExit as end:
                code = int(end.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return run_text


def test_one_pass_lowers_a_kernel(run: Run) -> None:
    passes = ",".join(str(stage.spec()) for stage in make_pipeline(CompileOptions()))
    by_one = run(KERNEL, "-p", "ttl-lower-to-ttkernel")
    assert by_one == run(KERNEL, "-p", passes)
    assert by_one[0] == 0
    assert "ttkernel.program @k" in by_one[1]


def test_its_options_are_those_of_a_kernel(run: Run) -> None:
    assert {field.name for field in fields(TTLLowerToTTKernelPass)} == {field.name for field in fields(CompileOptions)}
    lowered = run(KERNEL, "-p", 'ttl-lower-to-ttkernel{math-fidelity="LoFi" fp32_dest_acc_en=true}')[1]
    assert 'math_fidelity = "LoFi"' in lowered
    assert "fp32_dest_acc_en = true" in lowered


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ('math-fidelity="LoFo"', "error[TTL0002]: math_fidelity is 'LoFo', not one of"),
        ('arch="blackhole"', "k.mlir:1:1: error[TTL0002]: k is for wormhole_b0"),
    ],
)
def test_a_wrong_option(option: str, said: str, run: Run) -> None:
    code, _, err = run(KERNEL, "-p", f"ttl-lower-to-ttkernel{{{option}}}")
    assert (code, said in err) == (1, True), err


def test_cpp_of_a_kernel_names_the_lines_of_the_file(run: Run) -> None:
    code, out, err = run(KERNEL, "-p", "ttl-lower-to-ttkernel", "-t", "tt-metal")
    assert (code, err) == (0, "")
    assert "// k.mlir:9: %y = ttl.exp %v" in out


def test_a_file_that_lacks_the_macros_of_its_calls(run: Run) -> None:
    """As the first releases wrote it: kernels get them, where DST holds 32 bits and a call wants them."""
    code, lowered, err = run(KERNEL.replace("ttl.exp", "ttl.erf"), "-p", "ttl-lower-to-ttkernel{fp32_dest_acc_en=true}")
    assert (code, err) == (0, "")
    attributes = ' attributes {defines = ["INP_FLOAT32"]}'
    assert lowered.count(attributes) == 1
    printed = run(lowered, "-t", "tt-metal")
    assert "\n#define INP_FLOAT32 " in printed[1]
    bare = lowered.replace(attributes, "")
    assert run(bare) == (0, lowered, "")
    assert run(bare, "-t", "tt-metal") == printed
    narrow = bare.replace("fp32_dest_acc_en = true", "fp32_dest_acc_en = false")
    assert "INP_FLOAT32" not in run(narrow, "-t", "tt-metal")[1]


def test_cpp_of_what_is_not_lowered(run: Run) -> None:
    code, out, err = run(KERNEL, "-t", "tt-metal")
    assert (code, out) == (1, "")
    assert "k.mlir:1:1: error[TTL0231]: the module has no ttkernel.program to print" in err
    assert "-p ttl-lower-to-ttkernel -t tt-metal" in err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("ttl.exp %v", "ttl.exq %v", "k.mlir:9:18: error[TTL0230]: Operation ttl.exq is not registered"),
        ("ttl.wait %t : !ttl.transfer_handle<read>", "ttl.wait %t :", "k.mlir:20:5: error[TTL0230]: type expected"),
        ("bf16", "bf17", "k.mlir:2:3: error[TTL0230]: 'bf17' is not a data format"),
        ("ttl.exp %v", "ttl.exp %u", "k.mlir:9:5: error[TTL0230]: %u is used, and nothing defines it"),
        ("wormhole_b0", "wormhole_c9", 'k.mlir:1:1: error[TTL0230]: "wormhole_c9" is no chip'),
        ("ttl.cb_reserve %b", "ttl.cb_wait %b", "k.mlir:10:5: error[TTL0411]: the block of b is written"),
        ("ttl.cb_pop %a", "ttl.cb_push %a", "k.mlir:12:5: error[TTL04"),
    ],
)
def test_a_mistake_is_said_at_its_line(old: str, new: str, said: str, run: Run) -> None:
    code, out, err = run(KERNEL.replace(old, new, 1), "-p", "ttl-lower-to-ttkernel")
    assert (code, out) == (1, "")
    assert said in err
    assert "Traceback" not in err


def test_the_line_of_the_kernel_is_named_where_the_ir_has_it(run: Run) -> None:
    text = KERNEL.replace(f"%o : {BLOCK}, {BLOCK}", f'%o : {BLOCK}, {BLOCK} loc("add.py":31:13)')
    err = run(text.replace("ttl.cb_reserve %b", "ttl.cb_wait %b"), "-p", "ttl-validate")[2]
    assert "add.py:31:13: error[TTL0411]" in err
    assert "k.mlir:8:5: note: waited for here" in err


@pytest.mark.parametrize("size", range(0, len(KERNEL), 97))
def test_a_file_that_is_cut(size: int, run: Run) -> None:
    code, _, err = run(KERNEL[:size], "-p", "ttl-lower-to-ttkernel")
    assert code == 1
    assert err.startswith("k.mlir:")
    assert "error[TTL0230]" in err


def test_lines_of_parts_of_a_file(run: Run) -> None:
    text = f"{KERNEL}// -----\n{KERNEL.replace('ttl.exp %v', 'ttl.exp %u')}"
    err = run(text, "--split-input-file")[2]
    assert f"k.mlir:{KERNEL.count(chr(10)) + 1 + 9}:5: error[TTL0230]" in err


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"module {\n\x80\n}", b"\x00\x01"])
def test_what_is_no_text(content: bytes, run: Run) -> None:
    code, _, err = run(content)
    assert (code, "error[TTL0230]" in err, "Traceback" in err) == (1, True, False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-p", "ttl-lower-to-ttkernels"], "there is no pass ttl-lower-to-ttkernels; did you mean ttl-lower-to-"),
        (["-p", "ttl-fit-dst{"], "--passes: "),
        (["-p", "ttl-lower-to-ttkernel{wide=1}"], '--passes: Provided arguments ["wide"] not found'),
        (["-t", "tt-metal{wide=1}"], "--target: "),
        (["-o", "nowhere/k.mlir"], "nowhere/k.mlir: No such file or directory"),
    ],
)
def test_a_wrong_command_line(arguments: list[str], said: str, run: Run) -> None:
    code, out, err = run(KERNEL, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"ttlang-opt: {said}")


@pytest.mark.parametrize("name", ["nosuch.mlir", ".", "k.py"])
def test_a_file_that_is_none(name: str, run: Run) -> None:
    Path("k.py").write_text("")
    with patch("sys.argv", ["ttlang-opt", name]), pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2


def test_a_file_is_written_only_when_all_is_well(run: Run) -> None:
    Path("out.mlir").write_text("mine")
    assert run(KERNEL.replace("ttl.exp", "ttl.exq"), "-o", "out.mlir")[0] == 1
    assert Path("out.mlir").read_text() == "mine"
    assert run(KERNEL, "-p", "ttl-lower-to-ttkernel", "-o", "k.mlir") == (0, "", "")
    assert "ttkernel.program" in Path("k.mlir").read_text()


def test_a_pass_on_ir_of_another_stage(run: Run) -> None:
    passes = [stage.name for stage in make_pipeline(CompileOptions())]
    late = passes[passes.index("ttl-place-accumulators") :]
    code, _, err = run(KERNEL, "-p", ",".join(late))
    assert (code, "Traceback" in err) == (1, False)
    assert "error[TTL0231]: ttl-" in err
    assert "-p ttl-lower-to-ttkernel" in err


@pytest.mark.parametrize(
    ("passes", "said"),
    [
        ("ttl-form-compute,ttl-select-engines", "ttl-select-engines can't be run on this IR: it has not got the width"),
        ("ttl-expand-threads", "ttl-expand-threads can't be run on this IR: it has not got the width of DST yet"),
    ],
)
def test_a_pass_says_what_it_lacks(passes: str, said: str, run: Run) -> None:
    code, _, err = run(KERNEL, "-p", passes)
    assert (code, f"error[TTL0231]: {said}" in err) == (1, True), err


def schedule(passes: str) -> str:
    module = '!transform.op<"builtin.module">'
    return f"""{KERNEL}
transform.named_sequence @__transform_main(%root: {module}) {{
  %lowered = transform.apply_registered_pass "{passes}" to %root : ({module}) -> {module}
  transform.yield
}}
"""


def test_a_schedule_names_our_passes(run: Run) -> None:
    code, out, _ = run(schedule("ttl-lower-to-ttkernel"), "-p", "transform-interpreter", "-t", "tt-metal")
    assert code == 0
    assert "exp_tile(0);" in out
    code, out, _ = run(schedule("ttl-validate,ttl-expand-functions"), "-p", "transform-interpreter")
    assert (code, "ttl.kernel @k" in out) == (0, True)


def test_a_schedule_reports_the_mistakes_of_the_kernel(run: Run) -> None:
    text = schedule("ttl-lower-to-ttkernel").replace("ttl.cb_reserve %b", "ttl.cb_wait %b")
    code, _, err = run(text, "-p", "transform-interpreter")
    assert (code, "k.mlir:10:5: error[TTL0411]" in err) == (1, True)


@pytest.mark.parametrize(
    ("text", "said"), [(schedule("ttl-lower-to-no"), "ttl-lower-to-no"), (KERNEL, "__transform_main")]
)
def test_a_schedule_that_can_not_run(text: str, said: str, run: Run) -> None:
    code, _, err = run(text, "-p", "transform-interpreter")
    assert (code, "Traceback" in err) == (1, False)
    assert "error[TTL0231]: transform-interpreter can't be run" in err
    assert said in err
