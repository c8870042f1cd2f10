"""What a core has: buffers, L1 and runtime arguments, and what is said where a kernel wants more."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from xdsl.dialects.builtin import ModuleOp

from ttlang.diagnostics import DiagnosticError
from ttlang.driver.compiler import lower
from ttlang.settings.options import CompileOptions
from ttlang.tables.chips import WORMHOLE_B0

Parse = Callable[[str], ModuleOp]


def budget_kernel(resources: str, thread: str = "") -> str:
    return f"""
        ttl.kernel @k grid [2, 2] on "wormhole_b0" {{
          {resources}
          ttl.datamovement_thread @move {{
          ^bb0:
            {thread}
          }} loc("k.py":50:1)
        }} loc("k.py":1:1)
        """


def buffer(name: str, blocks: int, line: int, dtype: str = "bf16") -> str:
    tile = f"!ttcore.tile<32x32, {dtype}>"
    return f'%{name} = ttl.create_cb "{name}" : !ttl.cb<[2, 2], {tile}, {blocks}> loc("k.py":{line}:5)\n'


def test_more_buffers_than_the_core_has(parse: Parse) -> None:
    count = WORMHOLE_B0.circular_buffers
    text = "".join(buffer(f"b{i}", 1, i + 2) for i in range(count))
    lower(parse(budget_kernel(text)), CompileOptions())
    with pytest.raises(DiagnosticError) as caught:
        lower(parse(budget_kernel(text + buffer("more", 1, 40))), CompileOptions())
    (found,) = caught.value.diagnostics
    assert (found.code, found.span.line) == ("TTL0702", 40)
    assert f"{count + 1} circular buffers; a core of Wormhole B0 has {count}" in found.message


def test_more_l1_than_the_core_has(parse: Parse) -> None:
    # Blocks of 8 KiB, and a budget of 1360 KiB.
    lower(parse(budget_kernel(buffer("a", 100, 2) + buffer("b", 70, 3))), CompileOptions())
    with pytest.raises(DiagnosticError) as caught:
        lower(parse(budget_kernel(buffer("a", 71, 2) + buffer("b", 100, 3))), CompileOptions())
    (found,) = caught.value.diagnostics
    assert (found.code, found.span.line) == ("TTL0701", 3)
    assert "take 1368 KiB of L1; a core of Wormhole B0 has 1360 KiB" in found.message
    assert found.hint is not None
    assert "give b fewer blocks than 100, or smaller blocks: it is 8 KiB too much" in found.hint
    assert [(related.span.line, related.message) for related in found.related] == [(3, "b: 800 KiB"), (2, "a: 568 KiB")]


def test_tensors_in_l1_count(parse: Parse) -> None:
    # 128 tiles of 2 KiB, dealt out over the chip's 64 cores: 4 KiB a core.
    tensor = '%t = ttl.tensor_accessor "t" at 0 : !ttcore.tensor<[16, 8], !ttcore.tile<32x32, bf16>, l1>\n'
    lower(parse(budget_kernel(tensor + buffer("a", 169, 2))), CompileOptions())
    with pytest.raises(DiagnosticError) as caught:
        lower(parse(budget_kernel(tensor + buffer("a", 170, 2))), CompileOptions())
    (found,) = caught.value.diagnostics
    assert found.code == "TTL0701"
    assert "take 1360 KiB of L1 beside 4 KiB of tensors in L1" in found.message


def test_more_core_arguments_than_a_kernel_may_have(parse: Parse) -> None:
    limit = WORMHOLE_B0.runtime_args

    def text(count: int) -> str:
        arguments = "".join(f'%a{i} = ttl.core_argument "a{i}" [0, 1, 2, 3]\n' for i in range(count))
        return budget_kernel(arguments, "".join(f"%s{i} = arith.addi %a{i}, %a{i} : i32\n" for i in range(count)))

    lower(parse(text(limit)), CompileOptions())
    with pytest.raises(DiagnosticError) as caught:
        lower(parse(text(limit + 1)), CompileOptions())
    (found,) = caught.value.diagnostics
    assert (found.code, found.span.line) == ("TTL0704", 50)
    assert f"move needs {limit + 1} per-core arguments; a kernel may have {limit}" in found.message
