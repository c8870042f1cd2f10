// Products of matrices of ordinary numbers, to the bit as `ttlang/machine/numerics/units/exact_products.py` defines
// them: what `matrix_products.py` and `product_dst.py` there do, which explain each constant, with some columns of the
// result in registers.
#include <cstdint>
#include <cstring>

namespace {

constexpr int step = 16, group = 8, most_groups = 4;
// How much of K is worked on at once, so that the operands stay in the first cache.
constexpr int64_t most_depth = 64;
// Numbers in a vector, and vectors of the result that are worked on at once.
#ifdef __AVX512F__
constexpr int lanes = 16;
#elif defined(__AVX__)
constexpr int lanes = 8;
#else
constexpr int lanes = 4;
#endif
constexpr int vectors = 2, width = vectors * lanes;

using floats = float __attribute__((vector_size(4 * lanes)));
using words = uint32_t __attribute__((vector_size(4 * lanes)));
// Doubles take two vectors.
using few_floats = float __attribute__((vector_size(2 * lanes)));
using doubles = double __attribute__((vector_size(4 * lanes)));
using longs = uint64_t __attribute__((vector_size(4 * lanes)));

// Loops over what is to lie in registers.
#define TTLANG_UNROLLED _Pragma("GCC unroll 8")

template <class To, class From>
To bits(From from) {
    static_assert(sizeof(To) == sizeof(From));
    To to;
    std::memcpy(&to, &from, sizeof to);
    return to;
}

template <class To>
To load(const void* from) {
    To to;
    std::memcpy(&to, from, sizeof to);
    return to;
}

template <class T>
void store(void* to, T from) {
    std::memcpy(to, &from, sizeof from);
}

// A number that is used again: there the compiler would load it again, and loads are what there is least of.
template <class T>
T in_register(T number) {
#ifdef __AVX512F__
    asm("" : "+v"(number));
#endif
    return number;
}

template <class T>
T largest(T a, T b) {
    return a > b ? a : b;
}

constexpr uint32_t exponent_mask = 0x7F800000, magnitude_mask = 0x7FFFFFFF;
constexpr uint64_t long_exponent_mask = 0x7FFull << 52;
constexpr float anchor_of = 1.5f * (1 << 13), guard = 1 + 0x1p-13f;

// Where numbers are neither zero nor in 2**low .. 2**high.
words beyond(words patterns, int low, int high) {
    const words magnitude = patterns & magnitude_mask;
    const uint32_t lowest = uint32_t(127 + low) << 23, range = uint32_t(high - low) << 23;
    return (words)(magnitude != 0) & (words)(magnitude - lowest >= range);
}

// The significand bits that the multiplier takes at first, all that it takes, and what scales up those after the first.
struct Bits {
    uint32_t first, all;
    float up, factor;

    // Writes both parts and the power of two, `apart` numbers from each other. Returns where they are not ordinary.
    words split(words patterns, float* to, int64_t apart) const {
        patterns &= (words)((patterns & exponent_mask) != 0);
        const floats x = bits<floats>(patterns & first);
        store(to, x * factor);
        store(to + apart, (bits<floats>(patterns & all) - x) * (up * factor));
        store(to + 2 * apart, patterns & exponent_mask);
        return beyond(patterns, -45, 45);
    }
};

constexpr Bits of_left = {0xFFFE0000, 0xFFFFE000, 0x1p7f, 1}, of_right = {0xFFF80000, 0xFFFFC000, 0x1p5f, guard};

// Of groups of eight products: the largest power of two, and the sums on its anchor for each phase.
struct Sums {
    floats powers[most_groups][vectors], of_phase[most_groups][4][vectors];
};

// What takes DST from the units of the phase before to those of this one, and back.
constexpr float to_phase[] = {1, 0x1p5f, 0x1p2f, 0x1p5f}, from_phase[] = {1, 0x1p-5f, 0x1p-7f, 0x1p-12f};

struct Block {
    int groups, phases;
    bool slips;
};

// `NarrowDst` and `WideDst`, of `width` numbers.

struct Narrow {
    floats dst[vectors];

    void get(const uint32_t* from) {
        for (int v = 0; v < vectors; v++) dst[v] = load<floats>(from + v * lanes);
    }
    void put(uint32_t* to) const {
        for (int v = 0; v < vectors; v++) store(to + v * lanes, dst[v]);
    }

    void add(const Sums& sums, Block block) {
        for (int p = 0; p < block.phases; p++) {
            TTLANG_UNROLLED for (floats& d : dst) d *= to_phase[p];
            for (int g = 0; g < block.groups; g += step / group)
                TTLANG_UNROLLED for (int v = 0; v < vectors; v++) {
                    floats place = bits<floats>(bits<words>(dst[v]) & exponent_mask);
                    place = largest(largest(place, sums.powers[g][v]), sums.powers[g + 1][v]);
                    const floats anchor = place * anchor_of, twice = place * 0x1p-24f;
                    floats total = dst[v] * (1 + 0x1p-12f) + anchor;
                    TTLANG_UNROLLED for (int h = g; h < g + 2; h++) {
                        const floats power = sums.powers[h][v];
                        total += sums.of_phase[h][p][v] - power * anchor_of + power * 0x1p-12f + twice;
                    }
                    dst[v] = bits<floats>((bits<words>(total - anchor) + 0x8000u) & 0xFFFF0000u);
                }
        }
        for (floats& d : dst) d *= from_phase[block.phases - 1];
    }
};

struct Wide {
    doubles dst[2 * vectors];

