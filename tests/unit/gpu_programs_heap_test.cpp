#include <algorithm>
#include <cstdint>
#include <set>

#include "tests/unit/gpu_programs.h"

// malloc and free in kernels.
namespace vgpu::programs {
namespace {

constexpr std::uint64_t kDefaultSize = 8u << 20;
constexpr CUlimit kHeapSize = CU_LIMIT_MALLOC_HEAP_SIZE;

// take: each thread with an odd index, or all, takes `bytes` plus its index and writes its index at both ends of them.
// give: frees what `blocks` holds. churn: takes and frees again and again, and counts what went wrong.
const std::string kProgram = std::string(R"(
.extern .func (.param .b64 result) malloc(.param .b64 size);
.extern .func free(.param .b64 block);
.visible .entry take(.param .u64 blocks, .param .u64 bytes, .param .u32 mask)
{
  .reg .pred %p<3>;
  .reg .b32 %r<9>;
  .reg .b64 %rd<12>;
)") + kGlobalIndex + R"(
  ld.param.u64 %rd1, [blocks];
  ld.param.u64 %rd2, [bytes];
  ld.param.u32 %r4, [mask];
  and.b32 %r5, %r1, %r4;
  setp.eq.u32 %p1, %r5, %r4;
  cvt.u64.u32 %rd3, %r1;
  add.u64 %rd4, %rd2, %rd3;
  mov.u64 %rd5, 0;
  @%p1 call (%rd5), malloc, (%rd4);
  mul.wide.u32 %rd6, %r1, 8;
  add.u64 %rd6, %rd6, %rd1;
  st.global.u64 [%rd6], %rd5;
  setp.eq.u64 %p2, %rd5, 0;
  @%p2 ret;
  st.u32 [%rd5], %r1;
  add.u64 %rd7, %rd5, %rd4;
  cvt.u16.u32 %r6, %r1;
  st.u8 [%rd7+-1], %r6;
  ret;
}
.visible .entry give(.param .u64 blocks)
{
  .reg .b32 %r<9>;
  .reg .b64 %rd<9>;
)" + kGlobalIndex + R"(
  ld.param.u64 %rd1, [blocks];
  mul.wide.u32 %rd2, %r1, 8;
  add.u64 %rd2, %rd2, %rd1;
  ld.global.u64 %rd3, [%rd2];
  {
    .param .b64 param0;
    st.param.b64 [param0], %rd3;
    call.uni free, (param0);
  }
  ret;
}
.visible .entry churn(.param .u64 wrong, .param .u32 rounds)
{
  .reg .pred %p<4>;
  .reg .b32 %r<12>;
  .reg .b64 %rd<9>;
)" + kGlobalIndex + R"(
  ld.param.u64 %rd1, [wrong];
  ld.param.u32 %r4, [rounds];
  mov.u32 %r5, 0;
again:
  mad.lo.u32 %r6, %r5, 37, %r1;
  and.b32 %r6, %r6, 255;
  add.u32 %r6, %r6, 8;
  cvt.u64.u32 %rd2, %r6;
  {
    .param .b64 param0;
    st.param.b64 [param0], %rd2;
    .param .b64 retval0;
    call.uni (retval0), malloc, (param0);
    ld.param.b64 %rd3, [retval0];
  }
  setp.eq.u64 %p1, %rd3, 0;
  @%p1 bra bad;
  mad.lo.u32 %r7, %r1, 1000, %r5;
  st.u32 [%rd3], %r7;
  st.u32 [%rd3+4], %r1;
  ld.volatile.u32 %r8, [%rd3];
  ld.volatile.u32 %r9, [%rd3+4];
  setp.ne.u32 %p1, %r8, %r7;
  setp.ne.or.u32 %p1, %r9, %r1, %p1;
  call free, (%rd3);
  @%p1 bra bad;
  bra next;
bad:
  red.global.add.u32 [%rd1], 1;
next:
  add.u32 %r5, %r5, 1;
  setp.lt.u32 %p2, %r5, %r4;
  @%p2 bra again;
  ret;
}
)";

class HeapTest : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    ASSERT_EQ(cuModuleLoadData(&module_, (kHead + kProgram).c_str()), CUDA_SUCCESS);
    for (auto& [name, function] :
         {std::pair<const char*, CUfunction*>{"take", &take_}, {"give", &give_}, {"churn", &churn_}}) {
      ASSERT_EQ(cuModuleGetFunction(function, module_, name), CUDA_SUCCESS);
    }
  }
  // What `threads` threads have taken.
  std::vector<std::uint64_t> taken(unsigned threads, std::uint64_t bytes, std::uint32_t mask = 0) {
    blocks_ = copy_in(std::vector<std::uint64_t>(threads, 1));
    run(take_, {(threads + 99) / 100, 1, 1}, {std::min(threads, 100u), 1, 1}, 0, blocks_, bytes, mask);
    return copy_out<std::uint64_t>(blocks_, threads);
  }
  void give_back(unsigned threads) {
    run(give_, {(threads + 99) / 100, 1, 1}, {std::min(threads, 100u), 1, 1}, 0, blocks_);
  }
  // A context after a fault.
  void start_again() {
    ASSERT_EQ(cuDevicePrimaryCtxReset_v2(0), CUDA_SUCCESS);
    ASSERT_EQ(cuDevicePrimaryCtxRetain(&context_, 0), CUDA_SUCCESS);
    ASSERT_EQ(cuCtxSetCurrent(context_), CUDA_SUCCESS);
  }
  static std::size_t limit() {
    std::size_t value = 0;
    EXPECT_EQ(cuCtxGetLimit(&value, kHeapSize), CUDA_SUCCESS);
    return value;
  }

