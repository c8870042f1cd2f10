// Arithmetic on tiles of bfloat16 in memory, to the bit what `machine/numerics/fast_arithmetic.py` and `pack.py` have in
// numpy, in one pass. Tiles are named by their places among rows of an array.
#include <cstdint>
#include <cstring>

namespace {

constexpr int side = 32, face = 16, face_datums = face * face, datums = side * side;
constexpr uint32_t sign = 0x80000000, magnitude = 0x7FFFFFFF, infinity = 0x7F800000, smallest_normal = 0x00800000;

// Into the functions that are compiled for each processor.
#define TTLANG_INLINE __attribute__((always_inline)) inline

template <int lanes>
struct Vector;
// gcc 12 fails on such a type that depends on a template's number.
#define TTLANG_VECTOR(lanes)                                                  \
    template <>                                                               \
    struct Vector<lanes> {                                                    \
        using floats = float __attribute__((vector_size(4 * lanes)));         \
        using words = uint32_t __attribute__((vector_size(4 * lanes)));       \
    };
TTLANG_VECTOR(4)
TTLANG_VECTOR(8)
TTLANG_VECTOR(16)

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

// To nearest with an empty lower half, ties to even; of numbers and of vectors.
template <class T>
TTLANG_INLINE T round_to_even(T pattern) {
    return (pattern + 0x7FFFu + ((pattern >> 16) & 1u)) & 0xFFFF0000u;
}

TTLANG_INLINE uint32_t wide(uint16_t number) { return uint32_t(number) << 16; }

// Of bfloat16, where nothing else is said.
struct Tiles {
    const void* rows;
    const int64_t* places;

    TTLANG_INLINE const uint16_t* operator[](int64_t tile) const {
        return (const uint16_t*)rows + places[tile] * datums;
    }
};

// ------------------------------------------------------------------------------------------------------------- packs

// As it is, with no denormals: they are zeros of their sign.
TTLANG_INLINE uint32_t flush(uint32_t pattern) {
    return pattern & ((pattern & magnitude) < smallest_normal ? sign : ~0u);
}

// DST as the packer makes a number of it, and what it leaves where it adds that to an old one.
struct Half {
    using Number = uint16_t;

    static TTLANG_INLINE Number packed(uint32_t dst, int dst32) {
        const uint32_t size = dst & magnitude;
        const uint32_t real = (size > infinity ? infinity : size) | (dst & sign);
        const uint32_t cut = dst32 ? real + 0x8000 : real;
        return (cut & magnitude) < smallest_normal ? 0 : cut >> 16;
    }
    static TTLANG_INLINE uint32_t pattern(Number number) { return wide(number); }
    static TTLANG_INLINE Number sum(uint32_t pattern) {
        return flush((pattern & magnitude) > infinity ? 0x7FC00000 : round_to_even(pattern)) >> 16;
    }
};

// Out of a 32-bit DST.
struct Whole {
    using Number = uint32_t;

    static TTLANG_INLINE Number packed(uint32_t dst, int) { return dst; }
    static TTLANG_INLINE uint32_t pattern(Number number) { return number; }
    static TTLANG_INLINE Number sum(uint32_t pattern) {
        return (pattern & magnitude) > infinity ? 0x7FC00000 : flush(pattern);
    }
};

template <class Format>
TTLANG_INLINE void pack_as(const uint32_t* dst, const Tiles& old, const Tiles& result, int64_t tiles, int dst32) {
    using Number = typename Format::Number;
    for (int64_t n = 0; n < tiles; n++, dst += datums) {
        Number* const to = (Number*)result.rows + result.places[n] * datums;
        if (!old.rows) {
            for (int i = 0; i < datums; i++) to[i] = Format::packed(dst[i], dst32);
            continue;
        }
        const Number* const before = (const Number*)old.rows + old.places[n] * datums;
        for (int i = 0; i < datums; i++) {
            const uint32_t added = Format::pattern(Format::packed(dst[i], dst32)), there = Format::pattern(before[i]);
            to[i] = Format::sum(bits<uint32_t>(bits<float>(flush(there)) + bits<float>(flush(added))));
        }
    }
}

struct Pack {
    Tiles old;  // without rows where nothing is added to
    Tiles result;
    int64_t whole;  // whether numbers have 32 bits, as DST then has

