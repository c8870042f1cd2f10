"""
A kernel as a folder that needs no ttlang: the C++ of its threads, a Python runner, a C++ host program, and a page that
says what is what.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ttlang.backends.cpp.printer import print_program
from ttlang.backends.folder.manifest import check_folder, keep
from ttlang.backends.folder.page import describe_folder
from ttlang.backends.metalium import cmake_source, host_source, tiles_header
from ttlang.backends.ttnn import KERNEL_FOLDER, RUNNER_NAME, VALUES_FOLDER, runner_source
from ttlang.backends.ttnn.tensor_uses import Shapes
from ttlang.dialects.ttkernel import ProgramOp
from ttlang.tables.kernel_api import NEWEST

HOST_FOLDER = "host"


def export_program(
    program: ProgramOp,
    folder: str | Path,
    *,
    metal_api: str = NEWEST.name,
    shapes: Shapes = (),
    values: Mapping[str, bytes] | None = None,
    numbers: Sequence[int] = (),
    force: bool = False,
) -> list[Path]:
    """
    Writes the folder and returns its files. `shapes`: those of the tensors, in elements. `numbers`: the call's integers
    that are no constants. `values`: contents of files
    for the folder `values`, by name (see `ttlang.backends.ttnn.runner_main.value_files`). Raises a TTL0012 for a
    folder that would be spoiled (see `check_folder`), unless it is to be by `force`.
    """
    folder = Path(folder)
    texts = exported_files(program, metal_api, shapes, numbers, with_values=bool(values))
    files = {name: text.encode() for name, text in texts}
    files |= {f"{VALUES_FOLDER}/{name}": data for name, data in (values or {}).items()}
    if not force:
        check_folder(folder, files)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    keep(folder, files)
    return [folder / name for name in files]


def exported_files(
    program: ProgramOp, metal_api: str, shapes: Shapes = (), numbers: Sequence[int] = (), *, with_values: bool = False
) -> Iterator[tuple[str, str]]:
    """Names relative to the folder, and texts."""
    yield "README.md", describe_folder(program, metal_api, shapes, with_values=with_values)
    yield RUNNER_NAME, runner_source(program, shapes=shapes, numbers=numbers, values=with_values)
    for thread, source in print_program(program, metal_api).items():
        yield f"{KERNEL_FOLDER}/{thread}.cpp", source
    yield f"{HOST_FOLDER}/main.cpp", host_source(program, shapes=shapes, numbers=numbers)
    yield f"{HOST_FOLDER}/tiles.hpp", tiles_header()
    yield f"{HOST_FOLDER}/CMakeLists.txt", cmake_source(program.sym_name.data)
