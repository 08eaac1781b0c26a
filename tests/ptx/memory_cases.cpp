#include "tests/ptx/cases.h"

namespace vgpu::test {
namespace {

using U64 = std::uint64_t;

// Byte i of the scratch memory that run_case() prepares.
U64 scratch_byte(U64 i) {
  return (i * 37 + 11) & 0xff;
}

U64 scratch_value(U64 offset, unsigned bytes, bool sign) {
  U64 value = 0;
  for (unsigned i = 0; i < bytes; ++i) value |= scratch_byte(offset + i) << 8 * i;
  const unsigned unused = 64 - 8 * bytes;
  return sign ? static_cast<U64>(static_cast<std::int64_t>(value << unused) >> unused) : value;
}

struct Width {
  const char* type;
  unsigned bytes;
  bool sign;
  Kind kind;              // of the register
  const char* shorthand;  // of mov and the like
};
constexpr Width kWidths[] = {
    {"u8", 1, false, Kind::I16, "b16"},  {"s8", 1, true, Kind::I16, "b16"},   {"u16", 2, false, Kind::I16, "b16"},
    {"s16", 2, true, Kind::I16, "b16"},  {"u32", 4, false, Kind::I32, "b32"}, {"s32", 4, true, Kind::I32, "b32"},
    {"b32", 4, false, Kind::I32, "b32"}, {"f32", 4, false, Kind::F32, "f32"}, {"u64", 8, false, Kind::I64, "b64"},
    {"s64", 8, true, Kind::I64, "b64"},  {"b64", 8, false, Kind::I64, "b64"}, {"f64", 8, false, Kind::F64, "f64"},
};

std::string braces(const std::string& name, unsigned count) {
  if (count == 1) return name + "0";
  std::string text = "{";
  for (unsigned i = 0; i < count; ++i) text += (i == 0 ? "" : ", ") + name + std::to_string(i);
  return text + "}";
}

std::string vector_name(unsigned count) {
  return count == 1 ? "" : ".v" + std::to_string(count);
}

// ld of each lane's own element of scratch.
void global_load(Cases& cases, const std::string& prefix, const Width& width, unsigned count) {
  const unsigned stride = width.bytes * count;
  const std::string opcode = prefix + vector_name(count) + "." + width.type;
  warp_case(cases, opcode,
            "mul.wide.u32 %t1, %lane, " + std::to_string(stride) + "; add.s64 %t1, %t1, %scratch; " + opcode + " " +
                braces("%o", count) + ", [%t1+64];",
            {}, Kinds(count, width.kind), [=](const std::vector<Lanes>&, std::vector<Lanes>& out) {
              for (U64 l = 0; l < 32; ++l)
                for (unsigned i = 0; i < count; ++i)
                  out[i][l] = scratch_value(64 + l * stride + i * width.bytes, width.bytes, width.sign);
            });
}

// st to an address of `space`, then ld of the same type back, each lane another lane's element for shared memory.
void store_and_load(Cases& cases, const std::string& store, const std::string& load, const std::string& address,
                    const Width& width, unsigned count) {
  const std::string tail = vector_name(count) + "." + width.type;
  const U64 mask = width.bytes == 8 ? ~U64{0} : (U64{1} << 8 * width.bytes) - 1;
  warp_case(
      cases, store + tail + " " + load + tail,
      "mul.lo.u32 %r1, %lane, " + std::to_string(width.bytes * count) + "; cvt.u64.u32 %t1, %r1; " + address + " " +
          store + tail + " [%t2], " + braces("%i", count) + "; " + load + tail + " " + braces("%o", count) + ", [%t2];",
      Kinds(count, width.kind), Kinds(count, width.kind), [=](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
        for (U64 l = 0; l < 32; ++l)
          for (unsigned i = 0; i < count; ++i) {
            const unsigned unused = 64 - 8 * width.bytes;
            const U64 kept = in[i][l] & mask;
            out[i][l] = width.sign ? static_cast<U64>(static_cast<std::int64_t>(kept << unused) >> unused) : kept;
          }
      });
}

void spaces(Cases& cases) {
  const std::string global = "add.s64 %t2, %scratch, %t1;";
  const std::string shared = "mov.u64 %t2, smem; add.s64 %t2, %t2, %t1;";
  const std::string generic_shared = "mov.u64 %t2, smem; cvta.shared.u64 %t2, %t2; add.s64 %t2, %t2, %t1;";
  const std::string local = "mov.u64 %t2, depot;";
  const std::string generic_local = "mov.u64 %t2, depot; cvta.local.u64 %t2, %t2;";
  const std::string local_again = generic_local + " cvta.to.local.u64 %t2, %t2;";
  for (const Width& width : kWidths)
    for (const unsigned count : {1u, 2u, 4u}) {
      if (count * width.bytes > 16) continue;
      for (const char* prefix : {"ld.global", "ld.global.nc", "ld", "ld.cg", "ld.global.cv"})
        if (std::string(prefix) != "ld.cg" || count > 1) global_load(cases, prefix, width, count);
      store_and_load(cases, "st.global", "ld.global", global, width, count);
      store_and_load(cases, "st.shared", "ld.shared", shared, width, count);
      store_and_load(cases, "st.local", "ld.local", local, width, count);
      if (count == 1) {
        store_and_load(cases, "st", "ld", generic_shared, width, count);
        store_and_load(cases, "st", "ld", generic_local, width, count);
        store_and_load(cases, "st.local", "ld.local", local_again, width, count);
        store_and_load(cases, "st.volatile.global", "ld.volatile.global", global, width, count);
        store_and_load(cases, "st.volatile.shared", "ld.volatile.shared", shared, width, count);
        store_and_load(cases, "st.volatile", "ld.volatile", global, width, count);
      }
      if (count > 1) store_and_load(cases, "st.cg", "ld.cg", global, width, count);
      if (count <= 2 && width.bytes >= 4) {
        store_and_load(cases, "st.relaxed.gpu", "ld.relaxed.gpu", global, width, count);
        store_and_load(cases, "st.release.gpu", "ld.acquire.gpu", global, width, count);
      }
    }
}

// Parts of an 8-byte parameter, by type and offset, against the same bits of the whole: the difference is 0.
void parameters(Cases& cases) {
  const auto part = [&](const std::string& type, unsigned offset, const std::string& from_r2) {
    warp_case(cases, "ld.param." + type,
              "ld.param.u64 %t1, [scratch]; shr.u64 %t1, %t1, " + std::to_string(8 * offset) +
                  "; cvt.u32.u64 %r2, %t1; " + from_r2 + " ld.param." + type + " %r1, [scratch+" +
                  std::to_string(offset) + "]; sub.s32 %r1, %r1, %r2; add.s32 %o0, %r1, 77;",
              {}, {Kind::I32}, [](const std::vector<Lanes>&, std::vector<Lanes>& out) { out[0].fill(77); });
  };
  part("b32", 0, "");
  part("b32", 4, "");
  part("u32", 4, "");
  part("s32", 0, "");
  part("u16", 2, "cvt.u32.u16 %r2, %r2;");
  part("u8", 1, "cvt.u32.u8 %r2, %r2;");
  for (unsigned offset = 0; offset < 8; ++offset) part("s8", offset, "cvt.s32.s8 %r2, %r2;");
  warp_case(cases, "ld.param.f32",
            "ld.param.f32 %f0, [scratch]; mov.b32 %r1, %f0; ld.param.u32 %r2, [scratch]; sub.s32 %r1, %r1, %r2; "
            "add.s32 %o0, %r1, 77;",
            {}, {Kind::I32}, [](const std::vector<Lanes>&, std::vector<Lanes>& out) { out[0].fill(77); });
  warp_case(cases, "ld.param.v2.f32",
            "ld.param.v2.f32 {%f0, %f1}, [scratch]; mov.b64 %t1, {%f0, %f1}; ld.param.u64 %t2, [scratch]; "
            "sub.s64 %t1, %t1, %t2; add.s64 %o0, %t1, 77;",
            {}, {Kind::I64}, [](const std::vector<Lanes>&, std::vector<Lanes>& out) { out[0].fill(77); });
  warp_case(cases, "ld.param.v2.u32",
            "ld.param.v2.u32 {%r1, %r2}, [scratch]; mov.b64 %t1, {%r1, %r2}; ld.param.u64 %t2, [scratch]; "
            "sub.s64 %t1, %t1, %t2; add.s64 %o0, %t1, 77;",
            {}, {Kind::I64}, [](const std::vector<Lanes>&, std::vector<Lanes>& out) { out[0].fill(77); });
  warp_case(cases, "ld.param.v2.u8",
            "ld.param.v2.u8 {%h0, %h1}, [scratch+2]; shl.b16 %h1, %h1, 8; or.b16 %h0, %h0, %h1; "
            "ld.param.u16 %h2, [scratch+2]; sub.s16 %h0, %h0, %h2; add.s16 %o0, %h0, 77;",
            {}, {Kind::I16}, [](const std::vector<Lanes>&, std::vector<Lanes>& out) { out[0].fill(77); });
}

void moves(Cases& cases) {
  warp_case(cases, "setp.eq.b64", "setp.eq.b64 %o0, %i0, %i1;", {Kind::I64, Kind::I64}, {Kind::Pred},
            [](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
              for (std::size_t l = 0; l < 32; ++l) out[0][l] = in[0][l] == in[1][l] ? 1 : 0;
            });
  warp_case(cases, "shr.b32", "shr.b32 %o0, %i0, %i1;", {Kind::I32, Kind::Shift}, {Kind::I32},
            [](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
              for (std::size_t l = 0; l < 32; ++l) {
                const U64 amount = in[1][l] & 0xffffffff;
                out[0][l] = amount > 31 ? 0 : (in[0][l] & 0xffffffff) >> amount;
              }
            });
  warp_case(cases, "mov.b16", "mov.b16 %o0, %i0;", {Kind::I16}, {Kind::I16},
            [](const std::vector<Lanes>& in, std::vector<Lanes>& out) { out[0] = in[0]; });
  warp_case(cases, "cvta.global.u64 cvta.to.global.u64",
            "cvta.global.u64 %t1, %scratch; cvta.to.global.u64 %t1, %t1; ld.global.u32 %o0, [%t1+4];", {}, {Kind::I32},
            [](const std::vector<Lanes>&, std::vector<Lanes>& out) { out[0].fill(scratch_value(4, 4, false)); });
  for (const Width& width : kWidths)
    if (width.bytes > 1 && std::string(width.type) != "s16")
      warp_case(cases, std::string("mov.") + width.type, std::string("mov.") + width.type + " %o0, %i0;", {width.kind},
                {width.kind}, [](const std::vector<Lanes>& in, std::vector<Lanes>& out) { out[0] = in[0]; });
  warp_case(cases, "mov.pred", "mov.pred %o0, %i0;", {Kind::Pred}, {Kind::Pred},
            [](const std::vector<Lanes>& in, std::vector<Lanes>& out) { out[0] = in[0]; });
  warp_case(cases, "mov.b32 pack", "mov.b32 %o0, {%i0, %i1};", {Kind::I16, Kind::I16}, {Kind::I32},
            [](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
              for (std::size_t l = 0; l < 32; ++l) out[0][l] = in[0][l] | in[1][l] << 16;
            });
  warp_case(cases, "mov.b64 pack", "mov.b64 %o0, {%i0, %i1};", {Kind::I32, Kind::I32}, {Kind::I64},
            [](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
              for (std::size_t l = 0; l < 32; ++l) out[0][l] = in[0][l] | in[1][l] << 32;
            });
  warp_case(cases, "mov.b32 unpack", "mov.b32 {%o0, %o1}, %i0;", {Kind::I32}, {Kind::I16, Kind::I16},
            [](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
              for (std::size_t l = 0; l < 32; ++l) {
                out[0][l] = in[0][l];
                out[1][l] = in[0][l] >> 16;
              }
            });
  warp_case(cases, "mov.b64 unpack", "mov.b64 {%o0, %o1}, %i0;", {Kind::I64}, {Kind::I32, Kind::I32},
            [](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
              for (std::size_t l = 0; l < 32; ++l) {
                out[0][l] = in[0][l];
                out[1][l] = in[0][l] >> 32;
              }
            });
}

// Sub-word values in wider registers: loads extend, stores truncate.
void widening(Cases& cases) {
  warp_case(cases, "ld.global.s8 ld.global.u8 into b32",
            "ld.global.s8 %o0, [%scratch+3]; ld.global.u8 %o1, [%scratch+3];", {}, {Kind::I32, Kind::I32},
            [](const std::vector<Lanes>&, std::vector<Lanes>& out) {
              out[0].fill(scratch_value(3, 1, true));
              out[1].fill(scratch_value(3, 1, false));
            });
  warp_case(cases, "ld.global.s16 into b64", "ld.global.s16 %o0, [%scratch+2]; ld.global.u32 %o1, [%scratch+4];", {},
            {Kind::I64, Kind::I64}, [](const std::vector<Lanes>&, std::vector<Lanes>& out) {
              out[0].fill(scratch_value(2, 2, true));
              out[1].fill(scratch_value(4, 4, false));
            });
  warp_case(cases, "st.global.u8 from b32",
            "mul.wide.u32 %t1, %lane, 4; add.s64 %t1, %t1, %scratch; st.global.u32 [%t1], 0; "
            "st.global.u8 [%t1+1], %i0; ld.global.u32 %o0, [%t1];",
            {Kind::I32}, {Kind::I32}, [](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
              for (std::size_t l = 0; l < 32; ++l) out[0][l] = (in[0][l] & 0xff) << 8;
            });
}

// Lanes whose guard is false neither read nor write: their address is bad.
void guards(Cases& cases) {
  warp_case(cases, "guarded ld st",
            "and.b32 %r1, %lane, 1; setp.eq.s32 %p0, %r1, 0; selp.b64 %t1, %scratch, 8, %p0; mov.u32 %o0, 77; "
            "@%p0 ld.global.u32 %o0, [%t1]; @!%p0 mov.u64 %t1, 16; @%p0 st.global.u32 [%t1+64], %o0;",
            {}, {Kind::I32}, [](const std::vector<Lanes>&, std::vector<Lanes>& out) {
              for (std::size_t l = 0; l < 32; ++l) out[0][l] = l % 2 == 0 ? scratch_value(0, 4, false) : 77;
            });
  warp_case(
      cases, "cp.async.cg cp.async.wait_all",
      "mul.wide.u32 %t1, %lane, 16; add.s64 %t1, %t1, %scratch; mov.u32 %r1, smem; mad.lo.u32 %r1, %lane, 16, %r1; "
      "cp.async.cg.shared.global [%r1], [%t1], 16; cp.async.commit_group; cp.async.wait_group 0; "
      "cp.async.wait_all; ld.shared.u32 %o0, [%r1+12];",
      {}, {Kind::I32}, [](const std::vector<Lanes>&, std::vector<Lanes>& out) {
        for (U64 l = 0; l < 32; ++l) out[0][l] = scratch_value(l * 16 + 12, 4, false);
      });
}

}  // namespace

void add_memory_cases(Cases& cases) {
  spaces(cases);
  parameters(cases);
  moves(cases);
  widening(cases);
  guards(cases);
}

}  // namespace vgpu::test