    // The tiles of DST from one on.
    TTLANG_INLINE void operator()(const uint32_t* dst, int64_t first, int64_t tiles, int dst32) const {
        const Tiles there = {old.rows, old.places + first}, to = {result.rows, result.places + first};
        whole ? pack_as<Whole>(dst, there, to, tiles, dst32) : pack_as<Half>(dst, there, to, tiles, dst32);
    }
};

// ------------------------------------------------------------------------------------------------ products of blocks

// Rows, inner ones and columns are tiles.
struct Product {
    int64_t blocks, rows, inner, columns;
    int64_t transpose;  // whether each tile of the right side is
    int64_t held;       // whether DST is added to, else it begins with zeros
    int64_t dst32;
};

// A tile as float32, transposed or not. Returns whether its numbers are zero or so far from the ends of the range that
// products are exact.
TTLANG_INLINE bool widen(const uint16_t* from, float* to, bool transpose) {
    constexpr uint32_t lowest = (127 - 50) << 7, highest = (127 + 50) << 7;
    uint32_t beyond = 0, patterns[datums];
    for (int i = 0; i < datums; i++) {
        const uint32_t size = from[i] & 0x7FFFu;
        beyond |= (size != 0) & (size - lowest >= highest - lowest);
        patterns[i] = wide(from[i]);
    }
    if (!transpose) {
        std::memcpy(to, patterns, sizeof patterns);
        return !beyond;
    }
    constexpr int turned[4] = {0, 2, 1, 3};
    for (int f = 0; f < 4; f++)
        for (int i = 0; i < face; i++)
            for (int j = 0; j < face; j++)
                to[turned[f] * face_datums + j * face + i] = bits<float>(patterns[f * face_datums + i * face + j]);
    return !beyond;
}

// A tile of DST: `inner` products of tiles, each of which is added up along K from zero, then added to DST. So many
// rows, and faces beside each other, are in registers.
template <int lanes, int rows, int faces>
TTLANG_INLINE void multiply_tile(const float* left, const float* right, uint32_t* dst, const Product& s) {
    using floats = typename Vector<lanes>::floats;
    using words = typename Vector<lanes>::words;
    constexpr int parts = face / lanes;
    for (int column = 0; column < 2; column += faces)
        for (int row = 0; row < side; row += rows)
            for (int64_t k = 0; k < s.inner; k++) {
                const int at = row / face * 2 * face_datums + row % face * face;
                const float* const a = left + k * datums + at;
                const float* const b = right + k * s.columns * datums + column * face_datums;
                uint32_t* const to = dst + at + column * face_datums;
                floats sums[rows][faces][parts] = {};
                for (int half = 0; half < 2; half++)
                    for (int i = 0; i < face; i++)
                        for (int f = 0; f < faces; f++)
                            for (int p = 0; p < parts; p++) {
                                const floats y = load<floats>(b + (half * 2 + f) * face_datums + i * face + p * lanes);
                                for (int r = 0; r < rows; r++)
                                    sums[r][f][p] += a[half * face_datums + r * face + i] * y;
                            }
                for (int r = 0; r < rows; r++)
                    for (int f = 0; f < faces; f++)
                        for (int p = 0; p < parts; p++) {
                            uint32_t* const place = to + f * face_datums + r * face + p * lanes;
                            const floats before = s.held || k ? load<floats>(place) : floats{};
                            const words total = bits<words>(sums[r][f][p] + before);
                            store(place, s.dst32 ? total : round_to_even(total));
                        }
            }
}

template <int lanes, int rows, int faces>
TTLANG_INLINE int multiply(Tiles left, Tiles right, uint32_t* dst, const Pack* pack, const Product& s, float* scratch) {
    const int64_t lefts = s.rows * s.inner, rights = s.inner * s.columns, tiles = s.rows * s.columns;
    float* const b = scratch + lefts * datums;
    bool exact = true;
    for (int64_t n = 0; n < s.blocks; n++, left.places += lefts, right.places += rights) {
        // Neighbours often share a side.
        if (!n || std::memcmp(left.places, left.places - lefts, lefts * sizeof(int64_t)))
            for (int64_t i = 0; i < lefts; i++) exact &= widen(left[i], scratch + i * datums, false);
        if (!n || std::memcmp(right.places, right.places - rights, rights * sizeof(int64_t)))
            for (int64_t i = 0; i < rights; i++) exact &= widen(right[i], b + i * datums, s.transpose);
        uint32_t* const block = pack ? dst : dst + n * tiles * datums;
        for (int64_t r = 0; r < s.rows; r++)
            for (int64_t c = 0; c < s.columns; c++)
                multiply_tile<lanes, rows, faces>(scratch + r * s.inner * datums, b + c * datums,
                                                  block + (r * s.columns + c) * datums, s);
        if (pack) (*pack)(block, n * tiles, tiles, s.dst32);
    }
    return exact;
}

// ------------------------------------------------------------------------------------------------- sums, differences

// Returns whether no result is infinite or a NaN.
TTLANG_INLINE int add(Tiles left, Tiles right, uint32_t* dst, const Pack* pack, int64_t tiles, int subtract,
                      int dst32) {
    uint32_t beyond = 0;
    const uint32_t turn = subtract ? sign : 0;
    for (int64_t n = 0; n < tiles; n++) {
        const uint16_t *const a = left[n], *const b = right[n];
        uint32_t* const to = pack ? dst : dst + n * datums;
        for (int i = 0; i < datums; i++) {
            const uint32_t sum = bits<uint32_t>(bits<float>(wide(a[i])) + bits<float>(wide(b[i]) ^ turn));
            beyond |= (sum & infinity) == infinity;
            to[i] = dst32 ? sum : round_to_even(sum);
        }
        if (pack) (*pack)(to, n, 1, dst32);
    }
    return !beyond;
}

}  // namespace

