"""
Type-checks every kernel that the tests emitted, for both chips, against the real headers of both generations of the
kernel API. It runs after the other tests (`make test`), which leave the kernels behind.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.needs import need_headers
from ttlang.tables.chips import CHIPS
from ttlang.tables.functions import GENERATIONS
from ttlang.tools.headers import VERSIONS
from ttlang.tools.typecheck import Kernel, typecheck_many

INTERLEAVED = (0, 2)
"""What describes a tensor that is interleaved in L1 or in DRAM; the bytes of its pages follow."""
EMITTED = Path(__file__).parent.parent / ".cache" / "emitted"


def kernel_of(path: Path) -> Kernel:
    role = path.name.split(".")[1]
    if role.startswith("compute"):
        return Kernel(path.read_text(), "compute", dst32=role.endswith("32"))
    words = tuple(json.loads(path.with_suffix(".json").read_text()))
    if all(word in INTERLEAVED for word in words[::2]):
        # Two words for each tensor, whatever they are: kernels with the same words are compiled together.
        words = (INTERLEAVED[-1], 2048) * 16
    return Kernel(path.read_text(), "datamovement", words, "reader" if role.startswith("reader") else "writer")


@pytest.mark.headers
@pytest.mark.parametrize("arch", CHIPS)
@pytest.mark.parametrize(("generation", "version"), list(zip(GENERATIONS, VERSIONS, strict=True)))
def test_every_emitted_kernel_passes_the_type_check(generation: str, version: str, arch: str) -> None:
    paths = sorted((EMITTED / generation).glob("*.cpp"))
    assert paths, "no kernels were kept: run `make test`, which runs the other tests first"
    need_headers(version)
    found = typecheck_many({path.name: kernel_of(path) for path in paths}, version=version, arch=arch)
    failures = {name: errors for name, errors in found.items() if errors}
    report = "\n".join(f"{name}: {errors[0]}" for name, errors in list(failures.items())[:10])
    assert not failures, f"{len(failures)} of {len(paths)} kernels:\n{report}"
