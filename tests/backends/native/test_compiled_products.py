"""The library of matrix products against the form in numpy, which is tested bit by bit, and when it is made."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.support.matrix_operands import OPERANDS, normal
from tests.support.needs import need_tools
from tests.support.ttkernel_matrix_programs import block_program, packed
from ttlang.backends.native import compiled_products, host_compiler, own_library
from ttlang.backends.native.compiled_products import CompiledProducts
from ttlang.backends.simulator import prepare
from ttlang.machine.numerics.units import exact_products, matrix_products
from ttlang.tables import chips
from ttlang.tables.chips import WORMHOLE_B0
from ttlang.tables.chips.arithmetic import MatrixUnitRules
from ttlang.tables.fidelities import FIDELITIES

CHIPS = [pytest.param(chip.arithmetic.matrix, id=chip.name) for chip in chips.CHIPS.values()]
_RULES = WORMHOLE_B0.arithmetic.matrix


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> CompiledProducts:
    """Products by the library, from the first on."""
    need_tools("g++")
    monkeypatch.setattr(compiled_products, "WORTH", 1)
    return CompiledProducts()


@pytest.mark.parametrize("operands", OPERANDS)
@pytest.mark.parametrize("dst32", [pytest.param(False, id="dst16"), pytest.param(True, id="dst32")])
@pytest.mark.parametrize("rules", CHIPS)
def test_to_the_bit(operands: str, dst32: bool, rules: MatrixUnitRules, eager: CompiledProducts):
    left, right, dst, depth = OPERANDS[operands](dst32)
    for fidelity in FIDELITIES:
        want = matrix_products.multiply_matrices(left, right, dst, fidelity, dst32, rules, depth)
        got = matrix_products.multiply_matrices(left, right, dst, fidelity, dst32, rules, depth, eager)
        assert (got == want).all(), fidelity
    assert eager.library.loaded is not None


@pytest.mark.parametrize("vectors", [(), *own_library.VECTORS], ids=" ".join)
def test_each_width_of_vectors(vectors: tuple[str, ...], eager: CompiledProducts, monkeypatch: pytest.MonkeyPatch):
    if not own_library.processor_has().issuperset(vectors):
        pytest.skip("this processor has no such vectors")
    monkeypatch.setattr(own_library, "processor_has", lambda: set(vectors))
    for dst32 in (False, True):
        for name in ("cancellation", "zeros", "(70, 32, 1, 32)", "(2, 3, 7, 32)", "(1, 2, 45, 32)"):
            left, right, dst, depth = OPERANDS[name](dst32)
            for fidelity in FIDELITIES:
                got, ordinary = eager(left, right, dst, fidelity, dst32, _RULES, depth)
                assert ordinary
                assert (got == exact_products.multiply(left, right, dst, fidelity, dst32, _RULES, depth)).all()


@pytest.mark.parametrize("exponent", [0, -45])
@pytest.mark.parametrize(("rows", "columns"), [(9, 37), (37, 1)])
def test_a_long_way_along_k(rows: int, columns: int, exponent: int, eager: CompiledProducts):
    """Longer than what is worked on at once. Sums on the way may be smaller than an ordinary DST."""
    rng = np.random.default_rng(3)
    left, right = (
        normal(rng, shape) & np.uint32(0x807FFFFF) | np.uint32((127 + exponent) << 23)
        for shape in ((2, rows, 160), (2, 160, columns))
    )
    dst = np.zeros((2, rows, columns), np.uint32)
    for dst32 in (False, True):
        got, ordinary = eager(left, right, dst, "HiFi4", dst32, _RULES, 32)
        assert ordinary
        assert (got == exact_products.multiply(left, right, dst, "HiFi4", dst32, _RULES, 32)).all()


def test_what_is_known_to_be_ordinary(eager: CompiledProducts):
    def known(left: np.ndarray, right: np.ndarray, dst: np.ndarray) -> bool:
        return eager(left, right, dst, "HiFi4", True, _RULES, 32)[1]

    left, right, dst = _small()
    left[0, 3, 3], right[0, 5, 5], dst[0, 1, 1] = 1, 0x80000000, 0  # a denormal is zero to the unit
    assert known(left, right, dst)
    for place in (left, right, dst):
        for pattern in (0x7F800000, 0x7FC00000, 0x7F000000, 0x00800000, 0x80800000):
            before, place[0, -1, -1] = place[0, -1, -1], pattern
            assert not known(left, right, dst)
            place[0, -1, -1] = before
    dst[0, 2, 2] = 1
    assert not known(left, right, dst)


def _small() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [normal(rng, shape) for shape in ((1, 8, 32), (1, 32, 8), (1, 8, 8))]


def test_operands_are_left_as_they_are(eager: CompiledProducts):
    left, right, dst = _small()
    copies = left.copy(), right.copy(), dst.copy()
    for array in (left, right, dst):
        array.flags.writeable = False
    turned = np.ascontiguousarray(right.swapaxes(1, 2)).swapaxes(1, 2)  # the same numbers, in another order
    got, _ = eager(left, turned, dst, "HiFi4", False, _RULES, 32)
    assert (got == exact_products.multiply(*copies, "HiFi4", False, _RULES)).all()
    for array, copy in zip((left, right, dst), copies, strict=True):
        assert (array == copy).all()


class Compilations:
    """Counts them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        compile_own = host_compiler.compile_own

        def counted(*arguments: Any) -> Any:
            self.count += 1
            return compile_own(*arguments)

        monkeypatch.setattr(host_compiler, "compile_own", counted)
        monkeypatch.setattr(host_compiler.kept, "is_kept", lambda _: False)


def _multiply(products: CompiledProducts, operands: list[np.ndarray]) -> None:
    got, _ = products(*operands, "HiFi4", False, _RULES, 32)
    assert (got == exact_products.multiply(*operands, "HiFi4", False, _RULES)).all()


def test_it_is_made_where_that_is_worth_it(monkeypatch: pytest.MonkeyPatch):
    need_tools("g++")
    made = Compilations(monkeypatch)
    monkeypatch.setattr(compiled_products, "WORTH", 5000)
    products, operands = CompiledProducts(), _small()  # 2048 products of numbers
    for count in (0, 0, 1, 1):
        _multiply(products, operands)
        assert made.count == count
        assert (products.library.loaded is not None) == (count > 0)


def test_it_is_used_where_it_is_kept():
    need_tools("g++")
    CompiledProducts().library.make()
    products = CompiledProducts()
    _multiply(products, _small())
    assert products.library.loaded is not None


@pytest.mark.parametrize("lacks", ["a compiler", "a compiler that can", "a system that is known"])
def test_without_it_numpy_does(lacks: str, monkeypatch: pytest.MonkeyPatch):
    made = Compilations(monkeypatch)
    monkeypatch.setattr(compiled_products, "WORTH", 3000)
    if lacks == "a system that is known":
        monkeypatch.setattr(own_library.sys, "platform", "emscripten")
    else:
        monkeypatch.setattr(host_compiler.shutil, "which", lambda name: "/bin/false" if "can" in lacks else None)
    host_compiler.find_compiler.cache_clear()
    products, operands = CompiledProducts(), _small()
    for _ in range(4):
        _multiply(products, operands)
    assert made.count == (1 if lacks == "a compiler that can" else 0)
    assert products.library.loaded is None
    monkeypatch.undo()
    host_compiler.find_compiler.cache_clear()


def test_simulations_use_it():
    simulation = prepare(block_program("", packed(1))).simulation
    assert simulation.multiply is compiled_products.compiled_products()
