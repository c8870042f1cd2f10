"""What stands in a host program as it is, where it is needed: functions in C++, and the build file around them."""

from __future__ import annotations

TYPES = """
// A tensor's memory. A mesh of one device holds one copy of it.
using TensorMemory = std::shared_ptr<distributed::MeshBuffer>;"""

INTERLEAVED = """
// Pages dealt out over the banks of DRAM or L1.
TensorMemory make_buffer(distributed::MeshDevice& device, BufferType memory, const tiles::Matrix& matrix) {
    distributed::DeviceLocalBufferConfig local;
    local.page_size = tiles::page_bytes(matrix);
    local.buffer_type = memory;
    distributed::ReplicatedBufferConfig whole;
    whole.size = static_cast<DeviceAddr>(tiles::pages(matrix)) * tiles::page_bytes(matrix);
    return distributed::MeshBuffer::create(whole, local, &device);
}"""

SHARDED = """
// Rectangles of so many elements, (rows, columns), on the cores of the ranges.
TensorMemory make_sharded_buffer(
    distributed::MeshDevice& device, BufferType memory, const tiles::Matrix& matrix, TensorMemoryLayout layout,
    std::array<uint32_t, 2> shard, ShardOrientation orientation, std::vector<CoreRange> ranges) {
    const std::array<uint32_t, 2> page = {matrix.tiled ? 32u : 1u, matrix.tiled ? 32u : matrix.columns};
    const uint32_t columns = (matrix.columns + page[1] - 1) / page[1];
    const std::array<uint32_t, 2> shape_in_pages = {tiles::pages(matrix) / columns, columns};
    distributed::DeviceLocalBufferConfig local;
    local.page_size = tiles::page_bytes(matrix);
    local.buffer_type = memory;
    local.sharding_args = BufferShardingArgs(
        ShardSpecBuffer(CoreRangeSet(std::move(ranges)), shard, orientation, page, shape_in_pages), layout);
    distributed::ReplicatedBufferConfig whole;
    whole.size = static_cast<DeviceAddr>(tiles::pages(matrix)) * tiles::page_bytes(matrix);
    return distributed::MeshBuffer::create(whole, local, &device);
}"""

CIRCULAR_BUFFER = """
// A circular buffer of so many pages on every core.
void add_circular_buffer(
    Program& program, const CoreRange& cores, uint8_t index, tt::DataFormat format, uint32_t pages,
    uint32_t page_bytes) {
    CircularBufferConfig config(pages * page_bytes, {{index, format}});
    config.set_page_size(index, page_bytes);
    CreateCircularBuffer(program, cores, config);
}"""

ON_SHARDS = """
// A circular buffer that is a part of each core's shard of a tensor in L1, from byte `offset` on.
void add_buffer_on_shards(
    Program& program, const CoreRange& cores, uint8_t index, tt::DataFormat format, uint32_t pages,
    uint32_t page_bytes, const TensorMemory& tensor, uint32_t offset) {
    CircularBufferConfig config(pages * page_bytes, {{index, format}});
    config.set_page_size(index, page_bytes);
    config.set_globally_allocated_address(*tensor->get_reference_buffer());
    config.set_address_offset(offset);
    CreateCircularBuffer(program, cores, config);
}"""

SHARING_BUFFERS = """
// Circular buffers that lie in one place, of so many pages each, on every core.
void add_sharing_buffers(
    Program& program, const CoreRange& cores, const std::vector<uint8_t>& indices, tt::DataFormat format,
    uint32_t pages, uint32_t page_bytes) {
    std::map<uint8_t, tt::DataFormat> formats;
    for (const uint8_t index : indices) {
        formats[index] = format;
    }
    CircularBufferConfig config(pages * page_bytes, formats);
    for (const uint8_t index : indices) {
        config.set_page_size(index, page_bytes);
    }
    CreateCircularBuffer(program, cores, config);
}"""

TENSOR_ARGS = """
// The compile-time arguments by which a kernel finds the pages of its tensors.
std::vector<uint32_t> accessor_args(const std::vector<TensorMemory>& buffers) {
    std::vector<uint32_t> args;
    for (const TensorMemory& buffer : buffers) {
        TensorAccessorArgs(buffer).append_to(args);
    }
    return args;
}

// Where the tensors lie: runtime arguments, so that other tensors don't need another compilation.
std::vector<uint32_t> addresses(const std::vector<TensorMemory>& buffers) {
    std::vector<uint32_t> args;
    for (const TensorMemory& buffer : buffers) {
        args.push_back(static_cast<uint32_t>(buffer->address()));
    }
    return args;
}"""

WITH_INTEGERS = """
// Integers behind the addresses. They too may differ from run to run without another compilation.
std::vector<uint32_t> with_integers(std::vector<uint32_t> args, const std::vector<int32_t>& integers) {
    args.insert(args.end(), integers.begin(), integers.end());
    return args;
}"""

PER_CORE = """
// Gives each core its row of the table.
template <size_t count>
void set_core_args(Program& program, KernelHandle kernel, const int32_t (&table)[ROWS * COLUMNS][count]) {
    for (uint32_t i = 0; i < ROWS * COLUMNS; ++i) {
        const std::vector<uint32_t> args(table[i], table[i] + count);
        SetRuntimeArgs(program, kernel, CoreCoord{i % COLUMNS, i / COLUMNS}, args);
    }
}"""

CMAKE = """\
# cmake -B build && cmake --build build && ./build/{name}
# Where TT-Metalium is not installed in the system: cmake -B build -DCMAKE_PREFIX_PATH=<tt-metal>/build

cmake_minimum_required(VERSION 3.22)
project({name} CXX)

find_package(TT-Metalium REQUIRED)

add_executable({name} main.cpp)
target_compile_features({name} PRIVATE cxx_std_20)
target_compile_definitions({name} PRIVATE
    KERNEL_FOLDER="${{CMAKE_CURRENT_SOURCE_DIR}}/../{folder}"
    VALUES_FOLDER="${{CMAKE_CURRENT_SOURCE_DIR}}/../{values}"
)
target_link_libraries({name} PRIVATE TT::Metalium)
"""
