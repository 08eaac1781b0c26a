#include "tests/ptx/cases.h"

namespace vgpu::test {
namespace {

using U16 = std::uint16_t;
using U32 = std::uint32_t;
using U64 = std::uint64_t;
using S16 = std::int16_t;
using S32 = std::int32_t;
using S64 = std::int64_t;

template <class T>
bool bit(T value, unsigned position) {
  return (static_cast<U64>(value) >> position & 1) != 0;
}

template <class T>
void logic(Cases& cases) {
  const std::string s = std::is_same_v<T, bool> ? ".pred" : ".b" + std::to_string(sizeof(T) * 8);
  lane_case<T, T, T>(cases, "and" + s, [](T a, T b) { return static_cast<T>(a & b); });
  lane_case<T, T, T>(cases, "or" + s, [](T a, T b) { return static_cast<T>(a | b); });
  lane_case<T, T, T>(cases, "xor" + s, [](T a, T b) { return static_cast<T>(a ^ b); });
  lane_case<T, T>(cases, "not" + s, [](T a) { return std::is_same_v<T, bool> ? !a : static_cast<T>(~U64{a}); });
}

// Bit by bit: what is shifted in is zero, or the sign.
template <class T>
void shifts(Cases& cases, const std::string& type) {
  constexpr unsigned kWidth = sizeof(T) * 8;
  const Kinds kinds = {kind_of<T>(), Kind::Shift};
  lane_case<T, T, U32>(cases, "shr" + type, kinds, [](T a, U32 amount) {
    U64 result = 0;
    for (unsigned i = 0; i < kWidth; ++i) {
      const U64 from = U64{i} + amount;
      const bool value = from < kWidth ? bit(a, static_cast<unsigned>(from)) : std::is_signed_v<T> && a < 0;
      result |= U64{value} << i;
    }
    return static_cast<T>(result);
  });
}
template <class T>
void shift_left(Cases& cases, const std::string& type) {
  lane_case<T, T, U32>(cases, "shl" + type, {kind_of<T>(), Kind::Shift}, [](T a, U32 amount) {
    return amount >= sizeof(T) * 8 ? T{0} : static_cast<T>(U64{a} << amount);
  });
}

template <class T>
void fields(Cases& cases, const std::string& type) {
  constexpr unsigned kMost = sizeof(T) * 8 - 1;
  lane_case<T, T, U32, U32>(cases, "bfe" + type, {kind_of<T>(), Kind::Shift, Kind::Shift}, [](T a, U32 b, U32 c) {
    const unsigned position = b & 255;
    const unsigned length = c & 255;
    const unsigned top = position + length - 1 < kMost ? position + length - 1 : kMost;
    const bool sign = std::is_signed_v<T> && length != 0 && bit(a, top);
    U64 result = 0;
    for (unsigned i = 0; i <= kMost; ++i)
      result |= U64{i < length && position + i <= kMost ? bit(a, position + i) : sign} << i;
    return static_cast<T>(result);
  });
}
template <class T>
void insertion(Cases& cases, const std::string& type) {
  constexpr unsigned kMost = sizeof(T) * 8 - 1;
  lane_case<T, T, T, U32, U32>(cases, "bfi" + type, {kind_of<T>(), kind_of<T>(), Kind::Shift, Kind::Shift},
                               [](T a, T b, U32 c, U32 d) {
                                 const unsigned position = c & 255;
                                 const unsigned length = d & 255;
                                 U64 result = b;
                                 for (unsigned i = 0; i < length && position + i <= kMost; ++i)
                                   result = (result & ~(U64{1} << (position + i))) | U64{bit(a, i)} << (position + i);
                                 return static_cast<T>(result);
                               });
}

template <class T>
void counts(Cases& cases, const std::string& type) {
  constexpr int kWidth = sizeof(T) * 8;
  lane_case<U32, T>(cases, "popc" + type, [](T a) {
    U32 count = 0;
    for (unsigned i = 0; i < kWidth; ++i) count += bit(a, i);
    return count;
  });
  lane_case<U32, T>(cases, "clz" + type, [](T a) {
    U32 count = 0;
    for (int i = kWidth - 1; i >= 0 && !bit(a, static_cast<unsigned>(i)); --i) ++count;
    return count;
  });
  lane_case<T, T>(cases, "brev" + type, [](T a) {
    U64 result = 0;
    for (unsigned i = 0; i < kWidth; ++i) result |= U64{bit(a, i)} << (kWidth - 1 - i);
    return static_cast<T>(result);
  });
}

template <class T>
void find(Cases& cases, const std::string& type) {
  constexpr int kTop = sizeof(T) * 8 - 1;
  const auto highest = [](T a) {
    for (int i = kTop; i >= 0; --i)
      if (bit(a, static_cast<unsigned>(i)) != (std::is_signed_v<T> && a < 0)) return i;
    return -1;
  };
  lane_case<U32, T>(cases, "bfind" + type, [highest](T a) { return highest(a); });
  lane_case<U32, T>(cases, "bfind.shiftamt" + type, [highest](T a) { return highest(a) < 0 ? -1 : kTop - highest(a); });
}

void permutes(Cases& cases) {
  lane_case<U32, U32, U32, U32>(cases, "prmt.b32", [](U32 a, U32 b, U32 c) {
    U32 result = 0;
    for (unsigned i = 0; i < 4; ++i) {
      const unsigned select = c >> 4 * i & 15;
      const U32 word = (select & 4) != 0 ? b : a;
      U32 byte = word >> 8 * (select & 3) & 0xff;
      if ((select & 8) != 0) byte = byte >= 0x80 ? 0xff : 0;
      result |= byte << 8 * i;
    }
    return result;
  });
  // Bytes of {b, a} by mode and c, most significant first (PTX ISA, prmt).
  static constexpr struct {
    const char* mode;
    unsigned bytes[4][4];
  } kModes[] = {
      {"f4e", {{3, 2, 1, 0}, {4, 3, 2, 1}, {5, 4, 3, 2}, {6, 5, 4, 3}}},
      {"b4e", {{5, 6, 7, 0}, {6, 7, 0, 1}, {7, 0, 1, 2}, {0, 1, 2, 3}}},
      {"rc8", {{0, 0, 0, 0}, {1, 1, 1, 1}, {2, 2, 2, 2}, {3, 3, 3, 3}}},
      {"ecl", {{3, 2, 1, 0}, {3, 2, 1, 1}, {3, 2, 2, 2}, {3, 3, 3, 3}}},
      {"ecr", {{0, 0, 0, 0}, {1, 1, 1, 0}, {2, 2, 1, 0}, {3, 2, 1, 0}}},
      {"rc16", {{1, 0, 1, 0}, {3, 2, 3, 2}, {1, 0, 1, 0}, {3, 2, 3, 2}}},
  };
  for (const auto& mode : kModes)
    lane_case<U32, U32, U32, U32>(cases, std::string("prmt.b32.") + mode.mode, [&mode](U32 a, U32 b, U32 c) {
      U32 result = 0;
      for (const unsigned byte : mode.bytes[c & 3])
        result = result << 8 | ((byte < 4 ? a : b) >> 8 * (byte & 3) & 0xff);
      return result;
    });
}

}  // namespace

void add_bits_cases(Cases& cases) {
  logic<bool>(cases);
  logic<U16>(cases);
  logic<U32>(cases);
  logic<U64>(cases);
  shift_left<U16>(cases, ".b16");
  shift_left<U32>(cases, ".b32");
  shift_left<U64>(cases, ".b64");
  shifts<U16>(cases, ".u16");
  shifts<U32>(cases, ".u32");
  shifts<U64>(cases, ".u64");
  shifts<S16>(cases, ".s16");
  shifts<S32>(cases, ".s32");
  shifts<S64>(cases, ".s64");
  fields<U32>(cases, ".u32");
  fields<U64>(cases, ".u64");
  fields<S32>(cases, ".s32");
  fields<S64>(cases, ".s64");
  insertion<U32>(cases, ".b32");
  insertion<U64>(cases, ".b64");
  counts<U32>(cases, ".b32");
  counts<U64>(cases, ".b64");
  find<U32>(cases, ".u32");
  find<S32>(cases, ".s32");
  find<U64>(cases, ".u64");
  find<S64>(cases, ".s64");
  permutes(cases);
  lane_case<U32, U32>(cases, "cnot.b32", [](U32 a) { return a == 0; });
  const Kinds funnel = {Kind::I32, Kind::I32, Kind::Shift};
  const auto joined = [](U32 a, U32 b) { return U64{b} << 32 | a; };
  lane_case<U32, U32, U32, U32>(cases, "shf.l.wrap.b32", funnel,
                                [=](U32 a, U32 b, U32 c) { return joined(a, b) << (c & 31) >> 32; });
  lane_case<U32, U32, U32, U32>(cases, "shf.r.wrap.b32", funnel,
                                [=](U32 a, U32 b, U32 c) { return joined(a, b) >> (c & 31); });
  lane_case<U32, U32, U32, U32>(cases, "shf.l.clamp.b32", funnel,
                                [=](U32 a, U32 b, U32 c) { return c >= 32 ? a : joined(a, b) << c >> 32; });
  lane_case<U32, U32, U32, U32>(cases, "shf.r.clamp.b32", funnel,
                                [=](U32 a, U32 b, U32 c) { return c >= 32 ? b : joined(a, b) >> c; });
  lane_case<U32, U32, U32>(cases, "bmsk.clamp.b32", {Kind::Shift, Kind::Shift}, [](U32 a, U32 b) {
    U32 result = 0;
    for (U64 i = 0; i < 32; ++i) result |= (i >= a && i < U64{a} + b) ? 1u << i : 0;
    return result;
  });
  for (const unsigned table : {0x80u, 0x96u, 0xe8u, 0xcau, 0x01u})
    warp_case(cases, "lop3.b32 " + std::to_string(table), "lop3.b32 %o0, %i0, %i1, %i2, " + std::to_string(table) + ";",
              {Kind::I32, Kind::I32, Kind::I32}, {Kind::I32},
              [table](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
                for (std::size_t l = 0; l < 32; ++l)
                  for (unsigned i = 0; i < 32; ++i) {
                    const unsigned row = bit(in[0][l], i) * 4u + bit(in[1][l], i) * 2u + bit(in[2][l], i);
                    out[0][l] |= U64{table >> row & 1} << i;
                  }
              });
  lane_case<U32, U32, U32, S32>(cases, "fns.b32", {Kind::I32, Kind::I8, Kind::I8}, [](U32 mask, U32 base, S32 offset) {
    const int direction = offset < 0 ? -1 : 1;
    int left = offset < 0 ? -offset : offset;
    if (offset == 0) return base < 32 && bit(mask, base) ? base : ~0u;
    for (int i = static_cast<int>(base); i >= 0 && i < 32; i += direction)
      if (bit(mask, static_cast<unsigned>(i)) && --left == 0) return static_cast<U32>(i);
    return ~0u;
  });
}

}  // namespace vgpu::test
