// Calls of compute kernels that are more than one call of the machine. A part of kernel_api.h.
#pragma once

namespace ttlang {

struct Calls {
    Calls* next;
    int64_t words[WORDS];
};

// Whether a call in a fused frame is the packer's: the first tile that it packs, and what comes behind that.
inline bool defers(int number) {
    switch (number) {
        case PACK: case PACK_AT: case PACK_TILE_BLOCK: case PACK_UNTILIZE_DEST: return true;
        case CB_RESERVE_BACK: case CB_PUSH_BACK: case PACK_RECONFIG_DATA_FORMAT: case PACK_RECONFIG_L1_ACC: case REDUCE_UNINIT:
        case PACK_UNTILIZE_DEST_INIT: case PACK_UNTILIZE_UNINIT:
            return ttlang_current->fused == 2;
        default: return false;
    }
}
// Where the words of such a call go.
inline int64_t* deferred() {
    ttlang_current->fused = 2;
    Calls* made = new Calls;
    Calls* last = ttlang_current->packs;  // of a ring, whose first one follows
    made->next = last ? last->next : made;
    if (last) last->next = made;
    ttlang_current->packs = made;
    return made->words;
}
inline void make_deferred() {
    Calls* last = ttlang_current->packs;
    ttlang_current->packs = nullptr;
    for (Calls* each = last ? last->next : nullptr; each;) {
        const int64_t number = each->words[0] >> 32;
        memcpy(ttlang_current->words, each->words, sizeof each->words);  // no branch from here to the call
        ttlang_call(number);
        Calls* next = each == last ? nullptr : each->next;
        delete each;
        each = next;
    }
}

}  // namespace ttlang

