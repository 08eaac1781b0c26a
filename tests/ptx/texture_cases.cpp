#include <bit>
#include <cstring>
#include <deque>
#include <optional>

#include "gpu/texture/registry.h"
#include "tests/ptx/cases.h"
#include "tests/ptx/texture_reference.h"

// tex, tld4, txq and istypep on images of odd sizes, against the programming guide's formulas.
namespace vgpu::test {
namespace {

using texture::AddressMode;
using texture::ChannelKind;
using texture::Format;

// Memory of the images; kept for as long as the process runs the cases.
std::vector<std::byte>& storage(std::size_t size) {
  static std::deque<std::vector<std::byte>> all;
  return all.emplace_back(size);
}

struct Image {
  texture::Image image;
  ReferenceImage reference;
};

double decoded(std::uint32_t raw, const Format& format, bool integers) {
  if (format.kind == ChannelKind::Float) {
    return format.bits == 16 ? static_cast<double>(std::bit_cast<_Float16>(static_cast<std::uint16_t>(raw)))
                             : std::bit_cast<float>(raw);
  }
  if (format.kind == ChannelKind::Unsigned) {
    return integers || format.bits == 32 ? raw : raw / (format.bits == 8 ? 255.0 : 65535.0);
  }
  const double value = format.bits == 8    ? static_cast<std::int8_t>(raw)
                       : format.bits == 16 ? static_cast<std::int16_t>(raw)
                                           : static_cast<std::int32_t>(raw);
  if (integers || format.bits == 32) return value;
  return std::fmax(-1.0, value / (format.bits == 8 ? 127.0 : 32767.0));
}

// Texels that differ everywhere; floats are multiples of 1/8.
Image make_image(std::array<std::uint32_t, 3> size, unsigned rank, Format format, bool integers, bool layered = false) {
  Image made;
  const std::size_t count = std::size_t{size[0]} * size[1] * size[2];
  const unsigned bytes = format.bits / 8u;
  std::vector<std::byte>& memory = storage(count * format.bytes());
  made.reference.rank = rank;
  made.reference.size = {size[0], size[1], size[2]};
  made.reference.texels.assign(count, {0, 0, 0, 1});
  for (std::size_t t = 0; t < count; ++t) {
    for (unsigned c = 0; c < format.channels; ++c) {
      auto raw = static_cast<std::uint32_t>(t * 2654435761u + c * 40503u + 12345u) >> 7;
      const float real = static_cast<float>(static_cast<std::int32_t>(raw % 1024) - 512) / 8;
      if (format.kind == ChannelKind::Float) {
        raw = format.bits == 16 ? std::bit_cast<std::uint16_t>(static_cast<_Float16>(real))
                                : std::bit_cast<std::uint32_t>(real);
      }
      if (format.bits < 32) raw &= (1u << format.bits) - 1;
      std::memcpy(memory.data() + t * format.bytes() + std::size_t{c} * bytes, &raw, bytes);
      made.reference.texels[t][c] = decoded(raw, format, integers);
    }
  }
  made.image = {.address = reinterpret_cast<std::uint64_t>(memory.data()),
                .format = format,
                .layered = layered,
                .width = size[0],
                .height = rank > 1 ? size[1] : 0,
                .depth = rank > 2 || layered ? size[2] : 0,
                .pitch = std::uint64_t{size[0]} * format.bytes(),
                .slice_pitch = std::uint64_t{size[0]} * size[1] * format.bytes()};
  return made;
}

std::string handle_of(const Image& image, const texture::Sampling& sampling) {
  return std::to_string(texture::add_object(texture::ObjectKind::Texture, {image.image, sampling}));
}

std::uint64_t result_bits(double value, const std::string& type) {
  if (type == "f32") return to_bits(static_cast<float>(value));
  if (type == "f16") return to_bits(static_cast<_Float16>(static_cast<float>(value)));
  return static_cast<std::uint32_t>(static_cast<std::int64_t>(value));
}

Kind result_kind(const std::string& type) {
  return type == "f32" ? Kind::Approx : type == "f16" ? Kind::F16 : Kind::I32;
}

// Coordinates are inputs divided by 16, so that most of them are near the image, in all of its directions.
struct FetchCase {
  std::string opcode = "tex";
  std::string geometry = {};
  std::string type = "f32";
  std::string behind = {};  // operands after the address
  std::string name = {};
};

void fetch_case(Cases& cases, const FetchCase& fetch, const Image& image, const texture::Sampling& sampling) {
  const unsigned rank = image.reference.rank;
  const std::string full = fetch.opcode + "." + fetch.geometry + ".v4." + fetch.type + ".f32";
  std::string body = "mov.u64 %t1, " + handle_of(image, sampling) + ";\n";
  for (unsigned axis = 0; axis < rank; ++axis) {
    body += "mul.rn.f32 %f" + std::to_string(axis) + ", %i" + std::to_string(axis) + ", 0f3D800000;\n";
  }
  const std::string vector = rank == 1 ? "{%f0}" : rank == 2 ? "{%f0, %f1}" : "{%f0, %f1, %f2, %f2}";
  body += full + " {%o0, %o1, %o2, %o3}, [%t1, " + vector + "]" + fetch.behind + ";";
  const Kind kind = result_kind(fetch.type);
  OpcodeCase made{full + " " + fetch.name, body, Kinds(rank, Kind::F32), Kinds(4, kind),
                  [reference = image.reference, sampling, type = fetch.type](const std::vector<Lanes>& in,
                                                                             std::vector<Lanes>& out) {
                    for (std::size_t lane = 0; lane < 32; ++lane) {
                      std::array<double, 3> x{};
                      for (unsigned axis = 0; axis < reference.rank; ++axis) {
                        x[axis] = as<float>(in[axis][lane]) * 0.0625f;
                      }
                      const std::array<double, 4> values = reference_fetch(reference, sampling, x);
                      for (unsigned c = 0; c < 4; ++c) out[c][lane] = result_bits(values[c], type);
                    }
                  }};
  made.relative = 2e-7;
  made.absolute = 1e-6;
  cases.push_back(std::move(made));
}

void add_filters(Cases& cases) {
  constexpr Format kFloat4{ChannelKind::Float, 32, 4};
  const Image line = make_image({7, 1, 1}, 1, kFloat4, false);
  const Image plane = make_image({5, 3, 1}, 2, kFloat4, false);
  const Image volume = make_image({4, 3, 5}, 3, kFloat4, false);
  for (const AddressMode mode : {AddressMode::Wrap, AddressMode::Clamp, AddressMode::Mirror, AddressMode::Border}) {
    for (const bool linear : {false, true}) {
      for (const bool normalized : {false, true}) {
        const texture::Sampling sampling{.address = {mode, mode, mode},
                                         .linear = linear,
                                         .normalized = normalized,
                                         .border = {1.5f, -2.0f, 0.25f, 8.0f}};
        const std::string name = "mode " + std::to_string(static_cast<int>(mode)) + (linear ? " linear" : " point") +
                                 (normalized ? " normalized" : "");
        fetch_case(cases, {.geometry = "1d", .name = name}, line, sampling);
        fetch_case(cases, {.geometry = "2d", .name = name}, plane, sampling);
        fetch_case(cases, {.geometry = "3d", .name = name}, volume, sampling);
      }
    }
  }
  const texture::Sampling mixed{
      .address = {AddressMode::Wrap, AddressMode::Border, AddressMode::Mirror}, .linear = true, .normalized = true};
  fetch_case(cases, {.geometry = "3d", .name = "three modes"}, volume, mixed);
  fetch_case(cases, {.opcode = "tex.level", .geometry = "2d", .behind = ", 0f40000000", .name = ""}, plane, mixed);
  fetch_case(cases, {.opcode = "tex.grad", .geometry = "2d", .behind = ", {%f0, %f1}, {%f1, %f0}"}, plane, mixed);
  fetch_case(cases, {.opcode = "tex.base", .geometry = "2d"}, plane, mixed);
  fetch_case(cases, {.geometry = "2d", .type = "f16"}, plane, {.linear = false});
}

// Two halves a register.
void add_packed_halves(Cases& cases) {
  const Image image = make_image({5, 3, 1}, 2, {ChannelKind::Float, 16, 4}, false);
  cases.push_back({"tex.2d.v2.f16x2.s32",
                   "mov.u64 %t1, " + handle_of(image, {}) +
                       ";\nshr.s32 %r1, %i0, 29;\ntex.2d.v2.f16x2.s32 {%o0, %o1}, [%t1, {%r1, 1}];",
                   {Kind::I32},
                   {Kind::F16x2, Kind::F16x2},
                   [reference = image.reference](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
                     for (std::size_t lane = 0; lane < 32; ++lane) {
                       const auto x =
                           reference_index(static_cast<std::int32_t>(in[0][lane]) >> 29, 5, AddressMode::Clamp, false);
                       const auto& texel = reference.at(x, 1, 0);
                       for (unsigned i : {0u, 1u}) {
                         out[i][lane] = result_bits(texel[2 * i], "f16") | result_bits(texel[2 * i + 1], "f16") << 16;
                       }
                     }
                   }});
}

void add_formats(Cases& cases) {
  for (const unsigned channels : {1u, 2u, 4u}) {
    for (const ChannelKind kind : {ChannelKind::Unsigned, ChannelKind::Signed, ChannelKind::Float}) {
      for (const unsigned bits : {8u, 16u, 32u}) {
        if (kind == ChannelKind::Float && bits == 8) continue;
        const Format format{kind, static_cast<std::uint8_t>(bits), static_cast<std::uint8_t>(channels)};
        const std::string name = std::to_string(channels) + " channels, " + std::to_string(bits) + " bits";
        if (kind != ChannelKind::Float) {
          const std::string type = kind == ChannelKind::Signed ? "s32" : "u32";
          fetch_case(cases, {.geometry = "2d", .type = type, .name = name}, make_image({5, 3, 1}, 2, format, true),
                     {.integers = true});
          if (bits == 32) continue;
        }
        fetch_case(cases, {.geometry = "2d", .name = name}, make_image({5, 3, 1}, 2, format, false), {.linear = true});
      }
    }
  }
  // sRGB: a few values by the standard's formula.
  Image image = make_image({5, 3, 1}, 2, {ChannelKind::Unsigned, 8, 4}, false);
  for (auto& texel : image.reference.texels) {
    for (unsigned c = 0; c < 3; ++c) {
      texel[c] = texel[c] > 0.04045 ? std::exp(2.4 * std::log((texel[c] + 0.055) / 1.055)) : texel[c] / 12.92;
    }
  }
  fetch_case(cases, {.geometry = "2d", .name = "sRGB"}, image, {.linear = true, .srgb = true});
}

// tex with texel numbers, on plain memory and on rows with gaps.
void add_integer_coordinates(Cases& cases) {
  Image memory = make_image({100, 1, 1}, 1, {ChannelKind::Float, 32, 1}, false);
  memory.image.layout = texture::Layout::Linear;
  cases.push_back({"tex.1d.v4.f32.s32 plain memory",
                   "mov.u64 %t1, " + handle_of(memory, {}) +
                       ";\nshr.s32 %r1, %i0, 24;\n"
                       "tex.1d.v4.f32.s32 {%o0, %f1, %f2, %f3}, [%t1, {%r1}];",
                   {Kind::I32},
                   {Kind::F32},
                   [reference = memory.reference](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
                     for (std::size_t lane = 0; lane < 32; ++lane) {
                       const int index = static_cast<std::int32_t>(in[0][lane]) >> 24;
                       const bool inside = index >= 0 && index < 100;
                       out[0][lane] = inside ? to_bits(static_cast<float>(reference.at(index, 0, 0)[0])) : 0;
                     }
                   }});
  Image rows = make_image({8, 9, 1}, 2, {ChannelKind::Signed, 16, 2}, true);
  rows.image.layout = texture::Layout::Pitch;
  rows.image.width = 5;  // of the 8 that are a row's pitch
  cases.push_back({"tex.2d.v4.s32.s32 rows with gaps",
                   "mov.u64 %t1, " + handle_of(rows, {.integers = true}) +
                       ";\nshr.s32 %r1, %i0, 28;\n"
                       "shr.s32 %r2, %i1, 27;\ntex.2d.v4.s32.s32 {%o0, %o1, %r3, %r4}, [%t1, {%r1, %r2}];",
                   {Kind::I32, Kind::I32},
                   {Kind::I32, Kind::I32},
                   [reference = rows.reference](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
                     for (std::size_t lane = 0; lane < 32; ++lane) {
                       const auto x =
                           reference_index(static_cast<std::int32_t>(in[0][lane]) >> 28, 5, AddressMode::Clamp, false);
                       const auto y =
                           reference_index(static_cast<std::int32_t>(in[1][lane]) >> 27, 9, AddressMode::Clamp, false);
                       for (unsigned c : {0u, 1u}) out[c][lane] = result_bits(reference.at(x, y, 0)[c], "s32");
                     }
                   }});
}

void add_layers(Cases& cases) {
  struct Layered {
    std::string geometry, coordinates;
    unsigned rank;
  };
  for (const Layered& form : {Layered{"a1d", "{%r1, %f0}", 1}, Layered{"a2d", "{%r1, %f0, %f0, %f0}", 2}}) {
    const std::array<std::uint32_t, 3> size{5, form.rank == 2 ? 3u : 1u, 4};
    const Image image = make_image(size, form.rank, {ChannelKind::Float, 32, 2}, false, true);
    const texture::Sampling sampling{.linear = true};
    OpcodeCase made{"tex." + form.geometry + ".v4.f32.f32",
                    "mov.u64 %t1, " + handle_of(image, sampling) + ";\nshr.s32 %r1, %i1, 29;\n" +
                        "mul.rn.f32 %f0, %i0, 0f3D800000;\ntex." + form.geometry +
                        ".v4.f32.f32 {%o0, %o1, %f2, %f3}, [%t1, " + form.coordinates + "];",
                    {Kind::F32, Kind::I32},
                    {Kind::Approx, Kind::Approx},
                    [image, sampling](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
                      const auto& all = image.reference;
                      for (std::size_t lane = 0; lane < 32; ++lane) {
                        const int layer = std::min(std::max(static_cast<std::int32_t>(in[1][lane]) >> 29, 0), 3);
                        ReferenceImage one = all;
                        const auto count = static_cast<std::ptrdiff_t>(all.size[0] * all.size[1]);
                        one.texels.assign(all.texels.begin() + layer * count, all.texels.begin() + (layer + 1) * count);
                        const double x = as<float>(in[0][lane]) * 0.0625f;
                        const auto values = reference_fetch(one, sampling, {x, x, 0});
                        for (unsigned c : {0u, 1u}) out[c][lane] = result_bits(values[c], "f32");
                      }
                    }};
    made.relative = 2e-7;
    made.absolute = 1e-6;
    cases.push_back(std::move(made));
  }
}

// tld4's texels: lower left, lower right, upper right, upper left, y growing downwards.
void add_gathers(Cases& cases) {
  const Image image = make_image({5, 3, 1}, 2, {ChannelKind::Float, 32, 4}, false);
  for (unsigned component = 0; component < 4; ++component) {
    const std::string opcode = std::string("tld4.") + "rgba"[component] + ".2d.v4.f32.f32";
    cases.push_back(
        {opcode,
         "mov.u64 %t1, " + handle_of(image, {.normalized = true}) +
             ";\nmul.rn.f32 %f0, %i0, 0f3D800000;\nmul.rn.f32 %f1, %i1, 0f3D800000;\n" + opcode +
             " {%o0, %o1, %o2, %o3}, [%t1, {%f0, %f1}];",
         {Kind::F32, Kind::F32},
         Kinds(4, Kind::F32),
         [reference = image.reference, component](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
           for (std::size_t lane = 0; lane < 32; ++lane) {
             std::array<std::int64_t, 2> first{};
             for (unsigned axis : {0u, 1u}) {
               double x = as<float>(in[axis][lane]) * 0.0625f * static_cast<double>(reference.size[axis]);
               if (std::isnan(x)) x = 0;
               first[axis] = static_cast<std::int64_t>(std::floor(std::fmin(std::fmax(x, -1e6), 1e6) - 0.5));
             }
             constexpr int kOffsets[4][2] = {{0, 1}, {1, 1}, {1, 0}, {0, 0}};
             for (unsigned i = 0; i < 4; ++i) {
               const auto x = reference_index(first[0] + kOffsets[i][0], reference.size[0], AddressMode::Clamp, true);
               const auto y = reference_index(first[1] + kOffsets[i][1], reference.size[1], AddressMode::Clamp, true);
               out[i][lane] = result_bits(reference.at(x, y, 0)[component], "f32");
             }
           }
         }});
  }
}

// A body that leaves one number in %r1; 100 is added, since an engine that does nothing gives 0.
void constant_case(Cases& cases, const std::string& name, const std::string& body, std::uint64_t result) {
  cases.push_back({name,
                   body + "\nadd.u32 %o0, %r1, 100;",
                   {},
                   {Kind::I32},
                   [result](const std::vector<Lanes>&, std::vector<Lanes>& out) { out[0].fill(result + 100); }});
}

void add_queries(Cases& cases) {
  const Image volume = make_image({4, 3, 5}, 3, {ChannelKind::Unsigned, 8, 2}, false);
  const texture::Sampling sampling{
      .address = {AddressMode::Wrap, AddressMode::Mirror, AddressMode::Border}, .linear = true, .normalized = true};
  const std::string handle = "mov.u64 %t1, " + handle_of(volume, sampling) + ";\n";
  const auto query = [&](const std::string& what, std::uint64_t result) {
    constant_case(cases, "txq." + what + ".b32", handle + "txq." + what + ".b32 %r1, [%t1];", result);
  };
  query("width", 4);
  query("height", 3);
  query("depth", 5);
  query("channel_data_type", 0x10D2);
  query("channel_order", 0x10B2);
  query("normalized_coords", 1);
  query("array_size", 0);
  query("num_mipmap_levels", 1);
  query("num_samples", 1);
  query("filter_mode", 1);
  query("addr_mode_0", 0);
  query("addr_mode_1", 1);
  query("addr_mode_2", 4);
  constant_case(cases, "txq.level.width.b32", handle + "txq.level.width.b32 %r1, [%t1], 0;", 4);
  const Image layers = make_image({6, 2, 3}, 2, {ChannelKind::Float, 16, 4}, false, true);
  const std::string layered = "mov.u64 %t1, " + handle_of(layers, {}) + ";\n";
  constant_case(cases, "txq.array_size.b32", layered + "txq.array_size.b32 %r1, [%t1];", 3);
  constant_case(cases, "txq.channel_data_type.b32 f16", layered + "txq.channel_data_type.b32 %r1, [%t1];", 0x10DD);
  for (const char* type : {"texref", "surfref", "samplerref"}) {
    const std::uint64_t is = std::string(type) == "texref" ? 1 : 0;
    constant_case(cases, std::string("istypep.") + type,
                  handle + "istypep." + type + " %p1, %t1;\nselp.b32 %r1, 1, 0, %p1;", is);
  }
  constant_case(cases, "istypep.texref of nothing",
                "mov.u64 %t1, 12345;\nistypep.texref %p1, %t1;\nselp.b32 %r1, 1, 0, %p1;", 0);
}

// Lanes that a guard or a branch leaves out keep their registers; and need no handle that means anything.
void add_masked(Cases& cases) {
  const Image image = make_image({32, 1, 1}, 1, {ChannelKind::Unsigned, 32, 1}, true);
  const std::string handle = handle_of(image, {.integers = true});
  const auto reference = [texels = image.reference](const std::vector<Lanes>&, std::vector<Lanes>& out) {
    for (std::size_t lane = 0; lane < 32; ++lane) {
      const bool runs = lane % 3 == 0;
      out[0][lane] = runs ? static_cast<std::uint32_t>(texels.at(static_cast<std::int64_t>(lane), 0, 0)[0]) : 77;
    }
  };
  const std::string start = "mov.b32 %o0, 77;\nrem.u32 %r1, %lane, 3;\nsetp.eq.u32 %p1, %r1, 0;\nmov.u64 %t1, " +
                            handle + ";\nselp.b64 %t2, %t1, 99, %p1;\n";
  const std::string fetch = "tex.1d.v4.u32.s32 {%o0, %r2, %r3, %r4}, [%t2, {%lane}];";
  cases.push_back({"tex.1d.v4.u32.s32 guarded", start + "@%p1 " + fetch, {}, {Kind::I32}, reference});
  cases.push_back(
      {"tex.1d.v4.u32.s32 in a branch", start + "@!%p1 bra OVER;\n" + fetch + "\nOVER:", {}, {Kind::I32}, reference});
  constant_case(cases, "tex.1d.v4.u32.s32 one texel for all",
                "mov.u64 %t1, " + handle + ";\ntex.1d.v4.u32.s32 {%r1, _, _, _}, [%t1, 3];",
                static_cast<std::uint32_t>(image.reference.at(3, 0, 0)[0]));
}

}  // namespace

void add_texture_cases(Cases& cases) {
  add_filters(cases);
  add_formats(cases);
  add_packed_halves(cases);
  add_integer_coordinates(cases);
  add_layers(cases);
  add_gathers(cases);
  add_queries(cases);
  add_masked(cases);
}

}  // namespace vgpu::test
