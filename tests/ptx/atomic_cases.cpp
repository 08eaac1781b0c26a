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

}  // namespace

void add_atomic_cases(Cases& cases) {
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
