// Runs the kernel `linear_gelu` of matmul_bias_gelu.py once, with TT-Metalium alone.

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
constexpr uint32_t COLUMNS = 4, ROWS = 2;  // of the grid of cores

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

Program build_program(const TensorMemory& x_buffer, const TensorMemory& w_buffer, const TensorMemory& bias_buffer, const TensorMemory& out_buffer) {
    const CoreRange cores({0, 0}, {COLUMNS - 1, ROWS - 1});
    Program program = CreateProgram();

    add_circular_buffer(program, cores, 0, tt::DataFormat::Float16_b, 32, 2048);  // x_dfb
    add_circular_buffer(program, cores, 1, tt::DataFormat::Float16_b, 32, 2048);  // w_dfb
    add_circular_buffer(program, cores, 2, tt::DataFormat::Float32, 4, 4096);  // bias_dfb
    add_circular_buffer(program, cores, 3, tt::DataFormat::Float32, 16, 4096);  // sum_dfb
    add_circular_buffer(program, cores, 4, tt::DataFormat::Float16_b, 32, 2048);  // out_dfb
    add_circular_buffer(program, cores, 5, tt::DataFormat::Float32, 1, 4096);  // zeros_cb

    ComputeConfig compute_config;
    compute_config.math_fidelity = MathFidelity::HiFi4;
    compute_config.math_approx_mode = false;
    compute_config.fp32_dest_acc_en = true;
    compute_config.dst_full_sync_en = false;
    compute_config.unpack_to_dest_mode.assign(NUM_CIRCULAR_BUFFERS, UnpackToDestMode::Default);
    compute_config.unpack_to_dest_mode[3] = UnpackToDestMode::UnpackToDestFp32;  // sum_dfb
    CreateKernel(program, KERNELS + "/compute.cpp", cores, compute_config);

    DataMovementConfig read_config;  // on NCRISC and NOC 0
    read_config.processor = DataMovementProcessor::RISCV_1;
    read_config.noc = NOC::NOC_0;
    read_config.compile_args = accessor_args({x_buffer, w_buffer, bias_buffer});
    const KernelHandle read_kernel = CreateKernel(program, KERNELS + "/read.cpp", cores, read_config);
    SetCommonRuntimeArgs(program, read_kernel, addresses({x_buffer, w_buffer, bias_buffer}));

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

    // 256x512, bfloat16, tiled, interleaved in DRAM; input
    const tiles::Matrix x_matrix{256, 512, 256, tiles::Format::Float16_b, true};
    const TensorMemory x_buffer = make_buffer(*device, BufferType::DRAM, x_matrix);
    std::vector<uint32_t> x_data = tiles::load(x_matrix, VALUES + "/x.bin", true);
    distributed::WriteShard(queue, x_buffer, x_data, here);

    // 512x512, bfloat16, tiled, interleaved in DRAM; input
    const tiles::Matrix w_matrix{512, 512, 512, tiles::Format::Float16_b, true};
    const TensorMemory w_buffer = make_buffer(*device, BufferType::DRAM, w_matrix);
    std::vector<uint32_t> w_data = tiles::load(w_matrix, VALUES + "/w.bin", true);
    distributed::WriteShard(queue, w_buffer, w_data, here);

    // 1x512, float32, tiled, interleaved in DRAM; input
    const tiles::Matrix bias_matrix{1, 512, 1, tiles::Format::Float32, true};
    const TensorMemory bias_buffer = make_buffer(*device, BufferType::DRAM, bias_matrix);
    std::vector<uint32_t> bias_data = tiles::load(bias_matrix, VALUES + "/bias.bin", true);
    distributed::WriteShard(queue, bias_buffer, bias_data, here);

    // 256x512, bfloat16, tiled, interleaved in DRAM; output
    const tiles::Matrix out_matrix{256, 512, 256, tiles::Format::Float16_b, true};
    const TensorMemory out_buffer = make_buffer(*device, BufferType::DRAM, out_matrix);
    std::vector<uint32_t> out_data = tiles::load(out_matrix, VALUES + "/out.bin", false);
    distributed::WriteShard(queue, out_buffer, out_data, here);

    distributed::MeshWorkload workload;
    workload.add_program(distributed::MeshCoordinateRange(device->shape()), build_program(x_buffer, w_buffer, bias_buffer, out_buffer));
    distributed::EnqueueMeshWorkload(queue, workload, /*blocking=*/false);
    distributed::Finish(queue);

    distributed::ReadShard(queue, out_data, out_buffer, here);
    tiles::report("out", out_matrix, out_data, VALUES + "/out.expected.bin");
    device->close();
    return 0;
}
