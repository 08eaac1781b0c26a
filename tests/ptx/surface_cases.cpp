#include <algorithm>
#include <array>
#include <deque>
#include <limits>

#include "gpu/texture/registry.h"
#include "tests/ptx/cases.h"

// suld, sust, sured and suq. Each lane has a row of the surface to itself, so that what it stores it can load.
namespace vgpu::test {
namespace {

using texture::ChannelKind;
using texture::Format;

constexpr std::uint32_t kWidth = 16, kRows = 32;

std::string surface(Format format, std::uint32_t width, std::uint32_t height, std::uint32_t depth, bool layered) {
  static std::deque<std::vector<std::byte>> memory;
  const std::uint64_t pitch = std::uint64_t{width} * format.bytes();
  std::vector<std::byte>& bytes = memory.emplace_back(pitch * std::max(1u, height) * std::max(1u, depth));
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 7 + i / 256);
  texture::Texture object;
  object.image = {.address = reinterpret_cast<std::uint64_t>(bytes.data()),
                  .format = format,
                  .layered = layered,
                  .width = width,
                  .height = height,
                  .depth = depth,
                  .pitch = pitch,
                  .slice_pitch = pitch * std::max(1u, height)};
  return "mov.u64 %t1, " + std::to_string(texture::add_object(texture::ObjectKind::Surface, object)) + ";\n";
}

// Stores inputs and loads them back, `bits` at a time.
void round_trip(Cases& cases, unsigned bits, unsigned vector, const std::string& geometry, const std::string& address,
                const std::string& object) {
  const std::string type = (vector == 1 ? "" : ".v" + std::to_string(vector)) + ".b" + std::to_string(bits);
  std::string in, out;
  for (unsigned i = 0; i < vector; ++i) {
    in += (i == 0 ? "%i" : ", %i") + std::to_string(i);
    out += (i == 0 ? "%o" : ", %o") + std::to_string(i);
  }
  if (vector > 1) {
    in = "{" + in + "}";
    out = "{" + out + "}";
  }
  const Kind kind = bits == 64 ? Kind::I64 : bits == 32 ? Kind::I32 : bits == 16 ? Kind::I16 : Kind::I8;
  const std::string load = "suld.b." + geometry + type + ".trap";
  cases.push_back({load + " after sust.b",
                   object + "sust.b." + geometry + type + ".trap [%t1, " + address + "], " + in + ";\n" + load + " " +
                       out + ", [%t1, " + address + "];",
                   Kinds(vector, kind), Kinds(vector, kind),
                   [vector](const std::vector<Lanes>& in_lanes, std::vector<Lanes>& out_lanes) {
                     for (unsigned i = 0; i < vector; ++i) out_lanes[i] = in_lanes[i];
                   }});
}

void add_round_trips(Cases& cases) {
  const Format words{ChannelKind::Float, 32, 4};
  const std::string plane = surface(words, kWidth, kRows, 0, false);
  for (const unsigned bits : {8u, 16u, 32u, 64u}) {
    for (const unsigned vector : {1u, 2u, 4u}) {
      if (bits * vector <= 128) round_trip(cases, bits, vector, "2d", "{32, %lane}", plane);
    }
  }
  const std::string by_lane = "shl.b32 %r1, %lane, 2;\nand.b32 %r2, %lane, 3;\nshr.u32 %r3, %lane, 2;\n";
  const Format word{ChannelKind::Unsigned, 32, 1};
  round_trip(cases, 32, 1, "1d", "{%r1}", surface(word, 32, 0, 0, false) + by_lane);
  round_trip(cases, 32, 1, "3d", "{%r1, %r2, %r3, %r3}", surface(word, 32, 4, 8, false) + by_lane);
  round_trip(cases, 32, 1, "a1d", "{%r3, %r1}", surface(word, 32, 0, 8, true) + by_lane);
  round_trip(cases, 32, 1, "a2d", "{%r3, %r1, %r2, %r2}", surface(word, 32, 4, 8, true) + by_lane);
}

// Loads from around a surface that holds its place in every texel.
void add_boundaries(Cases& cases) {
  const std::string object = surface({ChannelKind::Unsigned, 16, 1}, kWidth, kRows, 0, false);
  const auto texel = [](int x, int y) {
    std::uint64_t value = 0;
    for (int i = 0; i < 2; ++i) {
      const auto byte = static_cast<unsigned>(y * static_cast<int>(kWidth) * 2 + x * 2 + i);
      value |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(byte * 7 + byte / 256)) << (8 * i);
    }
    return value;
  };
  for (const bool clamps : {true, false}) {
    const std::string opcode = std::string("suld.b.2d.b16.") + (clamps ? "clamp" : "zero");
    cases.push_back({opcode,
                     object + "shr.s32 %r1, %i0, 26;\nshl.b32 %r1, %r1, 1;\nshr.s32 %r2, %i1, 25;\n" + opcode +
                         " %o0, [%t1, {%r1, %r2}];",
                     {Kind::I32, Kind::I32},
                     {Kind::I16},
                     [texel, clamps](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
                       for (std::size_t lane = 0; lane < 32; ++lane) {
                         const int x = static_cast<std::int32_t>(in[0][lane]) >> 26;
                         const int y = static_cast<std::int32_t>(in[1][lane]) >> 25;
                         const int near_x = std::clamp(x, 0, static_cast<int>(kWidth) - 1);
                         const int near_y = std::clamp(y, 0, static_cast<int>(kRows) - 1);
                         const bool inside = x == near_x && y == near_y;
                         out[0][lane] = inside || clamps ? texel(near_x, near_y) : 0;
                       }
                     }});
  }
  // A store outside is left out or goes to the edge. Each lane looks at its own row.
  const std::string rows = surface({ChannelKind::Unsigned, 32, 1}, 4, kRows, 0, false);
  for (const bool clamps : {true, false}) {
    const std::string opcode = std::string("sust.b.2d.b32.") + (clamps ? "clamp" : "zero");
    cases.push_back({opcode,
                     rows + "sust.b.2d.b32.trap [%t1, {12, %lane}], 5;\n" + opcode +
                         " [%t1, {16, %lane}], %i0;\nsuld.b.2d.b32.trap %o0, [%t1, {12, %lane}];",
                     {Kind::I32},
                     {Kind::I32},
                     [clamps](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
                       for (std::size_t lane = 0; lane < 32; ++lane) out[0][lane] = clamps ? in[0][lane] : 5;
                     }});
  }
}

