#include <algorithm>

#include "tests/ptx/cases.h"

namespace vgpu::test {
namespace {

using U32 = std::uint32_t;
using U64 = std::uint64_t;

// shfl with constants: mode, lane operand, width of segments; expected source lane and predicate by plain rules.
void shuffle(Cases& cases, const std::string& mode, int operand, int width) {
  const int segment = (32 - width) << 8;
  const int clamp = mode == "up" ? segment : segment | 31;
  const std::string opcode = "shfl.sync." + mode + ".b32";
  warp_case(cases, opcode + " " + std::to_string(operand) + " width " + std::to_string(width),
            opcode + " %o0|%o1, %i0, " + std::to_string(operand) + ", " + std::to_string(clamp) + ", -1;", {Kind::I32},
            {Kind::I32, Kind::Pred}, [=](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
              for (int l = 0; l < 32; ++l) {
                const int first = l / width * width;
                int from = l;
                if (mode == "up") from = l - operand;
                if (mode == "down") from = l + operand;
                if (mode == "bfly") from = l ^ operand;
                if (mode == "idx") from = first + operand % width;
                const bool valid = mode == "bfly" ? from < first + width : from >= first && from < first + width;
                out[0][static_cast<std::size_t>(l)] = in[0][static_cast<std::size_t>(valid ? from : l)];
                out[1][static_cast<std::size_t>(l)] = valid;
              }
            });
}

U32 ballot(const Lanes& lanes) {
  U32 mask = 0;
  for (std::size_t l = 0; l < 32; ++l) mask |= static_cast<U32>(lanes[l] != 0) << l;
  return mask;
}

template <class F>
void vote(Cases& cases, const std::string& opcode, Kind kind, F f) {
  const std::string members = opcode.find("sync") != std::string::npos ? ", -1" : "";
  for (const std::string negation : {"", "!"})
    warp_case(cases, opcode + negation, opcode + " %o0, " + negation + "%i0" + members + ";", {Kind::Pred}, {kind},
              [=](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
                out[0].fill(f(negation.empty() ? ballot(in[0]) : ~ballot(in[0])));
              });
}

template <class F>
void reduction(Cases& cases, const std::string& opcode, F f) {
  warp_case(cases, opcode, opcode + " %o0, %i0, -1;", {Kind::I32}, {Kind::I32},
            [f](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
              auto value = static_cast<U32>(in[0][0]);
              for (std::size_t l = 1; l < 32; ++l) value = f(value, static_cast<U32>(in[0][l]));
              out[0].fill(value);
            });
}

// Each lane names the lanes whose number leaves the same rest when it is divided by 3.
void groups(Cases& cases) {
  const std::string sets = "rem.u32 %r1, %lane, 3; mov.u32 %r2, 0x49249249; shl.b32 %r2, %r2, %r1;\n";
  const auto set_of = [](std::size_t lane) { return 0x49249249u << lane % 3; };
  warp_case(cases, "vote.sync by groups",
            sets +
                "vote.sync.ballot.b32 %o0, %i0, %r2; vote.sync.all.pred %o1, %i0, %r2; "
                "vote.sync.any.pred %o2, %i0, %r2; vote.sync.uni.pred %o3, %i0, %r2;",
            {Kind::Pred}, {Kind::I32, Kind::Pred, Kind::Pred, Kind::Pred},
            [=](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
              for (std::size_t l = 0; l < 32; ++l) {
                const U32 votes = ballot(in[0]) & set_of(l);
                out[0][l] = votes;
                out[1][l] = votes == set_of(l);
                out[2][l] = votes != 0;
                out[3][l] = votes == set_of(l) || votes == 0;
              }
            });
  warp_case(cases, "redux.sync by groups", sets + "redux.sync.add.s32 %o0, %i0, %r2; redux.sync.max.u32 %o1, %i0, %r2;",
            {Kind::I32}, {Kind::I32, Kind::I32}, [=](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
              for (std::size_t l = 0; l < 32; ++l) {
                U32 sum = 0, most = 0;
                for (std::size_t m = l % 3; m < 32; m += 3) {
                  sum += static_cast<U32>(in[0][m]);
                  most = std::max(most, static_cast<U32>(in[0][m]));
                }
                out[0][l] = sum;
                out[1][l] = most;
              }
            });
  for (const std::string width : {"32", "64"}) {
    const Kind kind = width == "32" ? Kind::I32 : Kind::I64;
    const std::string type = ".sync.b" + width, value = width == "32" ? "%r3" : "%t1";
    warp_case(cases, "match" + type + " by groups",
              sets + "and.b" + width + " " + value + ", %i0, 1; match.any" + type + " %o0, " + value +
                  ", %r2; match.all" + type + " %o1|%o2, " + value + ", %r2; mov.b" + width + " " + value +
                  ", 7; match.all" + type + " %o3, " + value + ", %r2;",
              {kind}, {Kind::I32, Kind::I32, Kind::Pred, Kind::I32},
              [=](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
                for (std::size_t l = 0; l < 32; ++l) {
                  U32 same = 0;
                  for (std::size_t m = l % 3; m < 32; m += 3) {
                    same |= static_cast<U32>((in[0][l] & 1) == (in[0][m] & 1)) << m;
                  }
                  out[0][l] = same;
                  out[1][l] = same == set_of(l) ? same : 0;
                  out[2][l] = same == set_of(l);
                  out[3][l] = set_of(l);
                }
              });
  }
}

template <class F>
void special(Cases& cases, const std::string& name, F f) {
  warp_case(cases, "mov.u32 " + name, "mov.u32 %o0, " + name + ";", {}, {Kind::I32},
            [f](const std::vector<Lanes>&, std::vector<Lanes>& out) {
              for (U64 l = 0; l < 32; ++l) out[0][l] = f(l);
            });
}

void control(Cases& cases) {
  warp_case(cases, "bar.sync bar.warp.sync membar barrier.sync",
            "bar.sync 0; bar.warp.sync -1; membar.cta; membar.gl; membar.sys; barrier.sync 1, 32; mov.u32 %o0, %lane;",
            {}, {Kind::I32}, [](const std::vector<Lanes>&, std::vector<Lanes>& out) {
              for (U64 l = 0; l < 32; ++l) out[0][l] = l;
            });
  warp_case(cases, "bar.red.popc.u32 bar.red.and.pred bar.red.or.pred",
            "bar.red.popc.u32 %o0, 0, %i0; bar.red.and.pred %o1, 0, %i0; bar.red.or.pred %o2, 0, !%i0;", {Kind::Pred},
            {Kind::I32, Kind::Pred, Kind::Pred}, [](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
              const U32 mask = ballot(in[0]);
              out[0].fill(static_cast<U64>(std::popcount(mask)));
              out[1].fill(mask == ~0u);
              out[2].fill(mask != ~0u);
            });
  // Lanes take different ways and different numbers of turns, and meet again.
  warp_case(cases, "bra divergent",
            "and.b32 %r1, %lane, 3; mov.u32 %o0, 0; setp.lt.u32 %p0, %lane, 16; @%p0 bra.uni LOW; bra HIGH;\n"
            "LOW: add.u32 %o0, %o0, 100; bra JOIN;\nHIGH: add.u32 %o0, %o0, 200;\n"
            "JOIN: setp.eq.u32 %p1, %r1, 0; @%p1 bra DONE; add.u32 %o0, %o0, 1; sub.u32 %r1, %r1, 1; bra JOIN;\n"
            "DONE: activemask.b32 %o1;",
            {}, {Kind::I32, Kind::I32}, [](const std::vector<Lanes>&, std::vector<Lanes>& out) {
              for (U64 l = 0; l < 32; ++l) out[0][l] = (l < 16 ? 100 : 200) + l % 4;
              out[1].fill(~0u);
            });
  warp_case(cases, "nanosleep.u32 prefetch.global.L2 griddepcontrol.wait",
            "nanosleep.u32 20; prefetch.global.L2 [%scratch]; griddepcontrol.wait; griddepcontrol.launch_dependents; "
            "fence.acq_rel.gpu; mov.u32 %o0, 1;",
            {}, {Kind::I32}, [](const std::vector<Lanes>&, std::vector<Lanes>& out) { out[0].fill(1); });
  warp_case(cases, "isspacep",
            "mov.u64 %t1, smem; cvta.shared.u64 %t1, %t1; isspacep.shared %o0, %t1; isspacep.global %o1, %scratch; "
            "isspacep.shared %o2, %scratch;",
            {}, {Kind::Pred, Kind::Pred, Kind::Pred}, [](const std::vector<Lanes>&, std::vector<Lanes>& out) {
              out[0].fill(1);
              out[1].fill(1);
            });
}

}  // namespace

void add_warp_cases(Cases& cases) {
  for (const char* mode : {"up", "down", "bfly", "idx"})
    for (const int operand : {0, 1, 2, 5, 16, 31})
      for (const int width : {32, 16, 4}) {
        // Inside a segment only: what a larger operand does is a matter of masks, tested by width 32.
        if (operand < width || std::string(mode) != "idx") shuffle(cases, mode, operand, width);
      }
  vote(cases, "vote.sync.all.pred", Kind::Pred, [](U32 mask) { return mask == ~0u; });
  vote(cases, "vote.sync.any.pred", Kind::Pred, [](U32 mask) { return mask != 0; });
  vote(cases, "vote.sync.uni.pred", Kind::Pred, [](U32 mask) { return mask == 0 || mask == ~0u; });
  vote(cases, "vote.sync.ballot.b32", Kind::I32, [](U32 mask) { return mask; });
  vote(cases, "vote.ballot.sync.b32", Kind::I32, [](U32 mask) { return mask; });
  reduction(cases, "redux.sync.add.s32", [](U32 a, U32 b) { return a + b; });
  reduction(cases, "redux.sync.xor.b32", [](U32 a, U32 b) { return a ^ b; });
  reduction(cases, "redux.sync.and.b32", [](U32 a, U32 b) { return a & b; });
  reduction(cases, "redux.sync.or.b32", [](U32 a, U32 b) { return a | b; });
  reduction(cases, "redux.sync.min.u32", [](U32 a, U32 b) { return std::min(a, b); });
  reduction(cases, "redux.sync.max.s32", [](U32 a, U32 b) {
    return static_cast<U32>(std::max(static_cast<std::int32_t>(a), static_cast<std::int32_t>(b)));
  });
  warp_case(cases, "match.any.sync.b32", "match.any.sync.b32 %o0, %i0, -1;", {Kind::I32}, {Kind::I32},
            [](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
              for (std::size_t l = 0; l < 32; ++l)
                for (std::size_t m = 0; m < 32; ++m) out[0][l] |= U64{in[0][l] == in[0][m]} << m;
            });
  warp_case(cases, "match.all.sync.b64", "match.all.sync.b64 %o0|%o1, %i0, -1;", {Kind::I64}, {Kind::I32, Kind::Pred},
            [](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
              const bool same = std::all_of(in[0].begin(), in[0].end(), [&](U64 x) { return x == in[0][0]; });
              out[0].fill(same ? ~0u : 0u);
              out[1].fill(same);
            });
  groups(cases);
  special(cases, "%tid.x", [](U64 l) { return l; });
  special(cases, "%tid.y", [](U64) { return 0; });
  special(cases, "%ntid.x", [](U64) { return 32; });
  special(cases, "%ctaid.x", [](U64) { return 0; });
  special(cases, "%nctaid.x", [](U64) { return 1; });
  special(cases, "%lanemask_lt", [](U64 l) { return (U64{1} << l) - 1; });
  special(cases, "%lanemask_le", [](U64 l) { return (U64{2} << l) - 1; });
  special(cases, "%lanemask_ge", [](U64 l) { return 0xffffffff & ~((U64{1} << l) - 1); });
  special(cases, "%lanemask_gt", [](U64 l) { return 0xffffffff & ~((U64{2} << l) - 1); });
  special(cases, "%lanemask_eq", [](U64 l) { return U64{1} << l; });
  control(cases);
}

}  // namespace vgpu::test
