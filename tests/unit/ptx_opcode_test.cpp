#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gpu/ptx/modifiers.h"
#include "gpu/ptx/print.h"

namespace vgpu::ptx {
namespace {

TEST(PtxOpcode, EveryMnemonicFindsItself) {
  for (unsigned op = 1; op <= static_cast<unsigned>(Opcode::Xor); ++op) {
    const std::string_view name = opcode_name(static_cast<Opcode>(op));
    EXPECT_EQ(find_opcode(name), static_cast<Opcode>(op)) << name;
  }
  EXPECT_EQ(find_opcode("fence"), Opcode::Membar);
  EXPECT_EQ(find_opcode("foo"), Opcode::Invalid);
}

class PrintsAsRead : public ::testing::TestWithParam<const char*> {};

TEST_P(PrintsAsRead, FullOpcode) {
  const auto decoded = decode_opcode(GetParam());
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(full_opcode(decoded->prototype), GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    PtxOpcode, PrintsAsRead,
    ::testing::Values(
        "add.s32", "add.rz.ftz.f32", "add.cc.u32", "sub.sat.s32", "mul.wide.u16", "mul.hi.u64", "mad.lo.cc.u32",
        "fma.rn.ftz.sat.f32", "cvt.rn.f16.f32", "cvt.rzi.ftz.s32.f32", "cvt.rn.satfinite.e4m3x2.f32",
        "setp.lt.and.ftz.f32", "setp.lo.u32", "set.gtu.u32.f32", "min.ftz.NaN.xorsign.abs.f32",
        "ld.volatile.global.u32", "ld.acquire.gpu.global.u32", "ld.global.nc.v4.f32", "st.shared.v2.u32",
        "ld.cg.v2.u64", "atom.shared.add.u32", "atom.release.gpu.global.cas.b64", "red.global.add.f32",
        "shfl.sync.bfly.b32", "vote.sync.ballot.b32", "match.any.sync.b32", "bar.sync", "bar.red.or.pred",
        "barrier.sync", "bar.warp.sync", "membar.gl", "fence.acq_rel.gpu", "prmt.b32.f4e", "shf.l.wrap.b32",
        "shf.r.clamp.b32", "bfind.shiftamt.u32", "testp.subnormal.f32", "cvta.to.global.u64", "bra.uni",
        "mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32", "ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16",
        "movmatrix.sync.aligned.m8n8.trans.b16", "wmma.load.a.sync.aligned.row.m8n32k16.shared.s8",
        "wmma.mma.sync.aligned.row.col.m8n32k16.s32.s8.s8.s32", "redux.sync.add.s32", "cp.async.cg.shared.global",
        "cp.async.wait_group", "vshr.u32.u32.u32.clamp.add", "dp2a.lo.s32.u32", "rcp.approx.ftz.f32", "div.full.f32",
        "copysign.f32", "lop3.b32", "selp.b16", "tex.2d.v4.f32.f32", "tex.level.a2d.v4.u32.f32", "tld4.g.2d.v4.f32.f32",
        "txq.addr_mode_1.b32", "suld.b.3d.cg.v2.b64.zero", "sust.p.1d.v4.b32.clamp", "sured.b.add.2d.u32.trap",
        "suq.width.b32", "istypep.surfref", "mbarrier.init.shared.b64", "mbarrier.arrive.release.cta.shared.b64",
        "mbarrier.arrive.expect_tx.shared.b64", "mbarrier.try_wait.parity.acquire.cta.shared.b64",
        "cp.async.mbarrier.arrive.noinc.shared.b64", "cp.async.bulk.shared.global.mbarrier::complete_tx::bytes",
        "cp.async.bulk.global.shared.bulk_group", "cp.reduce.async.bulk.global.shared.bulk_group.add.u32",
        "cp.async.bulk.commit_group", "fence.mbarrier_init", "stmatrix.sync.aligned.m8n8.x2.trans.shared.b16",
        "vabsdiff4.u32.u32.u32.add", "vset2.s32.s32.ge", "mma.sync.aligned.m16n8k256.row.col.s32.b1.b1.s32.xor.popc",
        "red.global.add.v2.f32"));

class Refused : public ::testing::TestWithParam<const char*> {};

TEST_P(Refused, NamesTheInstruction) {
  const auto decoded = decode_opcode(GetParam());
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().message, std::string("unknown instruction \"") + GetParam() + '"');
}

INSTANTIATE_TEST_SUITE_P(PtxOpcode, Refused,
                         ::testing::Values("foo.bar.s32", "add", "add.s33", "add.wide.s32", "setp.s32", "shfl.sync.b32",
                                           "mma.sync.aligned.m256n8k8.f32", "mma.sp.sync.aligned.m16n8k16.row.col.f32",
                                           "cp.async.bulk.shared.global",
                                           "cp.async.bulk.shared.global.shared.bulk_group", "mbarrier.arrive.shared",
                                           "ld.global.shared.u32", "add..s32", "", "add.s32.s32.s32.s32.s32",
                                           "red.global.u32", ".", "tex.v4.f32.f32", "tld4.2d.v4.f32.f32", "txq.b32",
                                           "sured.b.2d.u32", "sust.b.2d.zero", "istypep"));

TEST(PtxOpcode, SameWordMeansWhatTheOperationSays) {
  EXPECT_EQ(decode_opcode("setp.lo.u32")->prototype.comparison, Comparison::Lo);
  EXPECT_EQ(decode_opcode("mul.lo.u32")->prototype.half, Half::Lo);
  EXPECT_EQ(decode_opcode("atom.global.and.b32")->prototype.atomic, AtomicOperation::And);
  EXPECT_EQ(decode_opcode("setp.eq.and.s32")->prototype.boolean, Boolean::And);
  EXPECT_EQ(decode_opcode("bar.red.and.pred")->prototype.barrier, BarrierOperation::ReduceAnd);
  EXPECT_TRUE(decode_opcode("bar.sync")->prototype.aligned);
  EXPECT_FALSE(decode_opcode("barrier.sync")->prototype.aligned);
}

TEST(PtxOpcode, HintsAreAccepted) {
  const auto decoded = decode_opcode("ld.global.L1::no_allocate.L2::cache_hint.L2::128B.v4.u32");
  ASSERT_TRUE(decoded);
  EXPECT_TRUE(decoded->cache_policy);
  EXPECT_EQ(full_opcode(decoded->prototype), "ld.global.v4.u32");
}

}  // namespace
}  // namespace vgpu::ptx
