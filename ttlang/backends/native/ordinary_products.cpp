// Products of matrices of ordinary numbers, to the bit as `ttlang/machine/numerics/units/exact_products.py` defines
// them: what `matrix_products.py` and `product_dst.py` there do, which explain each constant, with a few columns of the
// result in registers. Vectors of eight numbers become what the processor has.
#include <cstdint>
#include <cstring>

namespace {

constexpr int lanes = 8, step = 16, group = 8, most_groups = 4;

using floats = float __attribute__((vector_size(4 * lanes)));
using words = uint32_t __attribute__((vector_size(4 * lanes)));
// Doubles take two vectors.
using few_floats = float __attribute__((vector_size(2 * lanes)));
using doubles = double __attribute__((vector_size(4 * lanes)));
using longs = uint64_t __attribute__((vector_size(4 * lanes)));

// Into the functions that are compiled for each processor.
#define TTLANG_INLINE __attribute__((always_inline)) inline

template <class To, class From>
TTLANG_INLINE To bits(From from) {
    static_assert(sizeof(To) == sizeof(From));
    To to;
    std::memcpy(&to, &from, sizeof to);
    return to;
}

template <class To>
TTLANG_INLINE To load(const void* from) {
    To to;
    std::memcpy(&to, from, sizeof to);
    return to;
}

template <class T>
TTLANG_INLINE void store(void* to, T from) {
    std::memcpy(to, &from, sizeof from);
}

template <class T>
TTLANG_INLINE T largest(T a, T b) {
    return a > b ? a : b;
}

constexpr uint32_t exponent_mask = 0x7F800000, magnitude_mask = 0x7FFFFFFF;
constexpr float anchor_of = 1.5f * (1 << 13), guard = 1 + 0x1p-13f;

// Where numbers are neither zero nor in 2**low .. 2**high.
TTLANG_INLINE words beyond(words patterns, int low, int high) {
    const words magnitude = patterns & magnitude_mask;
    const uint32_t lowest = uint32_t(127 + low) << 23, range = uint32_t(high - low) << 23;
    return (words)(magnitude != 0) & (words)(magnitude - lowest >= range);
}

// Numbers as the multiplier takes them: significand bits at first, those after, scaled up to their place, powers of two.
struct Side {
    uint32_t high, whole;
    float up, factor;
    float *first, *second, *powers;

    // Returns where they are not ordinary.
    TTLANG_INLINE words put(int64_t at, words patterns) const {
        patterns &= (words)((patterns & exponent_mask) != 0);
        const floats x = bits<floats>(patterns & high);
        store(first + at, x * factor);
        store(second + at, (bits<floats>(patterns & whole) - x) * (up * factor));
        store(powers + at, patterns & exponent_mask);
        return beyond(patterns, -45, 45);
    }
};

// `NarrowDst` and `WideDst`.

struct Narrow {
    floats dst;

    TTLANG_INLINE void get(const uint32_t* from) { dst = load<floats>(from); }
    TTLANG_INLINE void put(uint32_t* to) const { store(to, dst); }

    TTLANG_INLINE void add(const floats* sums, const floats* powers, float up, bool) {
        floats place = bits<floats>(bits<words>(dst) & exponent_mask) * up;
        place = largest(largest(place, powers[0]), powers[1]);
        const floats anchor = place * anchor_of, twice = place * 0x1p-24f;
        floats total = dst * ((1 + 0x1p-12f) * up) + anchor;
        for (int g = 0; g < 2; g++) total += sums[g] - powers[g] * anchor_of + powers[g] * 0x1p-12f + twice;
        total = (total - anchor) * (1 / up);
        dst = bits<floats>((bits<words>(total) + 0x8000u) & 0xFFFF0000u);
    }
};

struct Wide {
    doubles dst[2];

    static TTLANG_INLINE doubles half(const void* from, int h) {
        return __builtin_convertvector(load<few_floats>((const char*)from + h * sizeof(few_floats)), doubles);
    }

