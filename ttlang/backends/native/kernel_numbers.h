// Arithmetic of data movement kernels on the bits of numbers, and divisions by constants.
#pragma once

#include "kernel_api.h"

constexpr uint16_t NEG_INF_BFLOAT16 = 0xff80, POS_INF_BFLOAT16 = 0x7f80, NAN_BFLOAT16 = 0x7fff;
constexpr uint16_t BFLOAT16_SIGN_MASK = 0x8000, BFLOAT16_EXPONENT_MASK = 0x7f80, BFLOAT16_MANTISSA_MASK = 0x007f, BFLOAT16_MAGNITUDE_MASK = 0x7fff;
constexpr uint32_t NEG_INF_FLOAT32 = 0xff800000, POS_INF_FLOAT32 = 0x7f800000, NAN_FLOAT32 = 0x7fffffff;
constexpr uint32_t FLOAT32_SIGN_MASK = 0x80000000, FLOAT32_EXPONENT_MASK = 0x7f800000, FLOAT32_MANTISSA_MASK = 0x007fffff, FLOAT32_MAGNITUDE_MASK = 0x7fffffff;
constexpr int32_t NEG_INF_INT32 = 0x80000000, POS_INF_INT32 = 0x7fffffff;

inline float bf16_to_fp32(uint16_t bits) { return __builtin_bit_cast(float, static_cast<uint32_t>(bits) << 16); }
inline uint16_t fp32_to_bf16_truncate(float value) { return __builtin_bit_cast(uint32_t, value) >> 16; }
// To the nearest, to even where two are as near.
inline uint16_t fp32_to_bf16(float value) {
    const uint32_t bits = __builtin_bit_cast(uint32_t, value);
    return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}
struct FloatBits {
    uint16_t high16, low16;
    explicit FloatBits(float value) : high16(fp32_to_bf16_truncate(value)), low16(__builtin_bit_cast(uint32_t, value)) {}
};

// Numbers in sign and magnitude, as their bits order them: -0 is below 0.
template <class Bits>
inline bool greater_by_bits(Bits a, Bits b) {
    constexpr Bits sign = Bits(1) << (8 * sizeof(Bits) - 1);
    if ((a ^ b) & sign) return !(a & sign);
    return a & sign ? a < b : a > b;
}
inline bool bfloat16_greater(uint16_t a, uint16_t b) { return greater_by_bits(a, b); }
// Unlike those of 16 bits: no number is greater than one that is none, and zeros are equal.
inline bool float32_greater(uint32_t a, uint32_t b) {
    const uint32_t without_sign = 0x7fffffff;
    if ((a & without_sign) > POS_INF_FLOAT32 || (b & without_sign) > POS_INF_FLOAT32 || ((a | b) & without_sign) == 0) return false;
    return greater_by_bits(a, b);
}
inline bool int32_greater(int32_t a, int32_t b) { return a > b; }

template <uint32_t divisor>
constexpr uint32_t udivsi3_const_divisor(uint32_t number) { return number / divisor; }
template <uint32_t divisor>
constexpr uint32_t umodsi3_const_divisor(uint32_t number) { return number % divisor; }
inline unsigned mulsi3(unsigned a, unsigned b) { return a * b; }