namespace ckernel {

template <SrcOrder order = SrcOrder::Regular>
inline void compute_kernel_hw_startup(uint32_t in0, uint32_t in1, uint32_t out, TTLANG_AT) {
    const bool swap = order == SrcOrder::Reverse;
    ttlang::call(ttlang::STARTUP, at, swap ? in1 : in0, swap ? in0 : in1, out);
}
inline void compute_kernel_hw_startup(uint32_t in, uint32_t out, TTLANG_AT) { compute_kernel_hw_startup(in, in, out, at); }
inline void init_sfpu(uint32_t in, uint32_t out, TTLANG_AT) {
    compute_kernel_hw_startup(in, out, at);
    ttlang::call(ttlang::COPY_TILE_INIT, at, in);
}
inline void unary_op_init_common(uint32_t in, uint32_t out, TTLANG_AT) { init_sfpu(in, out, at); }
inline void copy_tile_to_dst_init_short(uint32_t cb, uint32_t transpose = 0, uint32_t = 0, TTLANG_AT) {
    ttlang::call(transpose ? ttlang::TRANSPOSE_WH_INIT_SHORT : ttlang::COPY_TILE_INIT, at, cb);
}
inline void copy_tile_to_dst_init_short_with_dt(uint32_t, uint32_t now, uint32_t transpose = 0, TTLANG_AT) {
    reconfig_data_format_srca(now, at);
    copy_tile_to_dst_init_short(now, transpose, 0, at);
}
#if TTLANG_BEFORE_0_81
template <EltwiseBinaryType kind, BroadcastType dim, MathFidelity fidelity, auto... more>
inline void llk_math_eltwise_binary_init(uint32_t = 0, TTLANG_AT) {
    ttlang::refuse(TTLANG_REFUSED "llk_math_eltwise_binary_init without buffers", at);
}
template <bool to_from_int8 = false, bool tile_dims = false>
inline void reconfig_data_format(uint32_t, uint32_t in0, uint32_t, uint32_t in1, TTLANG_AT) { reconfig_data_format<to_from_int8>(in0, in1, at); }
template <bool to_from_int8 = false, bool tile_dims = false>
inline void reconfig_data_format_srca(uint32_t, uint32_t now, TTLANG_AT) { reconfig_data_format_srca<to_from_int8>(now, at); }
template <bool to_from_int8 = false, bool tile_dims = false>
inline void reconfig_data_format_srcb(uint32_t, uint32_t now, TTLANG_AT) { reconfig_data_format_srcb<to_from_int8>(now, at); }
#endif
#if TTLANG_SINCE_0_81
inline void reconfig_data_format(uint32_t, uint32_t in0, uint32_t, uint32_t in1, TTLANG_AT) { reconfig_data_format(in0, in1, at); }
template <SrcOrder order>
inline void reconfig_data_format(uint32_t, uint32_t in0, uint32_t, uint32_t in1, TTLANG_AT) { reconfig_data_format<order>(in0, in1, at); }
inline void reconfig_data_format_srca(uint32_t, uint32_t now, TTLANG_AT) { reconfig_data_format_srca(now, at); }
inline void reconfig_data_format_srcb(uint32_t, uint32_t now, TTLANG_AT) { reconfig_data_format_srcb(now, at); }
#endif
inline void pack_reconfig_data_format(uint32_t, uint32_t now, TTLANG_AT) { pack_reconfig_data_format(now, at); }

// Broadcasts by template, and what init_bcast sets up for them.
constexpr int broadcast_init(EltwiseBinaryType kind, BroadcastType dim) {
    using namespace ttlang;
    const int add[] = {ADD_BCAST_COLS_INIT, ADD_BCAST_ROWS_INIT, ADD_BCAST_SCALAR_INIT};
    const int sub[] = {SUB_BCAST_COLS_INIT, SUB_BCAST_ROWS_INIT, SUB_BCAST_SCALAR_INIT};
    const int mul[] = {MUL_BCAST_COLS_INIT, MUL_BCAST_ROWS_INIT, MUL_BCAST_SCALAR_INIT};
    return (kind == ELWADD ? add : kind == ELWSUB ? sub : mul)[dim - COL];
}
template <EltwiseBinaryType kind, BroadcastType dim, bool... more>
inline void init_bcast(uint32_t in0, uint32_t in1, uint32_t out, TTLANG_AT) {
    static_assert(dim != NONE && (kind == ELWADD || kind == ELWSUB || kind == ELWMUL), "not a broadcast");
    compute_kernel_hw_startup(in0, in1, out, at);
    ttlang::call(broadcast_init(kind, dim), at, in0, in1);
}
template <EltwiseBinaryType kind, BroadcastType dim, bool... more>
inline void any_tiles_bcast(uint32_t in0, uint32_t in1, uint32_t tile0, uint32_t tile1, uint32_t dst, TTLANG_AT) {
    using namespace ttlang;
    static_assert(dim != NONE && (kind == ELWADD || kind == ELWSUB || kind == ELWMUL), "not a broadcast");
    constexpr int add[] = {ADD_TILES_BCAST_COLS, ADD_TILES_BCAST_ROWS, ADD_TILES_BCAST_SCALAR};
    constexpr int sub[] = {SUB_TILES_BCAST_COLS, SUB_TILES_BCAST_ROWS, SUB_TILES_BCAST_SCALAR};
    constexpr int mul[] = {MUL_TILES_BCAST_COLS, MUL_TILES_BCAST_ROWS, MUL_TILES_BCAST_SCALAR};
    ttlang::call((kind == ELWADD ? add : kind == ELWSUB ? sub : mul)[dim - COL], at, in0, in1, tile0, tile1, dst);
}
template <BroadcastType dim, bool... more>
inline void add_tiles_bcast(uint32_t in0, uint32_t in1, uint32_t tile0, uint32_t tile1, uint32_t dst, TTLANG_AT) {
    any_tiles_bcast<ELWADD, dim>(in0, in1, tile0, tile1, dst, at);
}
template <BroadcastType dim, bool... more>
inline void sub_tiles_bcast(uint32_t in0, uint32_t in1, uint32_t tile0, uint32_t tile1, uint32_t dst, TTLANG_AT) {
    any_tiles_bcast<ELWSUB, dim>(in0, in1, tile0, tile1, dst, at);
}
template <BroadcastType dim, bool... more>
inline void mul_tiles_bcast(uint32_t in0, uint32_t in1, uint32_t tile0, uint32_t tile1, uint32_t dst, TTLANG_AT) {
    any_tiles_bcast<ELWMUL, dim>(in0, in1, tile0, tile1, dst, at);
}

template <EltwiseBinaryType kind, BroadcastType dim>
inline void bcast_init(uint32_t in0, uint32_t in1, TTLANG_AT) { ttlang::call(broadcast_init(kind, dim), at, in0, in1); }

// Functions of two tiles; those that add to what DST holds are not modelled, but for products, which always do.
template <bool full, EltwiseBinaryType kind>
inline void binary_tiles_init(uint32_t in0, uint32_t in1, bool accumulate = false, TTLANG_AT) {
    static_assert(kind == ELWADD || kind == ELWSUB || kind == ELWMUL, "not a function of two tiles");
    if (accumulate && kind != ELWMUL) not_modelled("a binary_tiles_init that accumulates", at);
    if constexpr (!full) {
        // That of unpack is left as it is.
        ttlang::call(ttlang::BINARY_MATH_INIT, at, static_cast<int>(kind), static_cast<int>(NONE), false, false, in0, in1);
        return;
    }
    ttlang::call(kind == ELWADD ? ttlang::ADD_TILES_INIT : kind == ELWSUB ? ttlang::SUB_TILES_INIT : ttlang::MUL_TILES_INIT, at, in0, in1);
}

inline void fill_tile_bitcast(uint32_t dst, uint32_t bits, TTLANG_AT) { fill_tile(dst, __builtin_bit_cast(float, bits), at); }
inline void llk_pack_reconfig_l1_acc(uint32_t accumulate, TTLANG_AT) { pack_reconfig_l1_acc(accumulate, at); }

// The fused frame of older kernels. The packer begins with its section when math has released it: what it is told after
// the first tile to pack waits for that, and finds DST as math leaves it.
inline void acquire_dst(TTLANG_AT) {
    tile_regs_acquire(at);
    ttlang_current->fused = 1;
}
inline void release_dst(TTLANG_AT) {
    ttlang_current->fused = 0;
    tile_regs_commit(at);
    tile_regs_wait(at);
    ttlang::make_deferred();
    tile_regs_release(at);
}
template <bool out_of_order = false, bool... more>
inline void pack_tile(uint32_t dst, uint32_t cb, uint32_t tile = 0, TTLANG_AT) {
    out_of_order ? ttlang::call(ttlang::PACK_AT, at, cb, dst, tile) : ttlang::call(ttlang::PACK, at, cb, dst);
}
inline void pack_several(uint32_t dst, uint32_t cb, uint32_t tiles, place at) {
    ttlang::call(ttlang::PACK_TILE_BLOCK, at, cb, tiles, dst);
}

// Rows from what DST holds. Older kernels say how many faces a tile has, and how many rows a face.
template <uint32_t part = 8, uint32_t width = part, bool diagonal = false, bool narrow = false, uint32_t row = 32, uint32_t first = 0, bool dense = false>
inline void pack_untilize_dest(uint32_t out, uint32_t rows, uint32_t column, uint32_t face_rows, uint32_t faces, uint32_t dst, TTLANG_AT) {
    static_assert(width % part == 0, "a part that does not divide the width");
    if (diagonal || narrow || row != 32 || dense || face_rows != 16 || faces != 4) not_modelled("a pack_untilize_dest of other than whole tiles", at);
    if (rows != 1) not_modelled("pack_untilize_dest of several rows of tiles", at);
    ttlang::call(ttlang::PACK_UNTILIZE_DEST, at, part, width, out, column, first + dst);
}
#if TTLANG_BEFORE_0_81
template <uint32_t part, auto... more>
inline void pack_untilize_dest(uint32_t out, uint32_t rows, uint32_t column, uint32_t face_rows, uint32_t faces, TTLANG_AT) {
    pack_untilize_dest<part, more...>(out, rows, column, face_rows, faces, 0, at);
}
#endif
template <uint32_t part = 8, auto... more>
inline void pack_untilize_dest(uint32_t out, uint32_t rows = 1, uint32_t column = 0, uint32_t dst = 0, TTLANG_AT) {
    pack_untilize_dest<part, more...>(out, rows, column, 16, 4, dst, at);
}

inline void matmul_init_of_tiles(uint32_t in0, uint32_t in1, uint32_t transpose, place at) {
    ttlang_current->transpose = transpose;
    ttlang::call(ttlang::MM_BLOCK_INIT_SHORT, at, in0, in1, transpose, 1, 1, 1);
}
inline void matmul_tiles(uint32_t in0, uint32_t in1, uint32_t tile0, uint32_t tile1, uint32_t dst, TTLANG_AT) {
    matmul_block(in0, in1, tile0, tile1, dst, ttlang_current->transpose, 1, 1, 1, at);
}
inline void copy_several(uint32_t cb, uint32_t tile, uint32_t dst, uint32_t tiles, place at) {
    for (uint32_t i = 0; i < tiles; ++i) copy_tile(cb, tile + i, dst + i, at);
}
#if TTLANG_BEFORE_0_81
inline void mul_tiles_init(uint32_t in0, uint32_t in1, uint32_t, TTLANG_AT) { binary_tiles_init<true, ELWMUL>(in0, in1, true, at); }
inline void add_tiles_init(uint32_t in0, uint32_t in1, bool accumulate, TTLANG_AT) {
    if (accumulate) not_modelled("an add_tiles_init that accumulates", at);
    ttlang::call(ttlang::ADD_TILES_INIT, at, in0, in1);
}
inline void sub_tiles_init(uint32_t in0, uint32_t in1, bool accumulate, TTLANG_AT) {
    if (accumulate) not_modelled("a sub_tiles_init that accumulates", at);
    ttlang::call(ttlang::SUB_TILES_INIT, at, in0, in1);
}
inline void transpose_wh_init(uint32_t in, uint32_t out, TTLANG_AT) {
    compute_kernel_hw_startup(in, out, at);
    ttlang::call(ttlang::TRANSPOSE_WH_INIT_SHORT, at, in);
}
inline void binary_op_init_common(uint32_t in0, uint32_t in1, uint32_t out, TTLANG_AT) { compute_kernel_hw_startup(in0, in1, out, at); }
inline void mm_init_short(uint32_t in0, uint32_t in1, uint32_t transpose = 0, TTLANG_AT) { matmul_init_of_tiles(in0, in1, transpose, at); }
inline void mm_init_short_with_dt(uint32_t in0, uint32_t in1, uint32_t, uint32_t transpose = 0, TTLANG_AT) {
    reconfig_data_format_srca(in1, at);
    matmul_init_of_tiles(in0, in1, transpose, at);
}
inline void mm_init(uint32_t in0, uint32_t in1, uint32_t out, uint32_t transpose = 0, TTLANG_AT) {
    compute_kernel_hw_startup<SrcOrder::Reverse>(in0, in1, out, at);
    matmul_init_of_tiles(in0, in1, transpose, at);
}
inline void mm_block_init(uint32_t in0, uint32_t in1, uint32_t out, uint32_t transpose = 0, uint32_t ct = 1, uint32_t rt = 1, uint32_t kt = 1, TTLANG_AT) {
    compute_kernel_hw_startup<SrcOrder::Reverse>(in0, in1, out, at);
    ttlang::call(ttlang::MM_BLOCK_INIT_SHORT, at, in0, in1, transpose, ct, rt, kt);
}
inline void mm_block_init_short_with_dt(uint32_t in0, uint32_t in1, uint32_t, uint32_t transpose = 0, uint32_t ct = 1, uint32_t rt = 1, uint32_t kt = 1, TTLANG_AT) {
    reconfig_data_format_srca(in1, at);
    ttlang::call(ttlang::MM_BLOCK_INIT_SHORT, at, in0, in1, transpose, ct, rt, kt);
}
inline void mm_block_init_short_with_both_dt(uint32_t in0, uint32_t in1, uint32_t, uint32_t, uint32_t transpose = 0, uint32_t ct = 1, uint32_t rt = 1, uint32_t kt = 1, TTLANG_AT) {
    reconfig_data_format(in1, in0, at);
    ttlang::call(ttlang::MM_BLOCK_INIT_SHORT, at, in0, in1, transpose, ct, rt, kt);
}
inline void pack_tile_block(uint32_t dst, uint32_t cb, uint32_t tiles, TTLANG_AT) { pack_several(dst, cb, tiles, at); }
inline void copy_block_matmul_partials(uint32_t cb, uint32_t tile, uint32_t dst, uint32_t tiles, TTLANG_AT) { copy_several(cb, tile, dst, tiles, at); }
#endif
#if TTLANG_SINCE_0_81
inline void add_init(uint32_t in0, uint32_t in1, bool accumulate, TTLANG_AT) { binary_tiles_init<true, ELWADD>(in0, in1, accumulate, at); }
// The line is for tools that watch a card.
inline void mul_init(uint32_t in0, uint32_t in1, uint32_t accumulate, uint32_t = 0, TTLANG_AT) { binary_tiles_init<true, ELWMUL>(in0, in1, accumulate, at); }
inline void copy_init(uint32_t cb, uint32_t transpose, bool in_faces = false, uint32_t = 0, TTLANG_AT) {
    if (in_faces) not_modelled("a copy_init that transposes faces", at);
    copy_tile_to_dst_init_short(cb, transpose, 0, at);
}
inline void sub_init(uint32_t in0, uint32_t in1, bool accumulate, TTLANG_AT) { binary_tiles_init<true, ELWSUB>(in0, in1, accumulate, at); }
inline void pack_block(uint32_t dst, uint32_t cb, uint32_t tiles, TTLANG_AT) { pack_several(dst, cb, tiles, at); }
inline void copy_block(uint32_t cb, uint32_t tile, uint32_t dst, uint32_t tiles, TTLANG_AT) { copy_several(cb, tile, dst, tiles, at); }
inline void matmul_init(uint32_t in0, uint32_t in1, uint32_t transpose = 0, TTLANG_AT) { matmul_init_of_tiles(in0, in1, transpose, at); }
#endif

}  // namespace ckernel
