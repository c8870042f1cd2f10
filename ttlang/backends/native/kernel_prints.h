// Prints and assertions, in both ways of the kernel API. A part of kernel_api.h.
#pragma once

namespace ckernel {

inline void say(const char* text, int64_t length, place at, bool fails = false) {
    ttlang::call(ttlang::PRINT, at, reinterpret_cast<int64_t>(text), length, fails);
}
struct Width {
    int32_t width;
};
struct End {};
inline Width SETW(int32_t width) { return {width}; }
inline End ENDL() { return {}; }
#define CTSTR(text) (text)

// A part of a tile of a buffer: a row of it, or elements in a row of memory, is all that is printed.
struct SliceRange {
    uint8_t h0, h1, hs, w0, w1, ws;
};
enum TSlicePointer { TSLICE_RD_PTR, TSLICE_WR_PTR };
enum TSliceBuffer { TSLICE_INPUT_CB, TSLICE_OUTPUT_CB };
inline bool packs = false;  // whether it is the packer that prints
template <int MAX_BYTES = 64>
struct TileSlice {
    uint8_t cb;
    int tile;
    SliceRange range;
    bool tiled;
    bool back = packs;
    TileSlice(uint8_t cb, int tile, const SliceRange& range, bool = true, bool tiled = true)
        : cb(cb), tile(tile), range(range), tiled(tiled) {}
    TileSlice(
        uint8_t cb, int tile, const SliceRange& range, TSliceBuffer, TSlicePointer pointer, bool = true, bool tiled = true)
        : cb(cb), tile(tile), range(range), tiled(tiled), back(pointer == TSLICE_WR_PTR) {}
};
template <int MAX_BYTES>
inline void say_value(const TileSlice<MAX_BYTES>& part, int32_t, place at) {
    const SliceRange& range = part.range;
    const bool one_row = range.h1 == range.h0 + 1 && range.ws == 1;
    if (one_row && !part.tiled) {
        const int first = part.tile * 1024 + range.h0 * 32 + range.w0;
        ttlang::call(ttlang::PRINT_ELEMENTS, at, part.cb, part.back, range.w1 - range.w0, first);
        return;
    }
    if (!one_row || range.w0 != 0 || range.w1 != 32)
        ttlang::call(ttlang::NOT_MODELLED, at, reinterpret_cast<int64_t>("a part of a tile that is not a row"));
    ttlang::call(ttlang::PRINT_ROW, at, part.cb, part.back, part.tile, range.h0);
}

// What prints a value, filled up to a width: numbers on the left, texts on the right.
inline void say_padded(const char* text, int64_t length, int32_t width, bool left, place at) {
    const char* blanks = "                                ";
    int64_t missing = width > length ? width - length : 0;
    if (missing > 32) missing = 32;
    if (left && missing) say(blanks, missing, at);
    say(text, length, at);
    if (!left && missing) say(blanks, missing, at);
}
inline void say_value(const char* text, int32_t width, place at) { say_padded(text, strlen(text), width, false, at); }
inline void say_value(char letter, int32_t width, place at) { say_padded(&letter, 1, width, false, at); }
template <class Number>
inline void say_value(Number number, int32_t width, place at) {
    static_assert(static_cast<Number>(0.5) == 0, "the simulator prints texts and integers");
    char digits[24];
    char* first = digits + sizeof digits;
    const bool negative = number < 0;
    uint64_t rest = negative ? -static_cast<uint64_t>(number) : static_cast<uint64_t>(number);
    do *--first = static_cast<char>('0' + rest % 10);
    while (rest /= 10);
    if (negative) *--first = '-';
    say_padded(first, digits + sizeof digits - first, width, true, at);
}

// The older way: a stream.
struct Stream {
    place at;
    int32_t width = 0;
    Stream& operator<<(Width next) { return width = next.width, *this; }
    Stream& operator<<(End) { return *this << '\n'; }
    template <class Value>
    Stream& operator<<(const Value& value) {
        say_value(value, width, at);
        return width = 0, *this;
    }
};
#define DPRINT (ckernel::Said{ttlang::place::here()})

// The newer way: a format.
struct Said {
    place at;
    template <class Value>
    Stream operator<<(const Value& value) const {
        Stream stream{at};
        stream << value;
        return stream;
    }
    void operator()(const char* format) const { text(format); }
    template <class First, class... Rest>
    void operator()(const char* format, First first, Rest... rest) const {
        format = text(format);
        int32_t width = 0;
        for (; *format && *format != '}'; ++format)
            if (*format >= '0' && *format <= '9') width = 10 * width + *format - '0';
        say_value(first, width, at);
        (*this)(*format ? format + 1 : format, rest...);
    }
    // Prints up to the next value, and returns what stands behind its brace.
    const char* text(const char* format) const {
        while (*format) {
            int64_t length = 0;
            while (format[length] && format[length] != '{' && format[length] != '}') ++length;
            if (length) say(format, length, at);
            format += length;
            if (*format && format[0] != format[1]) return format + 1;
            if (*format) say(format, 1, at), format += 2;
        }
        return format;
    }
};
inline void said(const Stream&) {}
template <class... Values>
inline void said(const char* format, Values... values) { Said{ttlang::place::here()}(format, values...); }
#define DPRINT_UNPACK(...) (ckernel::packs = false, ckernel::said(__VA_ARGS__))
#define DPRINT_MATH(...) ckernel::said(__VA_ARGS__)
#define DPRINT_PACK(...) (ckernel::packs = true, ckernel::said(__VA_ARGS__))
#define DPRINT_DATA0(...) ckernel::said(__VA_ARGS__)
#define DPRINT_DATA1(...) ckernel::said(__VA_ARGS__)
#define ASSERT(condition, ...) ((condition) ? void() : ckernel::say("", 0, ttlang::place::here(), true))
#define WAYPOINT(...)
#define DeviceZoneScopedN(name)

}  // namespace ckernel
