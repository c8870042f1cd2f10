// Names that kernels share with hosts.
#pragma once

#include "kernel_api.h"

constexpr uint32_t NUM_CIRCULAR_BUFFERS = ttlang::MOST_BUFFERS;
constexpr uint32_t CIRCULAR_BUFFER_COMPUTE_WORD_SIZE = 16, CIRCULAR_BUFFER_COMPUTE_ADDR_SHIFT = 4;

namespace tt::constants {
constexpr uint32_t TILE_HEIGHT = 32, TILE_WIDTH = 32, TILE_HW = TILE_HEIGHT * TILE_WIDTH;
constexpr uint32_t FACE_HEIGHT = 16, FACE_WIDTH = 16, FACE_HW = FACE_HEIGHT * FACE_WIDTH;
}  // namespace tt::constants
namespace tt::tt_metal {
enum class TensorMemoryLayout { INTERLEAVED = 0, HEIGHT_SHARDED = 2, WIDTH_SHARDED = 3, BLOCK_SHARDED = 4, ND_SHARDED = 5 };
enum class ShardOrientation { ROW_MAJOR, COL_MAJOR };
enum class ShardDistributionStrategy { ROUND_ROBIN_1D, GRID_2D, CONTIGUOUS_1D };
enum class BufferType { DRAM, L1, SYSTEM_MEMORY, L1_SMALL, TRACE };
}  // namespace tt::tt_metal
