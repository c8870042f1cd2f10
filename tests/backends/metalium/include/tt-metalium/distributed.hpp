// See host_api.hpp.

#pragma once

#include <tt-metalium/host_api.hpp>

namespace ttsl {
template <typename T, typename Tag>
class StrongType {
    T value_;
};
}  // namespace ttsl

namespace tt::tt_metal {

struct SubDeviceIdTag;
using SubDeviceId = ttsl::StrongType<uint8_t, SubDeviceIdTag>;

class DispatchCoreConfig {
    uint8_t type_ = 0, axis_ = 0;
};

struct ShardSpecBuffer {
    ShardSpecBuffer(
        const CoreRangeSet& core_sets_,
        const std::array<uint32_t, 2>& shard_shape_,
        const ShardOrientation& shard_orientation_,
        const std::array<uint32_t, 2>& page_shape,
        const std::array<uint32_t, 2>& tensor2d_shape_in_pages);
};

class BufferShardingArgs {
public:
    BufferShardingArgs() = default;
    BufferShardingArgs(ShardSpecBuffer shard_spec, TensorMemoryLayout buffer_layout);
};

namespace distributed {

class MeshShape {
    std::vector<uint32_t> sizes_;
};

class MeshCoordinate {
public:
    MeshCoordinate(uint32_t x, uint32_t y);
};

class MeshCoordinateRange {
public:
    explicit MeshCoordinateRange(const MeshShape& shape);
};

class MeshCommandQueue;

class MeshDevice {
public:
    static std::shared_ptr<MeshDevice> create_unit_mesh(
        int device_id,
        size_t l1_small_size = 0,
        size_t trace_region_size = 0,
        size_t num_command_queues = 1,
        const DispatchCoreConfig& dispatch_core_config = DispatchCoreConfig{},
        std::span<const uint32_t> l1_bank_remap = {},
        size_t worker_l1_size = 0);
    // Virtual in the releases: a call of `close` goes through the table, and only its name is compared.
    bool close();
    const MeshShape& shape() const;
    MeshCommandQueue& mesh_command_queue(std::optional<uint8_t> cq_id = std::nullopt) const;
};

struct DeviceLocalBufferConfig {
    DeviceAddr page_size = 0;
    BufferType buffer_type = BufferType::DRAM;
    BufferShardingArgs sharding_args;
};

struct ReplicatedBufferConfig {
    DeviceAddr size = 0;
};

struct ShardedBufferConfig {
    DeviceAddr global_size = 0;
};

using MeshBufferConfig = std::variant<ReplicatedBufferConfig, ShardedBufferConfig>;

class MeshBuffer {
public:
    static std::shared_ptr<MeshBuffer> create(
        const MeshBufferConfig& mesh_buffer_config,
        const DeviceLocalBufferConfig& device_local_config,
        MeshDevice* mesh_device,
        std::optional<DeviceAddr> address = std::nullopt);
    DeviceAddr address() const { return address_; }
    Buffer* get_reference_buffer() const;

private:
    DeviceAddr address_ = 0;
};

class MeshWorkload {
public:
    MeshWorkload();
    ~MeshWorkload();
    void add_program(const MeshCoordinateRange& device_range, Program&& program);
};

void EnqueueMeshWorkload(MeshCommandQueue& mesh_cq, MeshWorkload& mesh_workload, bool blocking);
void Finish(MeshCommandQueue& mesh_cq, std::span<const SubDeviceId> sub_device_ids = {});

template <typename DType>
void WriteShard(
    MeshCommandQueue& mesh_cq,
    const std::shared_ptr<MeshBuffer>& mesh_buffer,
    std::vector<DType>& src,
    const MeshCoordinate& coord,
    bool blocking = false);
template <typename DType>
void ReadShard(
    MeshCommandQueue& mesh_cq,
    std::vector<DType>& dst,
    const std::shared_ptr<MeshBuffer>& mesh_buffer,
    const MeshCoordinate& coord,
    bool blocking = true);

}  // namespace distributed
}  // namespace tt::tt_metal