    static doubles half(const void* from, int h) {
        return __builtin_convertvector(load<few_floats>((const char*)from + h * sizeof(few_floats)), doubles);
    }

    void get(const uint32_t* from) {
        for (int h = 0; h < 2 * vectors; h++) dst[h] = half(from, h);
    }
    void put(uint32_t* to) const {
        for (int h = 0; h < 2 * vectors; h++) store(to + h * lanes / 2, __builtin_convertvector(dst[h], few_floats));
    }

    void add(const Sums& sums, Block block) {
        doubles powers[most_groups][2 * vectors];
        for (int g = 0; g < block.groups; g++)
            for (int h = 0; h < 2 * vectors; h++) powers[g][h] = half(sums.powers[g], h);
        for (int p = 0; p < block.phases; p++) {
            for (doubles& d : dst) d *= double(to_phase[p]);
            for (int g = 0; g < block.groups; g += step / group)
                TTLANG_UNROLLED for (int h = 0; h < 2 * vectors; h++) {
                    doubles place = bits<doubles>(bits<longs>(dst[h]) & long_exponent_mask);
                    place = largest(largest(place, powers[g][h]), powers[g + 1][h]);
                    const doubles anchor = place * (1.5 * 0x1p29);
                    doubles total = dst[h] * (1 + 0x1p-40) + anchor;
                    TTLANG_UNROLLED for (int k = g; k < g + 2; k++)
                        total += half(sums.of_phase[k][p], h) - powers[k][h] * (double(anchor_of) - 0x1p-26);
                    longs rounded = bits<longs>(total - anchor) + (1 << 28);
                    // A total of minus one unit is one below the anchor.
                    if (block.slips) rounded += (longs)(bits<longs>(total) + 1 == bits<longs>(anchor)) & (27ull << 52);
                    dst[h] = bits<doubles>(rounded & 0xFFFFFFFFE0000000u);
                }
        }
        for (doubles& d : dst) d *= double(from_phase[block.phases - 1]);
    }
};

// Vectors of one side of a product: rows of the left one or columns of the right one.
struct Side {
    const uint32_t* from;
    int64_t count;
    int64_t next, along;  // from a vector to the next, and along K
    Bits of;
};

// Some numbers that lie evenly spaced.
void gather(uint32_t* to, const uint32_t* from, int64_t apart, int64_t count) {
    if (apart == 1) std::memcpy(to, from, 4 * count);
    else for (int64_t i = 0; i < count; i++) to[i] = from[i * apart];
}

// The sums of a group, in the first phases: of numbers of one vector, whose parts are `apart`, with three rows for each
// of the parts of others. `turned`: these are of the left side.
template <int phases>
void add_group(const float* one, int64_t apart, const float* others, Sums& to, int g, bool turned) {
    floats top[vectors] = {}, sums[phases][vectors];
    for (int k = 0; k < group; k++)
        TTLANG_UNROLLED for (int v = 0; v < vectors; v++)
            top[v] = largest(top[v], one[2 * apart + k] * load<floats>(others + (3 * k + 2) * width + v * lanes));
    TTLANG_UNROLLED for (int v = 0; v < vectors; v++) {
        to.powers[g][v] = top[v];
        TTLANG_UNROLLED for (int p = 0; p < phases; p++) sums[p][v] = top[v] * anchor_of;
    }
    for (int k = 0; k < group; k++)
        TTLANG_UNROLLED for (int v = 0; v < vectors; v++) {
            const floats x = in_register(load<floats>(others + 3 * k * width + v * lanes));
            sums[0][v] += one[k] * x;
            if constexpr (phases > 1) {
                const floats y = in_register(load<floats>(others + (3 * k + 1) * width + v * lanes));
                sums[1][v] += one[k] * y;
                if constexpr (phases > 2) {
                    sums[2][v] += one[apart + k] * x;
                    sums[3][v] += one[apart + k] * y;
                }
            }
        }
    TTLANG_UNROLLED for (int v = 0; v < vectors; v++)
        TTLANG_UNROLLED for (int p = 0; p < phases; p++)
            to.of_phase[g][turned && (p == 1 || p == 2) ? 3 - p : p][v] = sums[p][v];
}

// What the caller gives.
struct Shape {
    int64_t matrices, rows, depth, columns;
    int64_t block;   // of `depth`, after which DST is written
    int64_t phases;  // of the fidelity
    int64_t slips;   // `MatrixUnitRules.minus_one_slips`
};

// Where the parts of one side of a matrix lie, and room for those of others.
struct Parts {
    float* ones;
    int64_t apart;
    float* panel;
};

// Each vector of `ones` with those of `others` from `j` on, along K from `start` to `end`. `out` holds DST. Returns
// where numbers are not ordinary.
template <class Dst, int phases>
words add_panel(const Parts& parts, const Side& ones, const Side& others, uint32_t* out, const Shape& s, bool turned,
                int64_t j, int64_t start, int64_t end) {
    const int64_t some = others.count - j < width ? others.count - j : width;
    const Block block = {int(s.block / group), int(s.phases), bool(s.slips)};
    words strange = {};
    uint32_t own[width] = {};
    for (int64_t k = start; k < end; k++) {
        gather(own, others.from + j * others.next + k * others.along, others.next, some);
        for (int l = 0; l < width; l += lanes)
            strange |= others.of.split(load<words>(own + l), parts.panel + 3 * (k - start) * width + l, width);
    }
    for (int64_t i = 0; i < ones.count; i++) {
        uint32_t* const place = out + (turned ? j * s.columns + i : i * s.columns + j);
        gather(own, place, turned ? s.columns : 1, some);
        for (int l = 0; l < width && start == 0; l += lanes) strange |= beyond(load<words>(own + l), -90, 100);
        Dst dst;
        dst.get(own);
        for (int64_t first = start; first < end; first += s.block) {
            Sums sums;
            for (int g = 0; g < block.groups; g++) {
                const int64_t k = first + g * group;
                const float* const many = parts.panel + 3 * (k - start) * width;
                add_group<phases>(parts.ones + i * s.depth + k, parts.apart, many, sums, g, turned);
            }
            dst.add(sums, block);
        }
        dst.put(own);
        if (!turned) std::memcpy(place, own, 4 * some);
        else for (int64_t l = 0; l < some; l++) place[l * s.columns] = own[l];
    }
    return strange;
}

// One matrix.
template <class Dst, int phases>
words multiply(const Side& ones, const Side& others, uint32_t* out, const Shape& s, bool turned, float* scratch) {
    const int64_t size = ones.count * s.depth;
    const Parts parts = {scratch, size, scratch + 3 * size};
    words strange = {};
    uint32_t own[lanes];
    for (int64_t i = 0; i < ones.count; i++)
        for (int64_t k = 0; k < s.depth; k += lanes) {
            gather(own, ones.from + i * ones.next + k * ones.along, ones.along, lanes);
            strange |= ones.of.split(load<words>(own), parts.ones + i * s.depth + k, size);
        }
    for (int64_t j = 0; j < others.count; j += width)
        for (int64_t k = 0; k < s.depth; k += most_depth) {
            const int64_t end = s.depth - k < most_depth ? s.depth : k + most_depth;
            strange |= add_panel<Dst, phases>(parts, ones, others, out, s, turned, j, k, end);
        }
    return strange;
}

int64_t panels(int64_t count) { return (count + width - 1) / width; }

template <class Dst>
int multiply_all(const uint32_t* left, const uint32_t* right, uint32_t* out, const Shape& s, float* scratch) {
    // Rather rows side by side than a few columns.
    const bool turned = s.columns * panels(s.rows) < s.rows * panels(s.columns);
    words strange = {};
    for (int64_t n = 0; n < s.matrices; n++) {
        const Side rows = {left + n * s.rows * s.depth, s.rows, s.depth, 1, of_left};
        const Side columns = {right + n * s.depth * s.columns, s.columns, 1, s.columns, of_right};
        uint32_t* const to = out + n * s.rows * s.columns;
        const Side &ones = turned ? columns : rows, &others = turned ? rows : columns;
        if (s.phases == 1) strange |= multiply<Dst, 1>(ones, others, to, s, turned, scratch);
        else if (s.phases == 2 && !turned) strange |= multiply<Dst, 2>(ones, others, to, s, turned, scratch);
        else strange |= multiply<Dst, 4>(ones, others, to, s, turned, scratch);
    }
    uint32_t any = 0;
    for (int l = 0; l < lanes; l++) any |= strange[l];
    return any == 0;
}

}  // namespace

// dst + left @ right for (n, R, K), (n, K, C) and (n, R, C) patterns; `out` holds DST at first. `scratch` has room for
// three times the numbers of a matrix of either side and of 32 columns or rows. Returns whether all numbers are
// ordinary: else some of the result are wrong.
extern "C" {
int ttlang_multiply_narrow(const uint32_t* left, const uint32_t* right, uint32_t* out, const Shape* shape,
                           float* scratch) {
    return multiply_all<Narrow>(left, right, out, *shape, scratch);
}

int ttlang_multiply_wide(const uint32_t* left, const uint32_t* right, uint32_t* out, const Shape* shape,
                         float* scratch) {
    return multiply_all<Wide>(left, right, out, *shape, scratch);
}
}
