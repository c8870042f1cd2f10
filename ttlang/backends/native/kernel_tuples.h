// Accessors of several tensors at once.
#pragma once

#include <array>
#include <tuple>

#include "kernel_api.h"

namespace ckernel {

// An accessor whose type is forgotten.
struct AbstractTensorAccessorWrapper {
    Pages tensor{};
    AbstractTensorAccessorWrapper() = default;
    AbstractTensorAccessorWrapper(const Pages& tensor) : tensor(tensor) {}
    uint64_t get_noc_addr(uint32_t page, uint32_t offset = 0, uint8_t = 0) const { return tensor.get_noc_addr(page, offset); }
};

// Several at once: their descriptions follow each other, and so do the arguments with their addresses.
template <uint32_t count, uint32_t first>
constexpr auto make_tensor_accessor_args_tuple() {
    if constexpr (count == 0) {
        return std::tuple<>();
    } else {
        using Args = TensorAccessorArgs<first>;
        return std::tuple_cat(std::make_tuple(Args()), make_tensor_accessor_args_tuple<count - 1, Args::next_compile_time_args_offset()>());
    }
}
template <class... Args>
auto make_tensor_accessor_tuple(const std::tuple<Args...>& args, uint32_t first) {
    return std::apply([&](auto... each) { return std::make_tuple(TensorAccessor(each, get_arg_val<uint32_t>(first++))...); }, args);
}
template <class... Tokens>
auto make_tensor_accessors(const std::tuple<Tokens...>& tokens) {
    return std::apply([](auto... each) { return std::make_tuple(TensorAccessor(each)...); }, tokens);
}
template <class... Accessors>
auto make_abstract_tensor_accessor_wrappers(const std::tuple<Accessors...>& accessors) {
    return std::apply([](const auto&... each) { return std::array<AbstractTensorAccessorWrapper, sizeof...(each)>{AbstractTensorAccessorWrapper(each)...}; }, accessors);
}

}  // namespace ckernel
