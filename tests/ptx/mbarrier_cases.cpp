#include "tests/ptx/cases.h"

// mbarrier and bulk copies by one warp, whose lanes come one after the other in their order.
namespace vgpu::test {
namespace {

using U64 = std::uint64_t;

// An object at the start of smem, made by lane 0, and its address in %r1 and, as a generic one, in %t1.
std::string with_object(unsigned count) {
  return "mov.u32 %r1, smem; mov.u64 %t1, smem; cvta.shared.u64 %t1, %t1; setp.eq.u32 %p0, %lane, 0; "
         "@%p0 mbarrier.init.shared.b64 [%r1], " +
         std::to_string(count) + "; bar.warp.sync -1; ";
}

// A test of the phase with a state or a parity, as 0 or 1 in an output.
std::string test(const std::string& operation, const std::string& output, const std::string& operands) {
  return operation + " %p1, " + operands + "; selp.u32 " + output + ", 1, 0, %p1; ";
}

// Lanes of the first half arrive, then the others; `fills`: whether that is the phase's last arrival.
void arrivals(Cases& cases) {
  for (const std::string space : {".shared", ".shared::cta", ""}) {
    const std::string address = space.empty() ? "[%t1]" : "[%r1]";
    warp_case(cases, "mbarrier.arrive" + space + ".b64 mbarrier.pending_count.b64 mbarrier.test_wait" + space + ".b64",
              with_object(32) + "mbarrier.arrive" + space + ".b64 %t2, " + address +
                  "; mbarrier.pending_count.b64 %o0, %t2; " +
                  test("mbarrier.test_wait" + space + ".b64", "%o1", address + ", %t2") +
                  // One arrival of the next phase: its state is not complete.
                  "@%p0 mbarrier.arrive" + space + ".b64 %t2, " + address + "; " +
                  test("mbarrier.test_wait" + space + ".b64", "%o2", address + ", %t2"),
              {}, {Kind::I32, Kind::I32, Kind::I32}, [](const std::vector<Lanes>&, std::vector<Lanes>& out) {
                for (U64 l = 0; l < 32; ++l) {
                  out[0][l] = 32 - l;
                  out[1][l] = 1;
                  out[2][l] = l == 0 ? 0 : 1;
                }
              });
  }
  // With a count, in two steps, without an end of the phase in between.
  warp_case(cases, "mbarrier.arrive.noComplete.shared.b64 mbarrier.arrive.release.cta.shared::cta.b64",
            with_object(100) +
                "@%p0 mbarrier.arrive.noComplete.shared.b64 %t2, [%r1], 37; bar.warp.sync -1; setp.eq.u32 %p2, %lane, "
                "31; @%p2 mbarrier.arrive.release.cta.shared::cta.b64 %t2, [%r1], 62; bar.warp.sync -1; " +
                test("mbarrier.test_wait.parity.shared.b64", "%o0", "[%r1], 0") +
                "@%p2 mbarrier.arrive.release.cta.shared::cta.b64 _, [%r1]; bar.warp.sync -1; " +
                test("mbarrier.test_wait.parity.acquire.cta.shared::cta.b64", "%o1", "[%r1], 0") +
                "mov.u32 %r4, 0; @%p2 mbarrier.pending_count.b64 %r4, %t2; mov.u32 %o2, %r4;",
            {}, {Kind::I32, Kind::I32, Kind::I32}, [](const std::vector<Lanes>&, std::vector<Lanes>& out) {
              out[0].fill(0);
              out[1].fill(1);
              out[2].fill(0);
              out[2][31] = 63;
            });
}

// A lane that drops out is expected neither in this phase nor in later ones.
void drops(Cases& cases) {
  warp_case(cases, "mbarrier.arrive_drop.shared.b64 mbarrier.try_wait.parity.shared.b64",
            with_object(32) +
                "setp.lt.u32 %p2, %lane, 20; @%p2 mbarrier.arrive_drop.shared.b64 %t2, [%r1]; "
                "@!%p2 mbarrier.arrive.shared.b64 %t2, [%r1]; " +
                test("mbarrier.try_wait.parity.shared.b64", "%o0", "[%r1], 0") +
                "@!%p2 mbarrier.arrive.shared.b64 %t2, [%r1]; " +
                test("mbarrier.try_wait.parity.shared::cta.b64", "%o1", "[%r1], 1, 1000") +
                test("mbarrier.try_wait.parity.shared.b64", "%o2", "[%r1], 0"),
            {}, {Kind::I32, Kind::I32, Kind::I32}, [](const std::vector<Lanes>&, std::vector<Lanes>& out) {
              out[0].fill(1);
              out[1].fill(1);
              out[2].fill(0);
            });
  warp_case(cases, "mbarrier.inval.shared.b64 mbarrier.arrive_drop.noComplete.shared.b64",
            with_object(2) +
                "@%p0 mbarrier.inval.shared.b64 [%r1]; @%p0 mbarrier.init.shared::cta.b64 [%r1], 9; bar.warp.sync -1; "
                "@%p0 mbarrier.arrive_drop.noComplete.shared.b64 %t2, [%r1], 4; "
                "bar.warp.sync -1; mbarrier.arrive.shared.b64 %t3, [%r1], 0; mbarrier.pending_count.b64 %o0, %t3; "
                "@%p0 mbarrier.arrive.shared.b64 _, [%r1], 5; bar.warp.sync -1; "
                "mbarrier.arrive.shared.b64 %t3, [%r1], 0; mbarrier.pending_count.b64 %o1, %t3;",
            {}, {Kind::I32, Kind::I32}, [](const std::vector<Lanes>&, std::vector<Lanes>& out) {
              out[0].fill(5);
              out[1].fill(5);
            });
}

// Bytes that are expected hold the phase open until they have come, in whatever order.
void transactions(Cases& cases) {
  warp_case(cases, "mbarrier.expect_tx.relaxed.cta.shared.b64 mbarrier.complete_tx.relaxed.cta.shared.b64",
            with_object(1) +
                "@%p0 mbarrier.expect_tx.relaxed.cta.shared::cta.b64 [%r1], 96; "
                "@%p0 mbarrier.arrive.shared.b64 _, [%r1]; bar.warp.sync -1; " +
                test("mbarrier.test_wait.parity.shared.b64", "%o0", "[%r1], 0") +
                "@%p0 mbarrier.complete_tx.relaxed.cta.shared.b64 [%r1], 95; bar.warp.sync -1; " +
                test("mbarrier.test_wait.parity.shared.b64", "%o1", "[%r1], 0") +
                "@%p0 mbarrier.complete_tx.relaxed.cluster.shared::cluster.b64 [%r1], 1; bar.warp.sync -1; " +
                test("mbarrier.test_wait.parity.shared.b64", "%o2", "[%r1], 0"),
            {}, {Kind::I32, Kind::I32, Kind::I32}, [](const std::vector<Lanes>&, std::vector<Lanes>& out) {
              out[0].fill(0);
              out[1].fill(0);
              out[2].fill(1);
            });
  warp_case(cases, "mbarrier.arrive.expect_tx.shared.b64 mbarrier.arrive_drop.expect_tx.shared.b64",
            with_object(2) +
                "@%p0 mbarrier.complete_tx.relaxed.cta.shared.b64 [%r1], 40; "
                "@%p0 mbarrier.arrive.expect_tx.release.cta.shared::cta.b64 %t2, [%r1], 30; bar.warp.sync -1; " +
                test("mbarrier.test_wait.parity.shared.b64", "%o0", "[%r1], 0") +
                "@%p0 mbarrier.arrive_drop.expect_tx.shared.b64 _, [%r1], 10; bar.warp.sync -1; " +
                test("mbarrier.test_wait.parity.shared.b64", "%o1", "[%r1], 0") +
                // One arrival is the whole of the next phase.
                "@%p0 mbarrier.arrive.shared.b64 _, [%r1]; bar.warp.sync -1; " +
                test("mbarrier.try_wait.parity.acquire.cta.shared::cta.b64", "%o2", "[%r1], 1"),
            {}, {Kind::I32, Kind::I32, Kind::I32}, [](const std::vector<Lanes>&, std::vector<Lanes>& out) {
              out[0].fill(0);
              out[1].fill(1);
              out[2].fill(1);
            });
  warp_case(cases, "cp.async.mbarrier.arrive.noinc.shared.b64 cp.async.mbarrier.arrive.shared.b64",
            with_object(2) +
                "@%p0 cp.async.mbarrier.arrive.shared.b64 [%r1]; @%p0 cp.async.mbarrier.arrive.noinc.shared.b64 "
                "[%r1]; bar.warp.sync -1; mbarrier.arrive.shared.b64 %t2, [%r1], 0; "
                "mbarrier.pending_count.b64 %o0, %t2; @%p0 cp.async.mbarrier.arrive.noinc.b64 [%t1]; "
                "bar.warp.sync -1; " +
                test("mbarrier.test_wait.parity.shared.b64", "%o1", "[%r1], 0"),
            {}, {Kind::I32, Kind::I32}, [](const std::vector<Lanes>&, std::vector<Lanes>& out) {
              out[0].fill(1);
              out[1].fill(1);
            });
}

U64 scratch_word(U64 offset) {
  U64 word = 0;
  for (U64 i = 0; i < 4; ++i) word |= (((offset + i) * 37 + 11) & 0xff) << 8 * i;
  return word;
}

// Lane 3 copies 128 bytes into shared memory, and from there to another place.
void bulk_copies(Cases& cases) {
  const std::string head = with_object(1) +
                           "setp.eq.u32 %p3, %lane, 3; add.u32 %r2, %r1, 1024; mov.u32 %r3, 128; add.s64 %t3, "
                           "%scratch, 256; add.s64 %t4, %scratch, 8192; ";
  for (const std::string space : {"shared::cluster", "shared::cta"}) {
    warp_case(
        cases, "cp.async.bulk." + space + ".global.mbarrier::complete_tx::bytes",
        head + "@%p3 cp.async.bulk." + space +
            ".global.mbarrier::complete_tx::bytes [%r2], [%t3], %r3, [%r1]; bar.warp.sync -1; "
            "@%p3 mbarrier.arrive.expect_tx.shared.b64 _, [%r1], 128; bar.warp.sync -1; " +
            test("mbarrier.test_wait.parity.shared.b64", "%o0", "[%r1], 0") +
            "shl.b32 %r4, %lane, 2; add.u32 %r4, %r4, %r2; ld.shared.u32 %o1, [%r4]; fence.proxy.async.shared::cta; "
            "fence.mbarrier_init.release.cluster; cp.async.bulk.prefetch.L2.global [%t3], 64; "
            "@%p3 cp.async.bulk.global.shared::cta.bulk_group [%t4], [%r2], 64; cp.async.bulk.commit_group; "
            "cp.async.bulk.wait_group.read 0; cp.async.bulk.wait_group 0; bar.warp.sync -1; "
            "and.b32 %r5, %lane, 15; mul.wide.u32 %t5, %r5, 4; add.s64 %t5, %t5, %t4; ld.global.u32 %o2, [%t5];",
        {}, {Kind::I32, Kind::I32, Kind::I32}, [](const std::vector<Lanes>&, std::vector<Lanes>& out) {
          out[0].fill(1);
          for (U64 l = 0; l < 32; ++l) {
            out[1][l] = scratch_word(256 + 4 * l);
            out[2][l] = scratch_word(256 + 4 * (l % 16));
          }
        });
  }
  warp_case(cases, "cp.async.bulk.shared::cluster.shared::cta.mbarrier::complete_tx::bytes",
            head +
                "shl.b32 %r4, %lane, 2; add.u32 %r4, %r4, %r2; st.shared.u32 [%r4], %i0; bar.warp.sync -1; "
                "add.u32 %r5, %r2, 512; @%p3 mbarrier.expect_tx.relaxed.cta.shared.b64 [%r1], 128; "
                "@%p3 cp.async.bulk.shared::cluster.shared::cta.mbarrier::complete_tx::bytes [%r5], [%r2], %r3, [%r1]; "
                "bar.warp.sync -1; ld.shared.u32 %o0, [%r4+512];",
            {Kind::I32}, {Kind::I32}, [](const std::vector<Lanes>& in, std::vector<Lanes>& out) { out[0] = in[0]; });
}

// Each lane's value in shared memory is reduced into its word of scratch, which holds another value.
template <class T, class F>
void bulk_reduction(Cases& cases, const std::string& operation, const std::string& type, F f) {
  warp_case(cases, "cp.reduce.async.bulk.global.shared::cta.bulk_group." + operation + type,
            with_object(1) +
                "shl.b32 %r2, %lane, 2; add.u32 %r2, %r2, %r1; st.shared.u32 [%r2+1024], %i0; mul.wide.u32 %t2, %lane, "
                "4; add.s64 %t2, %t2, %scratch; st.global.u32 [%t2], %i1; bar.warp.sync -1; add.u32 %r3, %r1, 1024; "
                "@%p0 cp.reduce.async.bulk.global.shared::cta.bulk_group." +
                operation + type + " [%scratch], [%r3], 128; bar.warp.sync -1; ld.global.u32 %o0, [%t2];",
            {kind_of<T>(), kind_of<T>()}, {kind_of<T>()}, [f](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
              for (U64 l = 0; l < 32; ++l) out[0][l] = to_bits<T>(f(as<T>(in[1][l]), as<T>(in[0][l])));
            });
}

}  // namespace

void add_mbarrier_cases(Cases& cases) {
  using U32 = std::uint32_t;
  using S32 = std::int32_t;
  arrivals(cases);
  drops(cases);
  transactions(cases);
  bulk_copies(cases);
  bulk_reduction<U32>(cases, "add", ".u32", [](U32 a, U32 b) { return a + b; });
  bulk_reduction<U32>(cases, "and", ".b32", [](U32 a, U32 b) { return a & b; });
  bulk_reduction<U32>(cases, "or", ".b32", [](U32 a, U32 b) { return a | b; });
  bulk_reduction<U32>(cases, "xor", ".b32", [](U32 a, U32 b) { return a ^ b; });
  bulk_reduction<U32>(cases, "inc", ".u32", [](U32 a, U32 b) { return a >= b ? 0 : a + 1; });
  bulk_reduction<U32>(cases, "dec", ".u32", [](U32 a, U32 b) { return a == 0 || a > b ? b : a - 1; });
  bulk_reduction<S32>(cases, "min", ".s32", [](S32 a, S32 b) { return a < b ? a : b; });
  bulk_reduction<U32>(cases, "max", ".u32", [](U32 a, U32 b) { return a > b ? a : b; });
  bulk_reduction<float>(cases, "add", ".f32", [](float a, float b) { return a + b; });
}

}  // namespace vgpu::test
