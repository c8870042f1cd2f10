// Runs the kernel `matmul` of matmul_multicast.py once, with TT-Metalium alone.

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

Program build_program(const TensorMemory& a_buffer, const TensorMemory& b_buffer, const TensorMemory& out_buffer) {
    const CoreRange cores({0, 0}, {COLUMNS - 1, ROWS - 1});
    Program program = CreateProgram();

    add_circular_buffer(program, cores, 0, tt::DataFormat::Float16_b, 32, 2048);  // a_dfb
    add_circular_buffer(program, cores, 1, tt::DataFormat::Float16_b, 32, 2048);  // b_dfb
    add_circular_buffer(program, cores, 2, tt::DataFormat::Float32, 16, 4096);  // sum_dfb

    // They are numbered in the order in which they are made: kernels know the numbers.
    CreateSemaphore(program, cores, 0);  // 0: a_net_room
    CreateSemaphore(program, cores, 0);  // 1: a_net_data
    CreateSemaphore(program, cores, 0);  // 2: b_net_room
    CreateSemaphore(program, cores, 0);  // 3: b_net_data
    CreateSemaphore(program, cores, 0);  // 4: read_b_flag
    CreateSemaphore(program, cores, 0);  // 5: read_a_and_write_flag

    ComputeConfig compute_config;
    compute_config.math_fidelity = MathFidelity::HiFi4;
    compute_config.math_approx_mode = false;
    compute_config.fp32_dest_acc_en = true;
    compute_config.dst_full_sync_en = false;
    compute_config.unpack_to_dest_mode.assign(NUM_CIRCULAR_BUFFERS, UnpackToDestMode::Default);
    compute_config.unpack_to_dest_mode[2] = UnpackToDestMode::UnpackToDestFp32;  // sum_dfb
    CreateKernel(program, KERNELS + "/compute.cpp", cores, compute_config);

    DataMovementConfig read_b_config;  // on NCRISC and NOC 0
    read_b_config.processor = DataMovementProcessor::RISCV_1;
    read_b_config.noc = NOC::NOC_0;
    read_b_config.compile_args = accessor_args({b_buffer});
    const KernelHandle read_b_kernel = CreateKernel(program, KERNELS + "/read_b.cpp", cores, read_b_config);
    SetCommonRuntimeArgs(program, read_b_kernel, addresses({b_buffer}));

    DataMovementConfig read_a_and_write_config;  // on BRISC and NOC 1
    read_a_and_write_config.processor = DataMovementProcessor::RISCV_0;
    read_a_and_write_config.noc = NOC::NOC_1;
    read_a_and_write_config.compile_args = accessor_args({a_buffer, out_buffer});
    const KernelHandle read_a_and_write_kernel = CreateKernel(program, KERNELS + "/read_a_and_write.cpp", cores, read_a_and_write_config);
    SetCommonRuntimeArgs(program, read_a_and_write_kernel, addresses({a_buffer, out_buffer}));
    return program;
}

}  // namespace

int main() {
    const std::shared_ptr<distributed::MeshDevice> device = distributed::MeshDevice::create_unit_mesh(0);
    distributed::MeshCommandQueue& queue = device->mesh_command_queue();
    const distributed::MeshCoordinate here(0, 0);  // the only device of the mesh

    // 1024x1024, bfloat16, tiled, interleaved in DRAM; input
    const tiles::Matrix a_matrix{1024, 1024, 1024, tiles::Format::Float16_b, true};
    const TensorMemory a_buffer = make_buffer(*device, BufferType::DRAM, a_matrix);
    std::vector<uint32_t> a_data = tiles::load(a_matrix, VALUES + "/a.bin", true);
    distributed::WriteShard(queue, a_buffer, a_data, here);

    // 1024x1024, bfloat16, tiled, interleaved in DRAM; input
    const tiles::Matrix b_matrix{1024, 1024, 1024, tiles::Format::Float16_b, true};
    const TensorMemory b_buffer = make_buffer(*device, BufferType::DRAM, b_matrix);
    std::vector<uint32_t> b_data = tiles::load(b_matrix, VALUES + "/b.bin", true);
    distributed::WriteShard(queue, b_buffer, b_data, here);

    // 1024x1024, float32, tiled, interleaved in DRAM; output
    const tiles::Matrix out_matrix{1024, 1024, 1024, tiles::Format::Float32, true};
    const TensorMemory out_buffer = make_buffer(*device, BufferType::DRAM, out_matrix);
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
