// See host_api.hpp.

#pragma once

#include <tt-metalium/distributed.hpp>

namespace tensor_accessor {
enum class ArgConfig : uint8_t { None = 0, Sharded = 1, IsDram = 2 };
}  // namespace tensor_accessor

template <typename E>
class Flags {
public:
    constexpr Flags(E flag) : bits_(static_cast<uint8_t>(flag)) {}

private:
    uint8_t bits_;
};

namespace tt::tt_metal {

class TensorAccessorArgs {
public:
    explicit TensorAccessorArgs(
        const distributed::MeshBuffer& buffer, Flags<tensor_accessor::ArgConfig> args_config = tensor_accessor::ArgConfig::None);
    explicit TensorAccessorArgs(
        const std::shared_ptr<distributed::MeshBuffer>& buffer,
        Flags<tensor_accessor::ArgConfig> args_config = tensor_accessor::ArgConfig::None);
    void append_to(std::vector<uint32_t>& compile_time_args) const;
};

}  // namespace tt::tt_metal
