#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "gpu/interp/interpreter.h"
#include "tests/ptx/jit_runner.h"

// Calls that cannot be put in place: recursive ones, through pointers, and alloca; by the interpreter and by every form
// of compiled code. Lanes call to different depths and through different pointers.
namespace vgpu::test {
namespace {

constexpr std::uint32_t kLocalBytes = 300'000;  // a lane

// Every kernel writes a value of each lane, whose number is in %r0, from %r31 by `store`.
constexpr const char* kHead = ".version 7.3\n.target sm_61\n.address_size 64\n";
constexpr const char* kEntry = R"(.visible .entry k(.param .u64 memory)
{
  .reg .pred %p<8>;
  .reg .b32 %r<32>;
  .reg .b64 %rd<32>;
  ld.param.u64 %rd0, [memory];
  mov.u32 %r0, %tid.x;
)";
constexpr const char* kStore = R"(
  mul.wide.u32 %rd31, %r0, 4;
  add.u64 %rd31, %rd0, %rd31;
  st.global.u32 [%rd31], %r31;
  ret;
}
)";

Expected<WarpRunner> interpreter(const std::string& text) {
  auto module = ptx::Module::parse(text);
  if (!module) return std::unexpected(module.error());
  auto function = (*module)->parse_entry("k");
  if (!function) return std::unexpected(function.error());
  auto kernel = interp::prepare(std::move(*function));
  if (!kernel) return std::unexpected(kernel.error());
  std::shared_ptr<const interp::InterpretedKernel> shared = std::move(*kernel);
  return [shared](WarpContext* context) { interp::run(*shared, context); };
}

using Values = std::array<std::uint32_t, 32>;

template <class Expectation>
void check(const std::string& functions, const std::string& body, Expectation expected) {
  const std::string text = kHead + functions + kEntry + body + kStore;
  std::vector<std::pair<std::string, Expected<WarpRunner>>> runners;
  runners.emplace_back("interpreter", interpreter(text));
  for (const WarpRow row : {kWholeRow, kAnyBlock, kOneWarp, kRowOfWarps, kColumnOfWarps}) {
    runners.emplace_back("compiled", compile_runner(text, "k", row, jit::host_target()));
    runners.emplace_back("masked", compile_runner(text, "k", row, jit::host_target(), {false, true}));
    runners.emplace_back("warp by warp", compile_runner(text, "k", row, jit::host_target(), {true, false}));
  }
  for (const auto& [name, runner] : runners) {
    ASSERT_TRUE(runner.has_value()) << name << ": " << runner.error().message;
    Values got{};
    SingleWarp warp;
    warp.reserve_local(kLocalBytes);
    warp.add_parameter(got.data());
    (*runner)(&warp.context());
    for (std::uint32_t lane = 0; lane < 32; ++lane) EXPECT_EQ(got[lane], expected(lane)) << name << ", lane " << lane;
  }
}

// fibonacci(%r1) to %r31, in a function that also works on an array of its own.
constexpr const char* kFibonacci = R"(
.func (.param .b32 result) fibonacci(.param .b32 n)
{
  .reg .pred %p<3>;
  .reg .b32 %r<10>;
  .reg .b64 %rd<3>;
  .local .align 8 .b8 kept[24];
  mov.u64 %rd1, kept;
  ld.param.u32 %r1, [n];
  st.local.u32 [%rd1+16], %r1;
  setp.lt.u32 %p1, %r1, 2;
  @%p1 bra small;
  setp.eq.u32 %p2, %r1, 4;
  sub.u32 %r2, %r1, 1;
  {
    .param .b32 argument;
    .param .b32 returned;
    st.param.b32 [argument], %r2;
    call.uni (returned), fibonacci, (argument);
    ld.param.b32 %r3, [returned];
  }
  sub.u32 %r2, %r1, 2;
  call.uni (%r4), fibonacci, (%r2);
  add.u32 %r5, %r3, %r4;
  // What was kept over the calls: a predicate, memory and the parameter itself.
  selp.u32 %r6, 3, 4, %p2;
  ld.local.u32 %r7, [kept+16];
  ld.param.u32 %r8, [n];
  setp.ne.u32 %p1, %r7, %r8;
  @%p1 add.u32 %r5, %r5, 1000000;
  setp.eq.and.u32 %p1, %r7, 4, %p2;
  selp.u32 %r9, 3, 4, %p1;
  setp.ne.u32 %p1, %r6, %r9;
  @%p1 add.u32 %r5, %r5, 2000000;
  st.param.b32 [result], %r5;
  ret;
small:
  st.param.b32 [result], %r1;
  ret;
}
)";

