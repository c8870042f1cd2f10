// Values to the pages of a tensor and back, for the formats of TT-Metal. There is nothing of a device here.

#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace tiles {

enum class Format { Float32, Float16_b, Bfp8_b, Bfp4_b, Int32, UInt32, UInt16, UInt8 };

// A matrix in tiles of 32x32, or row by row. Leading dimensions are flattened into the rows.
struct Matrix {
    uint32_t rows;
    uint32_t columns;
    // Rows of one matrix where several lie one after the other: tiles don't reach over its end.
    uint32_t matrix_rows;
    Format format;
    bool tiled;
};

inline bool is_integer(Format format) {
    return format != Format::Float32 && format != Format::Float16_b && format != Format::Bfp8_b && format != Format::Bfp4_b;
}

inline uint32_t element_bytes(Format format) {
    switch (format) {
        case Format::Float16_b:
        case Format::UInt16: return 2;
        case Format::UInt8: return 1;
        default: return 4;
    }
}

inline uint32_t bits_of(float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
}

inline float float_of(uint32_t bits) {
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

// A value is kept as the bits of a float, or as an integer: 32 bits for each.
inline void put(std::vector<uint8_t>& bytes, size_t at, Format format, uint32_t word) {
    if (format == Format::Float16_b) {
        word = (word + 0x7FFF + ((word >> 16) & 1)) >> 16;  // to the nearest, ties to even
    }
    std::memcpy(&bytes[at], &word, element_bytes(format));
}

inline uint32_t get(const std::vector<uint8_t>& bytes, size_t at, Format format) {
    uint32_t word = 0;
    std::memcpy(&word, &bytes[at], element_bytes(format));
    return format == Format::Float16_b ? word << 16 : word;
}

// The 16 datums of a row of a face share an exponent; a datum has a sign and a magnitude of 7 or 3 bits.
inline void put_block(std::vector<uint8_t>& bytes, size_t tile, uint32_t row, Format format, const uint32_t* words) {
    const int bits = format == Format::Bfp8_b ? 7 : 3;
    uint32_t exponent = 0;
    for (int i = 0; i < 16; ++i) {
        exponent = std::max(exponent, (words[i] >> 23) & 0xFF);
    }
    bytes[tile + row] = static_cast<uint8_t>(exponent);
    for (uint32_t i = 0; i < 16; ++i) {
        const float scaled = std::ldexp(std::fabs(float_of(words[i])), 127 - static_cast<int>(exponent) + bits - 1);
        const auto largest = static_cast<float>((1 << bits) - 1);
        const auto magnitude = static_cast<uint32_t>(std::fmin(std::nearbyint(scaled), largest));
        const uint32_t datum = magnitude == 0 ? 0 : (words[i] >> 31) << bits | magnitude;
        const uint32_t index = row * 16 + i;
        if (bits == 7) {
            bytes[tile + 64 + index] = static_cast<uint8_t>(datum);
        } else {
            bytes[tile + 64 + index / 2] |= static_cast<uint8_t>(datum << (index % 2 * 4));
        }
    }
}

inline uint32_t get_block(const std::vector<uint8_t>& bytes, size_t tile, uint32_t index, Format format) {
    const int bits = format == Format::Bfp8_b ? 7 : 3;
    const uint32_t datum = bits == 7 ? bytes[tile + 64 + index] : bytes[tile + 64 + index / 2] >> (index % 2 * 4) & 0xF;
    const auto magnitude = static_cast<float>(datum & ((1u << bits) - 1));
    const float value = std::ldexp(magnitude, static_cast<int>(bytes[tile + index / 16]) - 127 - (bits - 1));
    return bits_of(datum >> bits ? -value : value);
}

inline uint32_t tile_bytes(Format format) {
    switch (format) {
        case Format::Bfp8_b: return 64 + 1024;
        case Format::Bfp4_b: return 64 + 512;
        default: return 1024 * element_bytes(format);
    }
}

// Calls `visit(page, index in the page, index of the value, or -1 for padding)` for each datum of each page.
template <typename Visit>
void for_each_datum(const Matrix& matrix, Visit visit) {
    if (!matrix.tiled) {
        for (uint32_t row = 0; row < matrix.rows; ++row) {
            for (uint32_t column = 0; column < matrix.columns; ++column) {
                visit(row, column, static_cast<int64_t>(row) * matrix.columns + column);
            }
        }
        return;
    }
    uint32_t page = 0;
    for (uint32_t first = 0; first < matrix.rows; first += matrix.matrix_rows) {
        for (uint32_t top = 0; top < matrix.matrix_rows; top += 32) {
            for (uint32_t left = 0; left < matrix.columns; left += 32, ++page) {
                for (uint32_t index = 0; index < 1024; ++index) {
                    // Four faces of 16x16, each row by row.
                    const uint32_t face = index / 256, inside = index % 256;
                    const uint32_t row = top + face / 2 * 16 + inside / 16, column = left + face % 2 * 16 + inside % 16;
                    const bool padding = row >= matrix.matrix_rows || column >= matrix.columns;
                    visit(page, index, padding ? -1 : static_cast<int64_t>(first + row) * matrix.columns + column);
                }
            }
        }
    }
}

inline uint32_t page_bytes(const Matrix& matrix) {
    return matrix.tiled ? tile_bytes(matrix.format) : matrix.columns * element_bytes(matrix.format);
}

inline uint32_t pages(const Matrix& matrix) {
    const uint32_t high = (matrix.matrix_rows + 31) / 32, wide = (matrix.columns + 31) / 32;
    return matrix.tiled ? matrix.rows / matrix.matrix_rows * high * wide : matrix.rows;
}

// The pages of a tensor with these values.
inline std::vector<uint32_t> encode(const Matrix& matrix, const std::vector<uint32_t>& values) {
    const bool block = matrix.format == Format::Bfp8_b || matrix.format == Format::Bfp4_b;
    std::vector<uint8_t> bytes(static_cast<size_t>(pages(matrix)) * page_bytes(matrix));
    uint32_t row[16];
    for_each_datum(matrix, [&](uint32_t page, uint32_t index, int64_t value) {
        const size_t start = static_cast<size_t>(page) * page_bytes(matrix);
        const uint32_t word = value < 0 ? 0 : values[static_cast<size_t>(value)];
        if (!block) {
            put(bytes, start + index * element_bytes(matrix.format), matrix.format, word);
            return;
        }
        row[index % 16] = word;
        if (index % 16 == 15) {
            put_block(bytes, start, index / 16, matrix.format, row);
        }
    });
    std::vector<uint32_t> words((bytes.size() + 3) / 4);
    std::memcpy(words.data(), bytes.data(), bytes.size());
    return words;
}

// The values of a tensor with these pages.
inline std::vector<uint32_t> decode(const Matrix& matrix, const std::vector<uint32_t>& words) {
    const bool block = matrix.format == Format::Bfp8_b || matrix.format == Format::Bfp4_b;
    std::vector<uint8_t> bytes(static_cast<size_t>(pages(matrix)) * page_bytes(matrix));
    std::memcpy(bytes.data(), words.data(), std::min(bytes.size(), words.size() * 4));
    std::vector<uint32_t> values(static_cast<size_t>(matrix.rows) * matrix.columns);
    for_each_datum(matrix, [&](uint32_t page, uint32_t index, int64_t value) {
        if (value < 0) {
            return;
        }
        const size_t start = static_cast<size_t>(page) * page_bytes(matrix);
        values[static_cast<size_t>(value)] =
            block ? get_block(bytes, start, index, matrix.format)
                  : get(bytes, start + index * element_bytes(matrix.format), matrix.format);
    });
    return values;
}

// The values in a file, row by row.
inline std::vector<uint32_t> read_values(const Matrix& matrix, const std::string& file) {
    std::vector<uint32_t> values(static_cast<size_t>(matrix.rows) * matrix.columns);
    const auto bytes = static_cast<std::streamsize>(values.size() * sizeof(uint32_t));
    if (!std::ifstream(file, std::ios::binary).read(reinterpret_cast<char*>(values.data()), bytes)) {
        throw std::runtime_error(file + " doesn't have so many values");
    }
    return values;
}

// The pages of a tensor to begin with: those of the values in the file, if there is one, else of zeros, or of random
// numbers from 0 to 1 (integers from 0 to 127).
inline std::vector<uint32_t> load(const Matrix& matrix, const std::string& file, bool random) {
    if (std::filesystem::exists(file)) {
        return encode(matrix, read_values(matrix, file));
    }
    std::vector<uint32_t> values(static_cast<size_t>(matrix.rows) * matrix.columns);
    uint32_t state = 1;
    for (uint32_t& value : values) {
        state = state * 1664525 + 1013904223;
        const uint32_t number = is_integer(matrix.format) ? state >> 25 : bits_of(static_cast<float>(state >> 8) / (1 << 24));
        value = random ? number : 0;
    }
    return encode(matrix, values);
}

// Prints the first values in the pages and, where a file has what the simulator computed, the largest difference.
inline void report(const char* name, const Matrix& matrix, const std::vector<uint32_t>& pages, const std::string& file) {
    const auto number = [&](uint32_t word) {
        return is_integer(matrix.format) ? static_cast<double>(static_cast<int32_t>(word)) : static_cast<double>(float_of(word));
    };
    const std::vector<uint32_t> values = decode(matrix, pages);
    std::printf("%s:", name);
    for (size_t i = 0; i < values.size() && i < 8; ++i) {
        std::printf(" %g", number(values[i]));
    }
    std::printf(" ...\n");
    if (!std::filesystem::exists(file)) {
        return;
    }
    const std::vector<uint32_t> expected = read_values(matrix, file);
    double largest = 0;
    for (size_t i = 0; i < values.size(); ++i) {
        largest = std::fmax(largest, std::fabs(number(values[i]) - number(expected[i])));
    }
    std::printf("%s: largest difference from the simulator %g\n", name, largest);
}

}  // namespace tiles