template <class T>
void reduction(Cases& cases, const std::string& opcode, const std::string& type, const std::string& address,
               const std::string& object, T (*expected)(T, T)) {
  const bool wide = sizeof(T) == 8;
  const std::string bits = wide ? "b64" : "b32";
  const Kind kind = wide ? Kind::I64 : Kind::I32;
  cases.push_back({opcode + ".2d." + type + ".trap",
                   object + "sust.b.2d." + bits + ".trap [%t1, {0, %lane}], %i0;\n" + opcode + ".2d." + type +
                       ".trap [%t1, " + address + "], %i1;\nsuld.b.2d." + bits + ".trap %o0, [%t1, {0, %lane}];",
                   {kind, kind},
                   {kind},
                   [expected](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
                     for (std::size_t lane = 0; lane < 32; ++lane) {
                       out[0][lane] = static_cast<std::uint64_t>(
                           expected(static_cast<T>(in[0][lane]), static_cast<T>(in[1][lane])));
                     }
                   }});
}

void add_reductions(Cases& cases) {
  using U32 = std::uint32_t;
  using S32 = std::int32_t;
  using U64 = std::uint64_t;
  const std::string words = surface({ChannelKind::Unsigned, 32, 1}, 4, kRows, 0, false);
  const std::string pairs = surface({ChannelKind::Unsigned, 32, 2}, 4, kRows, 0, false);
  const std::string here = "{0, %lane}";
  reduction<U32>(cases, "sured.b.add", "u32", here, words, [](U32 a, U32 b) { return a + b; });
  reduction<U32>(cases, "sured.b.min", "u32", here, words, [](U32 a, U32 b) { return std::min(a, b); });
  reduction<S32>(cases, "sured.b.max", "s32", here, words, [](S32 a, S32 b) { return std::max(a, b); });
  reduction<U32>(cases, "sured.b.and", "b32", here, words, [](U32 a, U32 b) { return a & b; });
  reduction<U32>(cases, "sured.b.or", "b32", here, words, [](U32 a, U32 b) { return a | b; });
  reduction<U64>(cases, "sured.b.add", "u64", here, pairs, [](U64 a, U64 b) { return a + b; });
  reduction<U32>(cases, "sured.p.add", "b32", here, words, [](U32 a, U32 b) { return a + b; });
}

// sust.p: values of 32 bits become channels of the surface's format.
template <class F>
void formatted(Cases& cases, Format format, const std::string& name, Kind input, F convert) {
  const std::string object = surface(format, 4, kRows, 0, false);
  const std::string bits = std::to_string(format.bits);
  cases.push_back({"sust.p.2d.v2.b32.trap " + name,
                   object + "sust.p.2d.v2.b32.trap [%t1, {1, %lane}], {%i0, %i1};\nsuld.b.2d.v2.b" + bits +
                       ".trap {%o0, %o1}, [%t1, {" + std::to_string(format.bytes()) + ", %lane}];",
                   {input, input},
                   Kinds(2, format.kind == ChannelKind::Float ? Kind::F16 : Kind::I16),
                   [convert](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
                     for (std::size_t lane = 0; lane < 32; ++lane) {
                       for (unsigned c : {0u, 1u}) out[c][lane] = convert(in[c][lane]);
                     }
                   }});
}

void add_formatted_stores(Cases& cases) {
  formatted(cases, {ChannelKind::Unsigned, 8, 2}, "u8", Kind::I32,
            [](std::uint64_t value) { return std::min<std::uint64_t>(value, 255); });
  formatted(cases, {ChannelKind::Signed, 16, 2}, "s16", Kind::I32, [](std::uint64_t value) {
    return static_cast<std::uint64_t>(std::clamp(static_cast<std::int32_t>(value), -32768, 32767)) & 0xffff;
  });
  formatted(cases, {ChannelKind::Float, 16, 2}, "f16", Kind::F32,
            [](std::uint64_t value) { return to_bits(static_cast<_Float16>(as<float>(value))); });
}

void add_queries(Cases& cases) {
  const std::string object = surface({ChannelKind::Signed, 8, 4}, 5, 6, 7, false);
  struct Query {
    const char* what;
    std::uint64_t result;
  };
  for (const Query& query :
       {Query{"width", 5}, Query{"height", 6}, Query{"depth", 7}, Query{"channel_data_type", 0x10D7},
        Query{"channel_order", 0x10B5}, Query{"array_size", 0}}) {
    const std::string opcode = std::string("suq.") + query.what + ".b32";
    cases.push_back(
        {opcode,
         object + opcode + " %r1, [%t1];\nadd.u32 %o0, %r1, 100;",
         {},
         {Kind::I32},
         [wanted = query.result + 100](const std::vector<Lanes>&, std::vector<Lanes>& out) { out[0].fill(wanted); }});
  }
}

}  // namespace

void add_surface_cases(Cases& cases) {
  add_round_trips(cases);
  add_boundaries(cases);
  add_reductions(cases);
  add_formatted_stores(cases);
  add_queries(cases);
}

}  // namespace vgpu::test