std::uint32_t fibonacci(std::uint32_t n) {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

TEST(Calls, Recursion) {
  check(kFibonacci, "and.b32 %r1, %r0, 7;\ncall (%r31), fibonacci, (%r1);",
        [](std::uint32_t lane) { return fibonacci(lane % 8); });
}

TEST(Calls, RecursionWithOneDepth) {
  check(kFibonacci, "call.uni (%r31), fibonacci, (9);", [](std::uint32_t) { return 34u; });
}

TEST(Calls, GuardedRecursion) {
  check(kFibonacci,
        "mov.u32 %r31, 77;\nand.b32 %r2, %r0, 1;\nsetp.eq.u32 %p1, %r2, 1;\n"
        "@%p1 call (%r31), fibonacci, (6);",
        [](std::uint32_t lane) { return lane % 2 == 1 ? 8u : 77u; });
}

TEST(Calls, FunctionsThatCallEachOther) {
  check(R"(
.func (.param .b32 result) odd(.param .b32 n);
.func (.param .b32 result) even(.param .b32 n)
{
  .reg .pred %p1;
  .reg .b32 %r<4>;
  ld.param.u32 %r1, [n];
  setp.eq.u32 %p1, %r1, 0;
  st.param.b32 [result], 1;
  @%p1 ret;
  sub.u32 %r2, %r1, 1;
  call (%r3), odd, (%r2);
  st.param.b32 [result], %r3;
}
.func (.param .b32 result) odd(.param .b32 n)
{
  .reg .pred %p1;
  .reg .b32 %r<4>;
  ld.param.u32 %r1, [n];
  setp.eq.u32 %p1, %r1, 0;
  @%p1 bra none;
  sub.u32 %r2, %r1, 1;
  call (%r3), even, (%r2);
  st.param.b32 [result], %r3;
  ret;
none:
  st.param.b32 [result], 0;
  ret;
}
)",
        "call (%r31), even, (%r0);", [](std::uint32_t lane) { return lane % 2 == 0 ? 1u : 0u; });
}

// A sum over a list that each call extends by an element of its own frame: pointers into callers' frames.
TEST(Calls, PointersToCallersVariables) {
  check(R"(
.func (.param .b32 result) walk(.param .b64 list, .param .align 4 .b8 by_value[12])
{
  .reg .pred %p<3>;
  .reg .b32 %r<8>;
  .reg .b64 %rd<8>;
  .local .align 8 .b8 element[16];
  ld.param.u64 %rd1, [list];
  ld.param.u32 %r1, [by_value+8];
  mov.u64 %rd2, element;
  cvta.local.u64 %rd3, %rd2;
  st.u64 [%rd3], %rd1;
  st.local.u32 [%rd2+8], %r1;
  mov.u32 %r2, 0;
  setp.eq.u32 %p1, %r1, 0;
  @%p1 bra add_up;
  {
    .param .b64 next;
    .param .align 4 .b8 smaller[12];
    .param .b32 sum;
    sub.u32 %r3, %r1, 1;
    st.param.b64 [next], %rd3;
    st.param.b32 [smaller], 5;
    st.param.b32 [smaller+4], 6;
    st.param.b32 [smaller+8], %r3;
    call.uni (sum), walk, (next, smaller);
    ld.param.b32 %r2, [sum];
  }
  // The callee changed this frame's element.
  ld.local.u32 %r4, [element+8];
  add.u32 %r2, %r2, %r4;
  bra done;
add_up:
  mov.u64 %rd4, %rd3;
again:
  ld.u32 %r5, [%rd4+8];
  add.u32 %r5, %r5, 100;
  st.u32 [%rd4+8], %r5;
  ld.u64 %rd4, [%rd4];
  setp.ne.u64 %p2, %rd4, 0;
  @%p2 bra again;
done:
  st.param.b32 [result], %r2;
  ret;
}
)",
        R"({
    .param .b64 list;
    .param .align 4 .b8 three[12];
    .param .b32 sum;
    and.b32 %r1, %r0, 3;
    st.param.b64 [list], 0;
    st.param.b32 [three+8], %r1;
    call.uni (sum), walk, (list, three);
    ld.param.b32 %r31, [sum];
  })",
        [](std::uint32_t lane) {
          std::uint32_t sum = 0;
          for (std::uint32_t n = lane % 4; n > 0; --n) sum += n + 100;
          return sum;
        });
}

