"""Texts that stand in, in type checks, for what the runtime generates and for what only the chip's compiler reads."""

from __future__ import annotations

PRELUDE = """
#include <cstdint>
#include "internal/firmware_common.h"
#include "api/compile_time_args.h"
#include "internal/debug/fw_debug.h"
#include "ckernel.h"
#include "ckernel_gpr_map.h"
#include "llk_param_structs.h"
using namespace ckernel;
constexpr bool DST_ACCUM_MODE = {dst32};
constexpr bool APPROX = false;
void kernel_main();
#include "chlkc_list.h"
"""
"""What the runtime puts before a compute kernel."""

DESCRIPTORS = """
#pragma once
constexpr unsigned char unpack_src_format[64] = {}, unpack_tile_num_faces[64] = {};
constexpr unsigned char unpack_tile_r_dim[64] = {}, unpack_tile_c_dim[64] = {};
constexpr unsigned char unpack_tile_face_r_dim[64] = {};
constexpr unsigned short unpack_tile_size[64] = {};
constexpr unsigned char pack_dst_format[64] = {}, pack_tile_num_faces[64] = {};
constexpr unsigned char pack_tile_r_dim[64] = {}, pack_tile_c_dim[64] = {}, pack_tile_face_r_dim[64] = {};
constexpr unsigned short pack_tile_size[64] = {};
"""
"""The runtime's tables of circular buffers, as far as data movement kernels and prints ask for them."""

ARGUMENTS_FILE = "api/compile_time_args.h"
ARGUMENTS_DECLARED = """
#pragma once
#include <array>
#include <cstdint>
template <uint32_t Index> constexpr uint32_t get_ct_arg();
#define get_compile_time_arg_val(index) get_ct_arg<index>()
"""
"""
A header that gives kernels their compile-time arguments. It has the arguments themselves, so that all that includes it
could be precompiled for one kernel only; here it says no more than how they are asked for.
"""
ARGUMENTS = """\
#define KERNEL_COMPILE_TIME_ARGS {words}
#line 1 "compile_time_args.h"
constexpr std::array<uint32_t, {count}> kernel_compile_time_args{{KERNEL_COMPILE_TIME_ARGS}};
template <uint32_t Index> constexpr uint32_t get_ct_arg() {{
    static_assert(Index < kernel_compile_time_args.size(), "Index out of range");
    return kernel_compile_time_args[Index];
}}
"""
"""The arguments, before a data movement kernel."""

STREAMS = """
#include "api/debug/dprint.h"
#undef DPRINT_UNPACK
#undef DPRINT_MATH
#undef DPRINT_PACK
#define DPRINT_UNPACK(print) print
#define DPRINT_MATH(print) print
#define DPRINT_PACK(print) print
"""
"""Stands before a kernel whose prints are switched on: what one processor prints, the kernel itself does."""
FORMATS = """
#include "api/debug/dprint.h"
#undef DPRINT
#undef DPRINT_UNPACK
#undef DPRINT_MATH
#undef DPRINT_PACK
#define DPRINT(format, ...) [&] { \\
    using namespace device_print_detail; \\
    using Values = decltype(std::make_tuple(__VA_ARGS__)); \\
    static_assert(checks::is_valid_format_string(format), "invalid format"); \\
    static_assert(!checks::has_indexed_placeholders(format), "numbered placeholders"); \\
    static_assert(checks::count_placeholders(format) == std::tuple_size_v<Values>, "placeholders and values differ"); \\
    std::apply([](auto... value) { \\
        static_assert( \\
            ((formatting::device_print_type<decltype(value)>::value.type_char != '#') && ...), "no such value"); \\
    }, std::make_tuple(__VA_ARGS__)); \\
}()
#define DPRINT_UNPACK(...) DPRINT(__VA_ARGS__)
#define DPRINT_MATH(...) DPRINT(__VA_ARGS__)
#define DPRINT_PACK(...) DPRINT(__VA_ARGS__)
"""
"""
The same for the generation that prints by formats. Its macro needs a later g++ than hosts have: here are the checks
that it makes, without the code behind them.
"""

_REPLAY = """
namespace lltt {
template <auto...> inline void record(...) {}
inline void record(...) {}
inline void replay(...) {}
enum ExecBool { NoExec, Exec };
}
"""
STAND_INS = {"lltt.h": _REPLAY, "llk_math_eltwise_unary_sfpu_rpow.h": ""}
"""
For headers that need the chip's compiler, and that an API header includes even where compute calls are switched off.
"""
