// Runs the kernel `softplus_rows` of uneven_work.py once, with TT-Metalium alone.

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
constexpr uint32_t COLUMNS = 2, ROWS = 2;  // of the grid of cores

// Runtime arguments of compute: last, first. A row for each core, by rows of the grid.
constexpr int32_t COMPUTE_ARGS[ROWS * COLUMNS][2] = {
    {4, 0}, {8, 4},
    {12, 8}, {13, 12},
};

// Runtime arguments of read: last, first. A row for each core, by rows of the grid.
constexpr int32_t READ_ARGS[ROWS * COLUMNS][2] = {
    {4, 0}, {8, 4},
    {12, 8}, {13, 12},
};

// Runtime arguments of write: last, first. A row for each core, by rows of the grid.
constexpr int32_t WRITE_ARGS[ROWS * COLUMNS][2] = {
    {4, 0}, {8, 4},
    {12, 8}, {13, 12},
};

// A tensor's memory. A mesh of one device holds one copy of it.
using TensorMemory = std::shared_ptr<distributed::MeshBuffer>;

// Pages dealt out over the banks of DRAM or L1.
TensorMemory make_buffer(distributed::MeshDevice& device, BufferType memory, const tiles::Matrix& matrix) {
    distributed::DeviceLocalBufferConfig local;
    local.page_size = tiles::page_bytes(matrix);
    local.buffer_type = memory;
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

// Gives each core its row of the table.
template <size_t count>
void set_core_args(Program& program, KernelHandle kernel, const int32_t (&table)[ROWS * COLUMNS][count]) {
    for (uint32_t i = 0; i < ROWS * COLUMNS; ++i) {
        const std::vector<uint32_t> args(table[i], table[i] + count);
        SetRuntimeArgs(program, kernel, CoreCoord{i % COLUMNS, i / COLUMNS}, args);
    }
}

Program build_program(const TensorMemory& x_buffer, const TensorMemory& out_buffer) {
    const CoreRange cores({0, 0}, {COLUMNS - 1, ROWS - 1});
    Program program = CreateProgram();

    add_circular_buffer(program, cores, 0, tt::DataFormat::Float16_b, 6, 2048);  // x_cb
    add_circular_buffer(program, cores, 1, tt::DataFormat::Float16_b, 6, 2048);  // out_cb

    ComputeConfig compute_config;
    compute_config.math_fidelity = MathFidelity::HiFi4;
    compute_config.math_approx_mode = false;
    compute_config.fp32_dest_acc_en = false;
    compute_config.dst_full_sync_en = false;
    const KernelHandle compute_kernel = CreateKernel(program, KERNELS + "/compute.cpp", cores, compute_config);
    set_core_args(program, compute_kernel, COMPUTE_ARGS);

    DataMovementConfig read_config;  // on NCRISC and NOC 0
    read_config.processor = DataMovementProcessor::RISCV_1;
    read_config.noc = NOC::NOC_0;
    read_config.compile_args = accessor_args({x_buffer});
    const KernelHandle read_kernel = CreateKernel(program, KERNELS + "/read.cpp", cores, read_config);
    SetCommonRuntimeArgs(program, read_kernel, addresses({x_buffer}));
    set_core_args(program, read_kernel, READ_ARGS);

    DataMovementConfig write_config;  // on BRISC and NOC 1
    write_config.processor = DataMovementProcessor::RISCV_0;
    write_config.noc = NOC::NOC_1;
    write_config.compile_args = accessor_args({out_buffer});
    const KernelHandle write_kernel = CreateKernel(program, KERNELS + "/write.cpp", cores, write_config);
    SetCommonRuntimeArgs(program, write_kernel, addresses({out_buffer}));
    set_core_args(program, write_kernel, WRITE_ARGS);
    return program;
}

}  // namespace

int main() {
    const std::shared_ptr<distributed::MeshDevice> device = distributed::MeshDevice::create_unit_mesh(0);
    distributed::MeshCommandQueue& queue = device->mesh_command_queue();
    const distributed::MeshCoordinate here(0, 0);  // the only device of the mesh

    // 416x96, bfloat16, tiled, interleaved in DRAM; input
    const tiles::Matrix x_matrix{416, 96, 416, tiles::Format::Float16_b, true};
    const TensorMemory x_buffer = make_buffer(*device, BufferType::DRAM, x_matrix);
    std::vector<uint32_t> x_data = tiles::load(x_matrix, VALUES + "/x.bin", true);
    distributed::WriteShard(queue, x_buffer, x_data, here);

    // 416x96, bfloat16, tiled, interleaved in DRAM; output
    const tiles::Matrix out_matrix{416, 96, 416, tiles::Format::Float16_b, true};
    const TensorMemory out_buffer = make_buffer(*device, BufferType::DRAM, out_matrix);
    std::vector<uint32_t> out_data = tiles::load(out_matrix, VALUES + "/out.bin", false);
    distributed::WriteShard(queue, out_buffer, out_data, here);

    distributed::MeshWorkload workload;
    workload.add_program(distributed::MeshCoordinateRange(device->shape()), build_program(x_buffer, out_buffer));
    distributed::EnqueueMeshWorkload(queue, workload, /*blocking=*/false);
    distributed::Finish(queue);

    distributed::ReadShard(queue, out_data, out_buffer, here);
    tiles::report("out", out_matrix, out_data, VALUES + "/out.expected.bin");
    device->close();
    return 0;
}