constexpr const char* kOperations = R"(
.func (.param .b32 r) twice(.param .b32 a)
{
  .reg .b32 %r<3>;
  ld.param.u32 %r1, [a];
  add.u32 %r2, %r1, %r1;
  st.param.b32 [r], %r2;
  ret;
}
.func (.param .b32 r) square(.param .b32 a)
{
  .reg .b32 %r<3>;
  ld.param.u32 %r1, [a];
  mul.lo.u32 %r2, %r1, %r1;
  st.param.b32 [r], %r2;
  ret;
}
.func (.param .b32 r) count_down(.param .b32 a)
{
  .reg .pred %p1;
  .reg .b32 %r<4>;
  .reg .b64 %rd1;
  ld.param.u32 %r1, [a];
  setp.eq.u32 %p1, %r1, 0;
  mov.u32 %r3, 5000;
  @%p1 bra done;
  sub.u32 %r2, %r1, 1;
  mov.u64 %rd1, count_down;
  call (%r3), %rd1, (%r2), kind;
  add.u32 %r3, %r3, 1;
done:
  st.param.b32 [r], %r3;
  ret;
}
)";

constexpr const char* kThroughPointer = R"(
  mov.u64 %rd1, twice;
  mov.u64 %rd2, square;
  mov.u64 %rd3, count_down;
  rem.u32 %r1, %r0, 3;
  setp.eq.u32 %p1, %r1, 1;
  selp.b64 %rd4, %rd2, %rd1, %p1;
  setp.eq.u32 %p2, %r1, 2;
  selp.b64 %rd4, %rd3, %rd4, %p2;
  {
    .param .b32 a;
    .param .b32 r;
    st.param.b32 [a], %r0;
    kind: .callprototype (.param .b32 _) _ (.param .b32 _);
    call (r), %rd4, (a), kind;
    ld.param.b32 %r31, [r];
  }
)";

std::uint32_t by_pointer(std::uint32_t lane) {
  return lane % 3 == 0 ? 2 * lane : lane % 3 == 1 ? lane * lane : 5000 + lane;
}

TEST(Calls, DifferentPointersInOneWarp) {
  check(kOperations, kThroughPointer, by_pointer);
}

TEST(Calls, BehindACallAllLanesRunTogether) {
  check(kOperations, std::string(kThroughPointer) + "mov.u32 %r2, %r31;\nvote.sync.ballot.b32 %r31, %p1, 0xffffffff;",
        [](std::uint32_t) {
          std::uint32_t mask = 0;
          for (std::uint32_t l = 1; l < 32; l += 3) mask |= 1u << l;
          return mask;
        });
}

