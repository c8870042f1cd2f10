"""
Calls of the kernel API that the machine has no meaning for. A kernel that has one compiles, since it may never come to
it; if it does, the call is refused (TTL0821).
"""

from __future__ import annotations

from collections.abc import Iterator

_LAYOUTS = """
    fast_tilize_block fast_tilize_init fast_tilize_init_with_dt fast_tilize_uninit
    tilize_init_short_with_dt transpose_block transpose_dest transpose_dest_init untilize_block
    untilize_init untilize_uninit
"""
_MATRICES = """
    matmul_block_no_mop mm_no_mop_init_short mm_no_mop_reinit_short mul_bcast_cols_init_short_custom
    mul_tiles_bcast_cols_custom reduce_block_max_row reduce_block_max_row_init reduce_block_max_row_init_runtime
    reduce_block_max_row_runtime reduce_block_max_row_uninit reduce_block_max_row_uninit_runtime reduce_tile_math
    sub_bcast_cols_compensated sub_bcast_cols_compensated_init sub_bcast_cols_init_short_custom
    sub_tiles_bcast_cols_custom unary_bcast unary_bcast_init
"""
_VECTORS = """
    clamped_silu_glu_tile clamped_silu_glu_tile_init cumsum_tile cumsum_tile_init dropout_kernel_init dropout_tile
    ema_clear_previous_output ema_init ema_tile exp_packthread_tile exp_packthread_tile_init
    fused_max_sub_exp_add_tile gelu_derivative_tile gelu_derivative_tile_init lgamma_adjusted_tile
    lgamma_adjusted_tile_init lgamma_stirling_float_tile lgamma_stirling_float_tile_init lgamma_stirling_tile
    lgamma_stirling_tile_init logsigmoid_tile logsigmoid_tile_init mask_posinf_tile mask_tile mask_tile_init
    max_reduce_with_indices max_reduce_with_indices_init rand_tile rand_tile_init reshuffle_rows_tile
    reshuffle_rows_tile_init sfpu_add_int sfpu_bcast_col_init sfpu_mul_bcast_col sfpu_mul_bcast_col_init
    sfpu_normalize_bcast_col sfpu_normalize_bcast_col_two_tiles sfpu_normalize_bcast_scalar
    sfpu_normalize_bcast_scalar_init sfpu_residual_normalize_bcast_col sfpu_sum_int_col sfpu_sum_int_init
    sfpu_sum_int_row situ_glu_tile situ_glu_tile_init tanh_derivative_tile tanh_derivative_tile_init
"""
_STATISTICS = """
    two_pass_stats_clear two_pass_stats_combine_block two_pass_stats_finalize_and_combine_to_face
    two_pass_stats_finalize_split_mean_to_row two_pass_stats_finalize_to_face two_pass_stats_finalize_to_row
    two_pass_stats_finish_shifted_mean two_pass_stats_init_shifted two_pass_stats_restore_anchor
    two_pass_stats_restore_anchor_from_state two_pass_stats_save_anchor two_pass_stats_save_anchor_to_state
    two_pass_stats_save_state two_pass_stats_switch_group two_pass_stats_update_rows
    two_pass_stats_update_shifted_rows welford_clear welford_finalize_to_face welford_finalize_to_row welford_init
    welford_restore_state welford_save_state welford_update welford_update_rows
"""
_ORDERS = """
    topk_canonicalize_negzero_values topk_finalize_uint16_indices topk_local_sort topk_merge topk_rebuild
    topk_stamp_local_positions topk_stamp_tile_rank_range topk_strip_rank_tags topk_tile_init
    topk_uint16_prepare_value_tile_for_pack
"""
_UNITS = """
    dummy_pack dummy_unpack llk_math_eltwise_unary_datacopy_init
    llk_math_reconfig_data_format llk_math_reconfig_data_format_srca llk_math_reconfig_data_format_srcb
    llk_math_reconfig_remap llk_pack_hw_configure llk_pack_reconfig_data_format llk_pack_relu_config
    llk_unpack_A_init llk_unpack_reconfig_data_format llk_unpack_reconfig_data_format_srca
    llk_unpack_reconfig_data_format_srcb mailbox_write pack_relu_config reconfig_full_operand
    reconfig_full_operand_srca t6_semaphore_get t6_semaphore_init t6_semaphore_post t6_semaphore_wait_on_max
    t6_semaphore_wait_on_zero tensix_sync tile_regs_acquire_math_clear tile_regs_release_math_clear
"""
_ON_THE_WAY_TO_PACKING = "gelu hardsigmoid hardtanh relu_max selu sigmoid silu softplus tanh"
_FUSED_WITH_PACKING = " ".join(
    f"{name}_tile{init}_pack" for name in _ON_THE_WAY_TO_PACKING.split() for init in ("", "_init")
)
_TRANSFERS = """
    noc_async_read_pcie noc_async_write_pcie
    noc_inline_dw_write noc_inline_dw_write_set_state noc_inline_dw_write_with_state noc_inline_mcast_dw_write
    reset_noc_trid_barrier_counter
"""
_NUMBERS = {
    "uint32_t": "mailbox_read noc_available_transactions",
    "bool": "noc_cmd_buf_ready",
}
"""By the type of what they return."""
_NOTHING = " ".join((_LAYOUTS, _MATRICES, _VECTORS, _STATISTICS, _ORDERS, _UNITS, _FUSED_WITH_PACKING, _TRANSFERS))

REFUSED_CALLS = frozenset(" ".join((_NOTHING, *_NUMBERS.values())).split())
"""Their names."""
_MOST_ARGUMENTS = 12
MARK = "refused: "
"""
Stands before the name of a call that is refused wherever a kernel comes to it, in the kernel's library: TTLANG_REFUSED
of the header.
"""


def refused_functions() -> Iterator[str]:
    """A declaration in C++ for each, which takes whatever arguments it is given."""
    parameters = ", ".join("ttlang::Any = {}" for _ in range(_MOST_ARGUMENTS))
    for returned, names in {"void": _NOTHING, **_NUMBERS}.items():
        value = "" if returned == "void" else "return {}; "
        for name in names.split():
            body = f'{{ ttlang::refuse(TTLANG_REFUSED "{name}", at); {value}}}'
            for template in ("auto... values", "class T, class... Types"):
                yield f"template <{template}> inline {returned} {name}({parameters}, TTLANG_AT) {body}"