    TTLANG_INLINE void get(const uint32_t* from) {
        for (int h = 0; h < 2; h++) dst[h] = half(from, h);
    }
    TTLANG_INLINE void put(uint32_t* to) const {
        for (int h = 0; h < 2; h++) store(to + h * lanes / 2, __builtin_convertvector(dst[h], few_floats));
    }

    TTLANG_INLINE void add(const floats* sums, const floats* powers, double up, bool slips) {
        for (int h = 0; h < 2; h++) {
            const doubles wide[2] = {half(&powers[0], h), half(&powers[1], h)};
            doubles place = bits<doubles>(bits<longs>(dst[h]) & (uint64_t(0x7FF) << 52)) * up;
            place = largest(largest(place, wide[0]), wide[1]);
            const doubles anchor = place * (1.5 * 0x1p29);
            doubles total = dst[h] * ((1 + 0x1p-40) * up) + anchor;
            for (int g = 0; g < 2; g++) total += half(&sums[g], h) - wide[g] * (double(anchor_of) - 0x1p-26);
            total -= anchor;
            if (slips) total = total == place * -0x1p-23 ? total * 0x1p27 : total;
            total *= 1 / up;
            dst[h] = bits<doubles>((bits<longs>(total) + (1 << 28)) & 0xFFFFFFFFE0000000u);
        }
    }
};

struct Shape {
    int64_t matrices, rows, depth, columns;
    int64_t block;   // of `depth`, after which DST is written
    int64_t phases;  // of the fidelity
    int64_t slips;   // `MatrixUnitRules.minus_one_slips`
};

// The sums of a group of eight products for each phase, on an anchor, and the largest power of two among them.
template <int phases>
TTLANG_INLINE void add_group(const Side& left, int64_t row, const Side& right, int64_t column, int64_t stride,
                             floats* power, floats* sums) {
    floats top = {};
    for (int k = 0; k < group; k++)
        top = largest(top, left.powers[row + k] * load<floats>(right.powers + column + k * stride));
    for (int p = 0; p < phases; p++) sums[p] = top * anchor_of;
    for (int k = 0; k < group; k++) {
        const floats x = load<floats>(right.first + column + k * stride);
        sums[0] += left.first[row + k] * x;
        if (phases < 2) continue;
        const floats y = load<floats>(right.second + column + k * stride);
        sums[1] += left.first[row + k] * y;
        if (phases < 4) continue;
        sums[2] += left.second[row + k] * x;
        sums[3] += left.second[row + k] * y;
    }
    *power = top;
}

// One matrix, in `vectors` of columns; `out` holds DST. Returns where numbers are not ordinary.
template <class Dst, int vectors>
TTLANG_INLINE words multiply(const uint32_t* left, const uint32_t* right, uint32_t* out, const Shape& s, float* scratch) {
    constexpr int width = vectors * lanes;
    const int64_t count = s.rows * s.depth, stride = (s.columns + width - 1) / width * width, size = s.depth * stride;
    const Side a = {0xFFFE0000, 0xFFFFE000, 0x1p7f, 1, scratch, scratch + count, scratch + 2 * count};
    scratch += 3 * count;
    const Side b = {0xFFF80000, 0xFFFFC000, 0x1p5f, guard, scratch, scratch + size, scratch + 2 * size};
    words strange = {};
    for (int64_t i = 0; i < count; i += lanes) strange |= a.put(i, load<words>(left + i));
    for (int64_t k = 0; k < s.depth; k++)
        for (int64_t j = 0; j < stride; j += lanes) {
            words part = {};
            if (j < s.columns) std::memcpy(&part, right + k * s.columns + j, 4 * (s.columns - j < lanes ? s.columns - j : lanes));
            strange |= b.put(k * stride + j, part);
        }
    const int groups = int(s.block / group);
    for (int64_t j = 0; j < s.columns; j += width)
        for (int64_t i = 0; i < s.rows; i++) {
            uint32_t* const place = out + i * s.columns + j;
            const int64_t bytes = 4 * (s.columns - j < width ? s.columns - j : width);
            uint32_t own[width] = {};
            std::memcpy(own, place, bytes);
            Dst dst[vectors];
            for (int v = 0; v < vectors; v++) {
                strange |= beyond(load<words>(own + v * lanes), -90, 100);
                dst[v].get(own + v * lanes);
            }
            for (int64_t start = 0; start < s.depth; start += s.block) {
                floats powers[vectors][most_groups], sums[vectors][most_groups][4], of_phase[2];
                for (int g = 0; g < groups; g++)
                    for (int v = 0; v < vectors; v++) {
                        const int64_t k = start + g * group, row = i * s.depth + k, column = k * stride + j + v * lanes;
                        if (s.phases == 1) add_group<1>(a, row, b, column, stride, &powers[v][g], sums[v][g]);
                        else if (s.phases == 2) add_group<2>(a, row, b, column, stride, &powers[v][g], sums[v][g]);
                        else add_group<4>(a, row, b, column, stride, &powers[v][g], sums[v][g]);
                    }
                for (int p = 0; p < s.phases; p++)
                    for (int g = 0; g < groups; g += step / group)
                        for (int v = 0; v < vectors; v++) {
                            for (int h = 0; h < 2; h++) of_phase[h] = sums[v][g + h][p];
                            dst[v].add(of_phase, &powers[v][g], float(1 << ((p & 1 ? 5 : 0) + (p & 2 ? 7 : 0))), s.slips);
                        }
            }
            for (int v = 0; v < vectors; v++) dst[v].put(own + v * lanes);
            std::memcpy(place, own, bytes);
        }
    return strange;
}

template <class Dst>
TTLANG_INLINE int multiply_all(const uint32_t* left, const uint32_t* right, uint32_t* out, const Shape& s, float* scratch) {
    words strange = {};
    for (int64_t n = 0; n < s.matrices; n++) {
        const uint32_t* const a = left + n * s.rows * s.depth;
        const uint32_t* const b = right + n * s.depth * s.columns;
        uint32_t* const to = out + n * s.rows * s.columns;
        strange |= s.columns <= lanes ? multiply<Dst, 1>(a, b, to, s, scratch) : multiply<Dst, 4>(a, b, to, s, scratch);
    }
    uint32_t any = 0;
    for (int i = 0; i < lanes; i++) any |= strange[i];
    return any == 0;
}

}  // namespace

#if !defined(__x86_64__) || !defined(__GLIBC__)
#define TTLANG_FOR_PROCESSORS
#elif defined(__clang__) || __GNUC__ < 12
#define TTLANG_FOR_PROCESSORS __attribute__((target_clones("avx2", "default")))
#else
#define TTLANG_FOR_PROCESSORS __attribute__((target_clones("arch=x86-64-v3", "default")))
#endif

// dst + left @ right for (n, R, K), (n, K, C) and (n, R, C) patterns; `out` holds DST at first. `scratch` has room for
// three times the numbers of a matrix of either side, with the columns of the right one filled up to 32. Returns
// whether all numbers are ordinary: else some of the result are wrong.
extern "C" {
TTLANG_FOR_PROCESSORS int ttlang_multiply_narrow(const uint32_t* left, const uint32_t* right, uint32_t* out,
                                                 const Shape* shape, float* scratch) {
    return multiply_all<Narrow>(left, right, out, *shape, scratch);
}

TTLANG_FOR_PROCESSORS int ttlang_multiply_wide(const uint32_t* left, const uint32_t* right, uint32_t* out,
                                               const Shape* shape, float* scratch) {
    return multiply_all<Wide>(left, right, out, *shape, scratch);
}
}