TEST(Calls, MemoryUntilTheFunctionReturns) {
  check(R"(
.func (.param .b32 r) sum(.param .b32 n)
{
  .reg .pred %p1;
  .reg .b32 %r<6>;
  .reg .b64 %rd<6>;
  ld.param.u32 %r1, [n];
  mul.wide.u32 %rd1, %r1, 4;
  add.u64 %rd1, %rd1, 4;
  alloca.u64 %rd2, %rd1, 64;
  mov.u32 %r2, 0;
fill:
  mul.wide.u32 %rd3, %r2, 4;
  add.u64 %rd3, %rd2, %rd3;
  st.local.u32 [%rd3], %r2;
  add.u32 %r2, %r2, 1;
  setp.le.u32 %p1, %r2, %r1;
  @%p1 bra fill;
  mov.u32 %r3, 0;
take:
  sub.u32 %r2, %r2, 1;
  mul.wide.u32 %rd3, %r2, 4;
  add.u64 %rd3, %rd2, %rd3;
  ld.local.u32 %r4, [%rd3];
  add.u32 %r3, %r3, %r4;
  setp.ne.u32 %p1, %r2, 0;
  @%p1 bra take;
  cvt.u32.u64 %r5, %rd2;
  and.b32 %r5, %r5, 63;
  add.u32 %r3, %r3, %r5;
  st.param.b32 [r], %r3;
  ret;
}
)",
        // So often that the stack would not do, were it not given back.
        R"(  mov.u32 %r3, 0;
  mov.u32 %r31, 0;
more:
  stacksave.u64 %rd5;
  alloca.u64 %rd6, 1000;
  call (%r4), sum, (%r0);
  stackrestore.u64 %rd5;
  add.u32 %r31, %r31, %r4;
  add.u32 %r3, %r3, 1;
  setp.lt.u32 %p1, %r3, 3000;
  @%p1 bra more;
)",
        [](std::uint32_t lane) { return 3000 * (lane * (lane + 1) / 2); });
}

// What the system does for a function that has a frame: its parameters lie there, and each level has a block.
TEST(Calls, SystemFunctionsInRecursion) {
  check(R"(
.extern .func (.param .b64 block) malloc(.param .b64 size);
.extern .func free(.param .b64 block);
.func (.param .b32 result) sum(.param .b32 n)
{
  .reg .pred %p1;
  .reg .b32 %r<9>;
  .reg .b64 %rd<5>;
  ld.param.u32 %r1, [n];
  mov.u64 %rd1, 16;
  {
    .param .b64 size;
    .param .b64 block;
    st.param.b64 [size], %rd1;
    call.uni (block), malloc, (size);
    ld.param.b64 %rd2, [block];
  }
  mul.lo.u32 %r2, %r1, 10;
  st.u32 [%rd2+12], %r2;
  mov.u32 %r4, 0;
  setp.eq.u32 %p1, %r1, 0;
  @%p1 bra last;
  sub.u32 %r3, %r1, 1;
  call (%r4), sum, (%r3);
last:
  ld.u32 %r5, [%rd2+12];
  add.u32 %r6, %r4, %r5;
  call free, (%rd2);
  st.param.b32 [result], %r6;
  ret;
}
)",
        "and.b32 %r1, %r0, 3;\ncall (%r31), sum, (%r1);",
        [](std::uint32_t lane) { return 5 * (lane % 4) * (lane % 4 + 1); });
}

TEST(Calls, PointersHaveTheSameValueInAllEntries) {
  const std::string text =
      std::string(kHead) + kOperations + ".global .align 8 .u64 table[2] = {square, generic(twice)};\n";
  const auto module = ptx::Module::parse(text);
  ASSERT_TRUE(module.has_value()) << module.error().message;
  const auto* square = (*module)->find_function("square");
  const auto* twice = (*module)->find_function("twice");
  EXPECT_NE(square->address, 0u);
  EXPECT_NE(square->address, twice->address);
  EXPECT_EQ((*module)->address_taken().size(), 3u);
}

}  // namespace
}  // namespace vgpu::test
