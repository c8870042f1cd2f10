"""The programs in `kernels/`: IR by hand, in the form that the lowering gives it, and sometimes in worse."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

from xdsl.dialects.builtin import ModuleOp
from xdsl.parser import Parser

from ttlang.backends.cpp.printer import print_kernel
from ttlang.dialects.ttkernel import ProgramOp
from ttlang.driver.universe import make_context

FOLDER = Path(__file__).parent / "kernels"
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.mlir")))


def parse_module(text: str) -> ModuleOp:
    module = Parser(make_context(), text).parse_module()
    module.verify()
    return module


def parse_program(text: str) -> ProgramOp:
    (program,) = parse_module(text).body.block.ops
    assert isinstance(program, ProgramOp)
    return program


def read_program(name: str) -> ProgramOp:
    return parse_program((FOLDER / f"{name}.mlir").read_text())


def kernel_text(body: str, *, thread: str = "reader", buffers: str = "", metal_api: str = "0.81") -> str:
    """The lines of a kernel's function after its arguments, without their common indentation."""
    program = parse_program(
        f"""
        ttkernel.program @p grid [1, 1] on "wormhole_b0" {{
          ttkernel.tensor @x at 0 : <[8, 8], !ttcore.tile<32x32, bf16>, dram>
          ttkernel.circular_buffer @x_cb 0 pages 8 of <32x32, bf16> at 105856
          {buffers}
          ttkernel.kernel @k on {thread} attributes {{
            tensors = [@x], core_args = ["a", "b"], core_values = [array<i32: 1>, array<i32: 2>]
          }} {{
            %c0 = arith.constant 0 : i32
            %c1 = arith.constant 1 : i32
            %c4 = arith.constant 4 : i32
            %a = ttkernel.get_arg_val(0)
            %b = ttkernel.get_arg_val(1)
            %args = ttkernel.TensorAccessorArgs(@x)
            %address = ttkernel.get_common_arg_val(0)
            %x = ttkernel.TensorAccessor(%args, %address)
            {indent(dedent(body), " " * 12)}
          }}
        }}
        """
    )
    function = print_kernel(program.kernels[0], metal_api=metal_api).partition("void kernel_main() {\n")[2]
    return dedent(function.split("\n\n")[-1].rpartition("}")[0])
