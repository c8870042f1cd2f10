"""Flags in `options=`: which there are, what they change, what is said of those that change nothing."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from ttlang import ttl, ttnn
from ttlang.diagnostics import DiagnosticError
from ttlang.dialects import ttl as dialect
from ttlang.driver import call_observers
from ttlang.settings.flag_text import read_flags
from ttlang.settings.options import CompileOptions
from ttlang.tables.compile_flags import FLAGS


def product(**options: Any) -> Any:
    @ttl.operation(grid=(1, 1), **options)
    def kernel(x, out):
        x_dfb, out_dfb = (ttl.make_dataflow_buffer_like(t, shape=(1, 1)) for t in (x, out))

        @ttl.compute()
        def compute():
            with x_dfb.wait() as block, out_dfb.reserve() as o:
                o.store(block @ block)

        @ttl.datamovement()
        def read():
            with x_dfb.reserve() as block:
                ttl.copy(x[0, 0], block).wait()

        @ttl.datamovement()
        def write():
            with out_dfb.wait() as block:
                ttl.copy(block, out[0, 0]).wait()

    return kernel


def tensors() -> list[Any]:
    device = ttnn.open_device(device_id=0)
    return [ttnn.ones((32, 32), layout=ttnn.TILE_LAYOUT, dtype=ttnn.bfloat16, device=device) for _ in range(2)]


def test_the_last_one_counts() -> None:
    text = "--ttl-maximize-dst --ttl-l1-budget=4096 --no-ttl-maximize-dst --ttl-accumulation-strategy dst"
    assert read_flags(text) == {
        "ttl-maximize-dst": False,
        "ttl-l1-budget": "4096",
        "ttl-accumulation-strategy": "dst",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("--ttl-maximise-dst", "--ttl-maximise-dst is no flag"),
        ("ttl-maximize-dst", "ttl-maximize-dst is no flag"),
        ("--ttl-maximize-dst=1", "takes no value"),
        ("--ttl-l1-budget", "is given ''"),
        ("--ttl-l1-budget many", "is given 'many'"),
        ("--no-ttl-l1-budget 3", "is given '3'"),
        ("--ttl-accumulation-strategy l1", "is given 'l1'"),
        ("--ttl-l1-budget '", "No closing quotation"),
    ],
)
def test_texts_that_are_no_flags(text: str, message: str) -> None:
    for make in (lambda: product(options=text), lambda: product()(*tensors(), options=text)):
        with pytest.raises(DiagnosticError) as raised:
            make()
        (found,) = raised.value.diagnostics
        assert found.code == "TTL0002"
        assert found.span is not None
        assert message in found.message


@pytest.mark.parametrize("name", [name for name, flag in FLAGS.items() if not flag.widens])
def test_a_flag_without_effect_is_told(name: str) -> None:
    value = {"": "", "N": " 4"}.get(FLAGS[name].takes, f" {FLAGS[name].takes.partition('|')[0]}")
    with pytest.warns(match=f"TTL0002.*the compile flag --{name} changes nothing"):
        product(options=f"--{name}{value}")(*tensors())


def test_it_is_told_as_it_is_written_wherever_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTLANG_COMPILER_OPTIONS", "--no-ttl-block-matmul")
    with pytest.warns(match="TTL0002.*the compile flag --no-ttl-block-matmul changes nothing"):
        product()(*tensors())


def test_flags_widen_what_adds_up() -> None:
    sums = {dialect.MatmulOp.name, dialect.ReduceSumOp.name}
    assert {flag.widens for flag in FLAGS.values() if flag.widens} == sums


def test_sums_in_16_bits() -> None:
    wide = product().compile(*tensors())
    narrow = product(options="--no-ttl-matmul-full-fp32").compile(*tensors())
    other = product(options="--no-ttl-reduce-full-fp32").compile(*tensors())
    assert [each.program.dst32 for each in (wide, narrow, other)] == [True, False, True]
    forced = product(options="--no-ttl-matmul-full-fp32", fp32_dest_acc_en=True).compile(*tensors())
    assert forced.program.dst32


def test_flags_of_a_call_go_before_those_of_the_decorator() -> None:
    kernel = product(options="--no-ttl-matmul-full-fp32")
    for text, wide in (("--ttl-matmul-full-fp32", True), ("", False), (None, False)):
        seen: list[Any] = []
        with call_observers.observe(seen.append, reading=None):
            kernel(*tensors(), options=text)
        assert [each.program.dst32 for each in seen] == [wide]
        assert kernel.compile(*tensors(), options=text).program.dst32 == wide


@pytest.mark.parametrize(
    ("decorator", "environment", "call", "wide"),
    [
        ("", "--no-ttl-matmul-full-fp32", "", False),
        ("--no-ttl-matmul-full-fp32", "--ttl-matmul-full-fp32", "", True),
        ("--no-ttl-matmul-full-fp32", "--no-ttl-reduce-full-fp32", "", False),
        ("", "--no-ttl-matmul-full-fp32", "--ttl-matmul-full-fp32", True),
    ],
)
def test_flags_of_the_environment_stand_between(
    decorator: str, environment: str, call: str, wide: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = product(options=decorator)
    kernel(*tensors())  # What was compiled before the variable was set is not taken for it.
    monkeypatch.setenv("TTLANG_COMPILER_OPTIONS", environment)
    seen: list[Any] = []
    with call_observers.observe(seen.append, reading=None):
        kernel(*tensors(), options=call)
        kernel(*tensors(), **({"options": call} if call else {}))
    assert [each.program.dst32 for each in seen] == [wide, wide]
    if not call:
        assert kernel.compile(*tensors()).program.dst32 == wide


def test_wrong_flags_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTLANG_COMPILER_OPTIONS", "--ttl-maximise-dst")
    with pytest.raises(DiagnosticError, match=r"TTL0009.*TTLANG_COMPILER_OPTIONS.*--ttl-maximise-dst is no flag"):
        product()(*tensors())


def test_a_parameter_called_options_is_the_kernels() -> None:
    @ttl.kernel(grid=(1, 1))
    def kernel(x, options):
        assert options == "mine"
        dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))

        @ttl.datamovement()
        def read():
            with dfb.reserve() as block:
                ttl.copy(x[0, 0], block).wait()
            with dfb.wait() as block:
                ttl.copy(block, x[0, 0]).wait()

    kernel.compile(tensors()[0], options="mine")


def test_none_is_the_default() -> None:
    given = {"math_fidelity": None, "dst_full_sync_en": None, "fp32_dest_acc_en": None, "options": None}
    assert CompileOptions().updated(given) == CompileOptions()


def test_relics_of_2026_say_nothing() -> None:
    relics = {"memory_space": "L1", "tiled": True, "num_outs": 1, "indexing_maps": None, "iterator_types": None}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        product(**relics)(*tensors())


@pytest.mark.parametrize(
    "wrong",
    [
        {"memory_space": "SRAM"},
        {"tiled": 1},
        {"num_outs": 2},
        {"indexing_maps": [3]},
        {"iterator_types": ["parallel"]},
        {"indexing_maps": [lambda x: x], "iterator_types": ["serial"]},
    ],
)
def test_relics_are_checked(wrong: dict[str, Any]) -> None:
    with pytest.raises(DiagnosticError) as raised:
        product(**wrong)
    assert [found.code for found in raised.value.diagnostics] == ["TTL0002"]


@pytest.mark.parametrize("name", ["device_domain", "runtime_resource_factory"])
def test_options_of_what_is_still_to_come(name: str) -> None:
    with pytest.raises(DiagnosticError) as raised:
        product(**{name: object()})
    (found,) = raised.value.diagnostics
    assert found.code == "TTL0003"
    assert name in found.message
    # Their defaults, which some authors write.
    assert product(**{name: None}).options == product().options