  CUfunction take_ = nullptr, give_ = nullptr, churn_ = nullptr;
  CUdeviceptr blocks_ = 0;
};

TEST_F(HeapTest, EachThreadHasABlockOfItsOwnThatOutlivesTheKernel) {
  constexpr std::uint64_t kBytes = 40;
  const auto blocks = taken(200, kBytes);
  std::vector<std::uint64_t> sorted = blocks;
  std::ranges::sort(sorted);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    ASSERT_NE(blocks[i], 0u);
    EXPECT_EQ(blocks[i] % 16, 0u);
    const auto after = std::ranges::upper_bound(sorted, blocks[i]);
    if (after != sorted.end()) {
      EXPECT_GE(*after - blocks[i], kBytes + i);
    }
    EXPECT_EQ(copy_out<std::uint32_t>(blocks[i], 1).front(), i);
    EXPECT_EQ(copy_out<std::uint8_t>(blocks[i] + kBytes + i - 1, 1).front(), static_cast<std::uint8_t>(i));
  }
  EXPECT_EQ(cuMemFree_v2(blocks[0]), CUDA_ERROR_INVALID_VALUE);
  std::vector<std::byte> whole(kDefaultSize);
  EXPECT_EQ(cuMemcpyDtoH_v2(whole.data(), sorted[0] + kDefaultSize, 1), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemcpyDtoH_v2(whole.data(), sorted[0] + 1, kDefaultSize), CUDA_ERROR_INVALID_VALUE);
  give_back(200);
  // All that was given back is one block again.
  EXPECT_NE(taken(1, kDefaultSize).front(), 0u);
}

TEST_F(HeapTest, LanesThatDoNotCallGetNothing) {
  const auto blocks = taken(64, 16, 1);
  std::set<std::uint64_t> different;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    EXPECT_EQ(blocks[i] != 0, i % 2 == 1) << i;
    if (blocks[i] != 0) different.insert(blocks[i]);
  }
  EXPECT_EQ(different.size(), 32u);
}

TEST_F(HeapTest, NothingWhereThereIsNoRoom) {
  EXPECT_EQ(taken(1, 0).front(), 0u);
  EXPECT_EQ(taken(1, kDefaultSize + 1).front(), 0u);
  EXPECT_EQ(taken(1, ~std::uint64_t{0}).front(), 0u);
  EXPECT_NE(taken(1, kDefaultSize).front(), 0u);
  const CUdeviceptr whole = blocks_;
  EXPECT_EQ(taken(1, 1).front(), 0u);
  blocks_ = whole;
  give_back(1);
  EXPECT_NE(taken(1, 1).front(), 0u);
}

TEST_F(HeapTest, TheLimitIsTheSize) {
  EXPECT_EQ(limit(), kDefaultSize);
  ASSERT_EQ(cuCtxSetLimit(kHeapSize, 64 << 10), CUDA_SUCCESS);
  EXPECT_EQ(limit(), 64u << 10);
  EXPECT_EQ(cuCtxSetLimit(kHeapSize, ~std::size_t{0}), CUDA_ERROR_OUT_OF_MEMORY);
  // Sizes from 900 to 963 bytes are rounded up to 912, 928, 944, 960 and 976.
  const auto blocks = taken(100, 900);
  EXPECT_EQ(std::ranges::count_if(blocks, [](std::uint64_t block) { return block != 0; }), 69);
  EXPECT_EQ(cuCtxSetLimit(kHeapSize, 1 << 20), CUDA_ERROR_INVALID_VALUE);
  start_again();
  EXPECT_EQ(limit(), kDefaultSize);
  EXPECT_EQ(cuCtxSetLimit(kHeapSize, 1 << 20), CUDA_SUCCESS);
}

TEST_F(HeapTest, TheHeapIsChargedWhenItIsUsedAndGoneWithTheContext) {
  std::size_t before = 0, during = 0, after = 0, total = 0;
  ASSERT_EQ(cuMemGetInfo_v2(&before, &total), CUDA_SUCCESS);
  ASSERT_NE(taken(1, 100).front(), 0u);
  ASSERT_EQ(cuMemGetInfo_v2(&during, &total), CUDA_SUCCESS);
  EXPECT_GE(before - during, kDefaultSize);
  start_again();
  ASSERT_EQ(cuMemGetInfo_v2(&after, &total), CUDA_SUCCESS);
  EXPECT_GE(after, before);
}

TEST_F(HeapTest, ManyThreadsAtOnce) {
  const CUdeviceptr wrong = copy_in(std::vector<std::uint32_t>(1));
  run(churn_, {64, 1, 1}, {128, 1, 1}, 0, wrong, 13u);
  EXPECT_EQ(copy_out<std::uint32_t>(wrong, 1).front(), 0u);
  EXPECT_NE(taken(1, kDefaultSize).front(), 0u);
}

TEST_F(HeapTest, NullIsFreedInVain) {
  blocks_ = copy_in(std::vector<std::uint64_t>(1));
  give_back(1);
}

TEST_F(HeapTest, AFreeOfWhatIsNoBlockIsAFault) {
  ASSERT_NE(taken(1, 16).front(), 0u);
  give_back(1);
  ASSERT_EQ(launch_in(nullptr, give_, {1, 1, 1}, {1, 1, 1}, 0, blocks_), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxSynchronize(), CUDA_ERROR_ILLEGAL_ADDRESS);
  start_again();
}

}  // namespace
}  // namespace vgpu::programs
