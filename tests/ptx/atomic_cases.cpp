#include <algorithm>

#include "tests/ptx/cases.h"

namespace vgpu::test {
namespace {

using U32 = std::uint32_t;
using U64 = std::uint64_t;

// All lanes update one location, lane after lane. The order of lanes is ours: `atom` results are compared as that
// order gives them, which an engine may only choose differently where PTX says so; both of ours keep lane order.
template <class T, class F>
void atomic(Cases& cases, const std::string& opcode, const std::string& type, T start, F f) {
  const bool wide = sizeof(T) == 8;
  const std::string bits = wide ? "b64" : "b32";
  const std::string zero = "setp.eq.u32 %p0, %lane, 0; ";
  for (const std::string space : {"", ".global", ".shared"}) {
    const std::string base = space == ".shared" ? "mov.u64 %t1, smem; " : "add.s64 %t1, %scratch, 512; ";
    const std::string access = space == ".shared" ? ".shared" : ".global";
    const std::string store = "@%p0 st" + access + "." + bits + " [%t1], " + std::to_string(to_bits(start)) + "; ";
    const std::string load = " ld" + access + "." + bits + " %o0, [%t1];";
    const Reference last = [f, start](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
      T value = start;
      for (std::size_t l = 0; l < 32; ++l) {
        if (out.size() > 1) out[1][l] = to_bits(value);
        value = f(value, as<T>(in[0][l]));
      }
      out[0].fill(to_bits(value));
    };
    warp_case(cases, "red" + space + "." + opcode + type,
              zero + base + store + "red" + space + "." + opcode + type + " [%t1], %i0;" + load, {kind_of<T>()},
              {kind_of<T>()}, last);
    warp_case(cases, "atom" + space + "." + opcode + type,
              zero + base + store + "atom" + space + "." + opcode + type + " %o1, [%t1], %i0;" + load, {kind_of<T>()},
              {kind_of<T>(), kind_of<T>()}, last);
  }
}

// Two lanes share each vector of `count` elements of f32, which start at 1.
void vector_sums(Cases& cases, unsigned count) {
  const std::string suffix = "global.v" + std::to_string(count) + ".f32.add";
  const auto braces = [&](const std::string& name) {
    std::string text = "{";
    for (unsigned e = 0; e < count; ++e) text += (e == 0 ? "%" : ", %") + name + std::to_string(e);
    return text + "}";
  };
  std::string start =
      "shr.u32 %r1, %lane, 1; mul.wide.u32 %t1, %r1, " + std::to_string(4 * count) + "; add.s64 %t1, %t1, %scratch; ";
  for (unsigned e = 0; e < count; ++e) start += "st.global.u32 [%t1+" + std::to_string(4 * e) + "], 0x3f800000; ";
  start += "cvt.rn.f32.u32 %f8, %lane; ";
  for (unsigned e = 0; e < count; ++e) {
    start += "add.f32 %f" + std::to_string(e) + ", %f8, 0f" + (e == 0 ? "00000000" : "43800000") + "; ";
  }
  const Reference results = [=](const std::vector<Lanes>&, std::vector<Lanes>& out) {
    for (unsigned e = 0; e < out.size(); ++e)
      for (unsigned lane = 0; lane < 32; ++lane) {
        const float extra = e % count == 0 ? 0.0f : 256.0f;
        const float first = static_cast<float>(lane / 2 * 2) + extra;
        const float last = 1.0f + first + static_cast<float>(lane / 2 * 2 + 1) + extra;
        out[e][lane] = to_bits(e < count ? last : lane % 2 == 0 ? 1.0f : 1.0f + first);
      }
  };
  std::string load;
  for (unsigned e = 0; e < count; ++e) {
    load += "ld.global.f32 %o" + std::to_string(e) + ", [%t1+" + std::to_string(4 * e) + "]; ";
  }
  warp_case(cases, "red." + suffix, start + "red." + suffix + " [%t1], " + braces("f") + "; " + load, {},
            Kinds(count, Kind::F32), results);
  std::string old = "{";
  for (unsigned e = 0; e < count; ++e) old += (e == 0 ? "%o" : ", %o") + std::to_string(count + e);
  warp_case(cases, "atom." + suffix, start + "atom." + suffix + " " + old + "}, [%t1], " + braces("f") + "; " + load,
            {}, Kinds(2 * count, Kind::F32), results);
}

// Vectors of halves and of pairs of them, all to one place.
void half_vector_sums(Cases& cases) {
  warp_case(
      cases, "red.global.v4.f16.add.noftz red.global.v2.bf16x2.add.noftz",
      "add.s64 %t1, %scratch, 512; st.global.u64 [%t1], 0; st.global.u64 [%t1+8], 0; "
      "cvt.rn.f16.u32 %h0, %lane; mov.b16 %h1, 0x3c00; mov.b16 %h2, 0x4000; mov.b16 %h3, 0; "
      "red.global.v4.f16.add.noftz [%t1], {%h0, %h1, %h2, %h3}; mov.u32 %r1, 0x3f803f80; mov.u32 %r2, 0x40000000; "
      "red.global.v2.bf16x2.add.noftz [%t1+8], {%r1, %r2}; ld.global.u64 %o0, [%t1]; ld.global.u64 %o1, "
      "[%t1+8];",
      {}, {Kind::I64, Kind::I64}, [](const std::vector<Lanes>&, std::vector<Lanes>& out) {
        const auto half = [](float value) { return to_bits(static_cast<_Float16>(value)); };
        out[0].fill(half(496) | half(32) << 16 | half(64) << 32);
        out[1].fill(0x4280000042004200);
      });
}

}  // namespace

void add_atomic_cases(Cases& cases) {
  vector_sums(cases, 2);
  vector_sums(cases, 4);
  half_vector_sums(cases);
  atomic<U32>(cases, "add", ".u32", 5, [](U32 a, U32 b) { return a + b; });
  atomic<U64>(cases, "add", ".u64", 5, [](U64 a, U64 b) { return a + b; });
  atomic<std::int32_t>(cases, "add", ".s32", 5, [](std::int32_t a, std::int32_t b) {
    return static_cast<std::int32_t>(static_cast<U32>(a) + static_cast<U32>(b));
  });
  atomic<U32>(cases, "or", ".b32", 1, [](U32 a, U32 b) { return a | b; });
  atomic<U32>(cases, "xor", ".b32", 1, [](U32 a, U32 b) { return a ^ b; });
  atomic<U32>(cases, "and", ".b32", 0x7fffffff, [](U32 a, U32 b) { return a & b; });
  atomic<U32>(cases, "min", ".u32", 900, [](U32 a, U32 b) { return std::min(a, b); });
  atomic<U32>(cases, "max", ".u32", 900, [](U32 a, U32 b) { return std::max(a, b); });
  atomic<std::int32_t>(cases, "min", ".s32", 900, [](std::int32_t a, std::int32_t b) { return std::min(a, b); });
  atomic<std::int32_t>(cases, "max", ".s32", 900, [](std::int32_t a, std::int32_t b) { return std::max(a, b); });
  atomic<U32>(cases, "inc", ".u32", 3, [](U32 a, U32 b) { return a >= b ? 0 : a + 1; });
  atomic<U32>(cases, "dec", ".u32", 3, [](U32 a, U32 b) { return a == 0 || a > b ? b : a - 1; });
  warp_case(cases, "atom.global.exch.b32",
            "add.s64 %t1, %scratch, 512; atom.global.exch.b32 %o0, [%t1], %lane; ld.global.b32 %o1, [%t1];", {},
            {Kind::I32, Kind::I32}, [](const std::vector<Lanes>&, std::vector<Lanes>& out) {
              out[0][0] = 0;
              for (U64 i = 0; i < 4; ++i) out[0][0] |= (((512 + i) * 37 + 11) & 0xff) << 8 * i;
              for (U64 l = 1; l < 32; ++l) out[0][l] = l - 1;
              out[1].fill(31);
            });
  warp_case(cases, "atom.cas.b32",
            "add.s64 %t1, %scratch, 512; st.global.u32 [%t1], 0; add.u32 %r1, %lane, 1; "
            "atom.cas.b32 %o0, [%t1], %lane, %r1; ld.global.b32 %o1, [%t1];",
            {}, {Kind::I32, Kind::I32}, [](const std::vector<Lanes>&, std::vector<Lanes>& out) {
              for (U64 l = 0; l < 32; ++l) out[0][l] = l;
              out[1].fill(32);
            });
  warp_case(cases, "atom.add.release.gpu",
            "add.s64 %t1, %scratch, 512; st.global.u32 [%t1], 0; atom.add.release.gpu.u32 %o0, [%t1], 1;", {},
            {Kind::I32}, [](const std::vector<Lanes>&, std::vector<Lanes>& out) {
              for (U64 l = 0; l < 32; ++l) out[0][l] = l;
            });
  warp_case(cases, "red.global.add.f32 atom.global.add.f64",
            "add.s64 %t1, %scratch, 512; st.global.u64 [%t1], 0; st.global.u64 [%t1+8], 0; cvt.rn.f32.u32 %f0, %lane; "
            "cvt.f64.f32 %d0, %f0; red.global.add.f32 [%t1], %f0; atom.global.add.f64 %d1, [%t1+8], %d0; "
            "ld.global.f32 %o0, [%t1]; ld.global.f64 %o1, [%t1+8];",
            {}, {Kind::F32, Kind::F64}, [](const std::vector<Lanes>&, std::vector<Lanes>& out) {
              out[0].fill(to_bits(496.0f));
              out[1].fill(to_bits(496.0));
            });
}

}  // namespace vgpu::test
