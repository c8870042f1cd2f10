"""Prints and assertions in C++: what they look like, and that both generations print what the simulator does."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from textwrap import dedent

import pytest

from tests.backends.cpp.programs import kernel_text, parse_program
from tests.support.needs import need_tools
from ttlang.backends.cpp.printer import print_kernel
from ttlang.backends.simulator import run
from ttlang.tables.kernel_api import GENERATIONS, NEWEST

# What they look like


def both(body: str, thread: str = "reader") -> list[str]:
    """The text of a body in either generation, the older first."""
    return [kernel_text(body, thread=thread, metal_api=generation) for generation in GENERATIONS]


def test_pieces_are_merged():
    older, newer = both('ttkernel.dprint("a {} b\\\\n", %a : i32)\nttkernel.dprint("c")')
    assert older == 'DPRINT << "a " << a << " b" << ENDL();\nDPRINT << "c";\n'
    assert newer == 'DPRINT("a {} b\\n", a);\nDPRINT("c");\n'


def test_the_unpacker_prints_for_a_compute_kernel():
    older, newer = both('ttkernel.dprint("{}\\\\n", %a : i32)', "compute")
    assert older == "DPRINT_UNPACK(DPRINT << a << ENDL());\n"
    assert newer == 'DPRINT_UNPACK("{}\\n", a);\n'


@pytest.mark.parametrize(
    ("operations", "older", "newer"),
    [
        ("%v = arith.addi %a, %b : i32", "(a + b)", "a + b"),
        ("%v = arith.shli %a, %b : i32", "(a << b)", "a << b"),
        ("%v = arith.muli %a, %b : i32", "a * b", "a * b"),
        ("%v = arith.select %p, %a, %b : i32", "(a < b ? a : b)", "a < b ? a : b"),
        # What C++ has for these is no int32_t.
        ("%v = arith.extui %p : i1 to i32", "(int32_t)(a < b)", "(int32_t)(a < b)"),
        ("%v = ttkernel.my_logical_x_", "(int32_t)get_absolute_logical_x()", "(int32_t)get_absolute_logical_x()"),
        ("%v = ttkernel.get_tile_size(@x_cb)", "(int32_t)get_tile_size(x_cb)", "(int32_t)get_tile_size(x_cb)"),
    ],
)
def test_values(operations: str, older: str, newer: str):
    body = f'%p = arith.cmpi slt, %a, %b : i32\n{operations}\nttkernel.dprint("{{}}", %v : i32)'
    texts = both(body)
    assert f"DPRINT << {older};" in texts[0]
    assert f'DPRINT("{{}}", {newer});' in texts[1]


def test_truth_values_are_strings():
    older, newer = both('%p = arith.cmpi slt, %a, %b : i32\nttkernel.dprint("{}", %p : i1)')
    assert older == 'DPRINT << (a < b ? "True" : "False");\n'
    assert newer == 'DPRINT("{}", a < b ? CTSTR("True") : CTSTR("False"));\n'


def test_the_text_of_an_assertion_stands_beside_it():
    body = """
    %p = arith.cmpi slt, %a, %b : i32
    %v = arith.addi %a, %c1 : i32
    ttkernel.assert(%p, "{} and {{so on}}\\\\\\\\", %v : i32)
    """
    assert both(body) == ['ASSERT(a < b);  // "{a + 1} and {so on}\\\\"\n'] * 2


def test_a_variable_of_the_source_may_have_the_name_of_a_macro():
    """Names in capitals are macros; a variable gets another."""
    body = '%ENDL = arith.addi %a, %b : i32\nttkernel.dprint("{}{}", %ENDL, %ENDL : i32, i32)'
    assert both(body)[0].startswith("const int32_t endl = a + b;")


def test_a_comment_takes_in_no_statement(tmp_path: Path):
    """A line of Python that goes on in the next one ends with a backslash."""
    path = tmp_path / "k.py"
    path.write_text("print(1), \\\n    print(2)\n")
    text = kernel_text(f'ttkernel.dprint("1") loc("{path}":1:1)')
    assert text == '// k.py:1: print(1),\nDPRINT("1");\n'


# What they print

STAND_IN = """
#include <algorithm>
#include <cstdint>
#include <iomanip>
#include <iostream>
#include <string>
#include <type_traits>

