// Runs the kernel `sharded_add` of sharded_add.py once, with TT-Metalium alone.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>

#include "tiles.hpp"

using namespace tt::tt_metal;

namespace {

// Where the kernels and the values are: CMakeLists.txt says so.
const std::string KERNELS = KERNEL_FOLDER, VALUES = VALUES_FOLDER;
constexpr uint32_t COLUMNS = 8, ROWS = 8;  // of the grid of cores

// A tensor's memory. A mesh of one device holds one copy of it.
using TensorMemory = std::shared_ptr<distributed::MeshBuffer>;

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
}

// A circular buffer of so many pages on every core.
void add_circular_buffer(
    Program& program, const CoreRange& cores, uint8_t index, tt::DataFormat format, uint32_t pages,
    uint32_t page_bytes) {
    CircularBufferConfig config(pages * page_bytes, {{index, format}});
    config.set_page_size(index, page_bytes);
    CreateCircularBuffer(program, cores, config);
}

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
}

Program build_program(const TensorMemory& a_buffer, const TensorMemory& b_buffer, const TensorMemory& out_buffer) {
    const CoreRange cores({0, 0}, {COLUMNS - 1, ROWS - 1});
    Program program = CreateProgram();

    add_circular_buffer(program, cores, 0, tt::DataFormat::Float16_b, 8, 2048);  // a_dfb
    add_circular_buffer(program, cores, 1, tt::DataFormat::Float16_b, 8, 2048);  // b_dfb
    add_circular_buffer(program, cores, 2, tt::DataFormat::Float16_b, 8, 2048);  // out_dfb

    ComputeConfig compute_config;
    compute_config.math_fidelity = MathFidelity::HiFi4;
    compute_config.math_approx_mode = false;
    compute_config.fp32_dest_acc_en = false;
    compute_config.dst_full_sync_en = false;
    CreateKernel(program, KERNELS + "/compute.cpp", cores, compute_config);

    DataMovementConfig read_config;  // on NCRISC and NOC 0
    read_config.processor = DataMovementProcessor::RISCV_1;
    read_config.noc = NOC::NOC_0;
    read_config.compile_args = accessor_args({a_buffer, b_buffer});
    const KernelHandle read_kernel = CreateKernel(program, KERNELS + "/read.cpp", cores, read_config);
    SetCommonRuntimeArgs(program, read_kernel, addresses({a_buffer, b_buffer}));

    DataMovementConfig write_config;  // on BRISC and NOC 1
    write_config.processor = DataMovementProcessor::RISCV_0;
    write_config.noc = NOC::NOC_1;
    write_config.compile_args = accessor_args({out_buffer});
    const KernelHandle write_kernel = CreateKernel(program, KERNELS + "/write.cpp", cores, write_config);
    SetCommonRuntimeArgs(program, write_kernel, addresses({out_buffer}));
    return program;
}

}  // namespace

int main() {
    const std::shared_ptr<distributed::MeshDevice> device = distributed::MeshDevice::create_unit_mesh(0);
    distributed::MeshCommandQueue& queue = device->mesh_command_queue();
    const distributed::MeshCoordinate here(0, 0);  // the only device of the mesh

    // 512x1024, bfloat16, tiled, in L1, block-sharded by 64x128; input
    const tiles::Matrix a_matrix{512, 1024, 512, tiles::Format::Float16_b, true};
    const TensorMemory a_buffer = make_sharded_buffer(*device, BufferType::L1, a_matrix, TensorMemoryLayout::BLOCK_SHARDED,
        {64, 128}, ShardOrientation::ROW_MAJOR, std::vector<CoreRange>{CoreRange({0, 0}, {7, 7})});
    std::vector<uint32_t> a_data = tiles::load(a_matrix, VALUES + "/a.bin", true);
    distributed::WriteShard(queue, a_buffer, a_data, here);

    // 512x1024, bfloat16, tiled, in L1, block-sharded by 64x128; input
    const tiles::Matrix b_matrix{512, 1024, 512, tiles::Format::Float16_b, true};
    const TensorMemory b_buffer = make_sharded_buffer(*device, BufferType::L1, b_matrix, TensorMemoryLayout::BLOCK_SHARDED,
        {64, 128}, ShardOrientation::ROW_MAJOR, std::vector<CoreRange>{CoreRange({0, 0}, {7, 7})});
    std::vector<uint32_t> b_data = tiles::load(b_matrix, VALUES + "/b.bin", true);
    distributed::WriteShard(queue, b_buffer, b_data, here);

    // 512x1024, bfloat16, tiled, in L1, block-sharded by 64x128; output
    const tiles::Matrix out_matrix{512, 1024, 512, tiles::Format::Float16_b, true};
    const TensorMemory out_buffer = make_sharded_buffer(*device, BufferType::L1, out_matrix, TensorMemoryLayout::BLOCK_SHARDED,
        {64, 128}, ShardOrientation::ROW_MAJOR, std::vector<CoreRange>{CoreRange({0, 0}, {7, 7})});
    std::vector<uint32_t> out_data = tiles::load(out_matrix, VALUES + "/out.bin", false);
    distributed::WriteShard(queue, out_buffer, out_data, here);

    distributed::MeshWorkload workload;
    workload.add_program(distributed::MeshCoordinateRange(device->shape()), build_program(a_buffer, b_buffer, out_buffer));
    distributed::EnqueueMeshWorkload(queue, workload, /*blocking=*/false);
    distributed::Finish(queue);

    distributed::ReadShard(queue, out_data, out_buffer, here);
    tiles::report("out", out_matrix, out_data, VALUES + "/out.expected.bin");
    device->close();
    return 0;
}