// For a processor: the lanes of its vectors, and the rows and faces of a product that fill its registers.
#define TTLANG_FUNCTIONS(name, target, ...)                                                                            \
    target int multiply_##name(const Tiles* left, const Tiles* right, uint32_t* dst, const Pack* pack,                 \
                               const Product* shape, float* scratch) {                                                 \
        return multiply<__VA_ARGS__>(*left, *right, dst, pack, *shape, scratch);                                       \
    }                                                                                                                  \
    target int add_##name(const Tiles* left, const Tiles* right, uint32_t* dst, const Pack* pack, int64_t tiles,       \
                          int subtract, int dst32) {                                                                   \
        return add(*left, *right, dst, pack, tiles, subtract, dst32);                                                  \
    }                                                                                                                  \
    target void pack_##name(const uint32_t* dst, const Pack* pack, int64_t tiles, int dst32) {                         \
        (*pack)(dst, 0, tiles, dst32);                                                                                 \
    }

namespace {
#if defined(__x86_64__)
TTLANG_FUNCTIONS(512, __attribute__((target("avx2,fma,avx512f,avx512vl,avx512bw,avx512dq"))), 16, 8, 2)
TTLANG_FUNCTIONS(256, __attribute__((target("avx2,fma"))), 8, 4, 1)
#define TTLANG_CHOOSE(function, ...) \
    __builtin_cpu_supports("avx512bw") ? function##_512(__VA_ARGS__) : function##_256(__VA_ARGS__)
#else
TTLANG_FUNCTIONS(128, , 4, 4, 1)
#define TTLANG_CHOOSE(function, ...) function##_128(__VA_ARGS__)
#endif
}  // namespace

extern "C" {
// Whether this processor is one that the library is fast on.
int ttlang_tiles_serve() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return 1;
#endif
}

// dst = (dst or zeros) + left @ right, for each block of tiles. Returns whether that is what numpy computes: products
// are exact. `scratch` has room for the numbers of one block of either side. With `pack`, results are packed; `dst` then
// has room for those of one block.
int ttlang_multiply_tiles(const Tiles* left, const Tiles* right, uint32_t* dst, const Pack* pack, const Product* shape,
                          float* scratch) {
    return TTLANG_CHOOSE(multiply, left, right, dst, pack, shape, scratch);
}

// dst = left +- right. Returns whether that is what numpy computes: of infinities and NaNs it may not be. With `pack`,
// results are packed; `dst` then has room for a tile.
int ttlang_add_tiles(const Tiles* left, const Tiles* right, uint32_t* dst, const Pack* pack, int64_t tiles, int subtract,
                     int dst32) {
    return TTLANG_CHOOSE(add, left, right, dst, pack, tiles, subtract, dst32);
}

void ttlang_pack_tiles(const uint32_t* dst, const Pack* pack, int64_t tiles, int dst32) {
    TTLANG_CHOOSE(pack, dst, pack, tiles, dst32);
}
}