template <typename T> T get_arg_val(int i) { return i ? 70 : -3; }
uint8_t get_absolute_logical_x() { return 0; }
#define ASSERT(condition) do { if (!(condition)) { std::cout << "failed\\n"; return; } } while (0)
"""
OLDER = """
struct ENDL {};
struct SETW { char width; SETW(char width) : width(width) {} };
struct DebugPrinter {};
template <typename T> DebugPrinter operator<<(DebugPrinter printer, T value) {
    if constexpr (std::is_same_v<T, ENDL>) std::cout << "\\n";
    else if constexpr (std::is_same_v<T, SETW>) std::cout << std::setw(value.width);
    else std::cout << value;
    return printer;
}
#define DPRINT DebugPrinter()
#define DPRINT_UNPACK(print) print
"""
NEWER = """
#define CTSTR(text) static_cast<const char*>(text)
void rest(const char* format) {
    for (; *format; ++format) {
        if (*format == '{' || *format == '}') ++format;
        std::cout << *format;
    }
}
template <typename T, typename... More> void rest(const char* format, T value, More... more) {
    for (; *format != '{' || format[1] == '{'; ++format) {
        if (*format == '{' || *format == '}') ++format;
        std::cout << *format;
    }
    int width = 0;
    for (++format; *format != '}'; ++format) if (*format != ':') width = 10 * width + *format - '0';
    std::cout << std::setw(width) << value;
    rest(format + 1, more...);
}
template <typename... Values> void DPRINT(const char* format, Values... values) { rest(format, values...); }
#define DPRINT_UNPACK DPRINT
"""

BODY = r"""
ttkernel.dprint("\\n")
ttkernel.dprint("plain {{}} \22quoted\22 back\\\\slash % \\t tab \\xe9 \\u2192\\n")
ttkernel.dprint("two\\nlines\\n\\n")
ttkernel.dprint("{}|{:4}|{:12}|{:1}|{}|", %a, %b, %sum, %b, %x : i32, i32, i32, i32, i32)
ttkernel.dprint("{}{} {{{}}}{{{{\\n", %less, %flag, %less : i1, i32, i1)
ttkernel.dprint("{}\\n", %some : i32)
scf.for %i = %c0 to %c3 step %c1 : i32 {
  %odd = arith.cmpi eq, %i, %c1 : i32
  ttkernel.assert(%less, "{}", %i : i32)
  scf.if %odd {
    ttkernel.dprint("odd ")
  } else {
    ttkernel.dprint("even {} ", %i : i32)
  }
}
ttkernel.dprint("\\x1b[1m\\x077???/ no trigraph\\n")
"""


def program_of(thread: str) -> str:
    return f"""
    ttkernel.program @p grid [1, 1] on "wormhole_b0" {{
      ttkernel.kernel @k on {thread} attributes {{
        core_args = ["a", "b"], core_values = [array<i32: -3>, array<i32: 70>]
      }} {{
        %c0 = arith.constant 0 : i32
        %c1 = arith.constant 1 : i32
        %c3 = arith.constant 3 : i32
        %a = ttkernel.get_arg_val(0)
        %b = ttkernel.get_arg_val(1)
        %x = ttkernel.my_logical_x_
        %sum = arith.muli %a, %b : i32
        %less = arith.cmpi slt, %a, %b : i32
        %flag = arith.extui %less : i1 to i32
        %some = arith.select %less, %a, %b : i32
        {BODY}
      }}
    }}
    """


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("thread", ["reader", "compute"])
def test_both_generations_print_what_the_simulator_does(
    generation: str, thread: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    need_tools("g++")
    program = parse_program(program_of(thread))
    run(program, [])
    lines = capsys.readouterr().out.split("\n")
    head = "core (0, 0), thread 'k': "
    assert all(line.startswith(head) for line in lines[:-1])
    expected = "\n".join(line.removeprefix(head) for line in lines)
    kernel = re.sub("#include.*", "", print_kernel(program.kernels[0], metal_api=generation))
    source, binary = tmp_path / "kernel.cpp", tmp_path / "kernel"
    stand_in = NEWER if generation == NEWEST.name else OLDER
    source.write_text(f"{STAND_IN}{stand_in}{kernel}\nint main() {{ kernel_main(); }}\n")
    subprocess.run(["g++", "-std=c++20", "-Wall", "-Werror", str(source), "-o", str(binary)], check=True)
    printed = subprocess.run([binary], check=True, capture_output=True, text=True).stdout
    assert printed == expected
    assert (
        dedent("""
        plain {} "quoted" back\\slash % \t tab é →
        two
        lines

        -3|  70|        -210|70|0|True1 {True}{{
        -3
        even 0 odd even 2 \x1b[1m\x077???/ no trigraph
    """)
        == expected
    )
