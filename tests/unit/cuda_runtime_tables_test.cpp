#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "shims/cuda/exported.h"
#include "shims/cuda/message_digest.h"

// What NVIDIA's static runtime wants of libcuda beyond the documented interface. Programs with it were run by hand; see
// docs/decisions.md.
namespace vgpu::cuda {
namespace {

std::string hex(const Digest& digest) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : digest) text += {kDigits[byte >> 4], kDigits[byte & 15]};
  return text;
}

std::span<const std::uint8_t> bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// RFC 1319, appendix A.5.
TEST(MessageDigest, OfTheStandardsExamples) {
  EXPECT_EQ(hex(md2(bytes(""))), "8350e5a3e24c153df2275c9f80692773");
  EXPECT_EQ(hex(md2(bytes("a"))), "32ec01ec4a6dac72c0ab96fb34c0b5d1");
  EXPECT_EQ(hex(md2(bytes("abc"))), "da853b0d3f88d99b30283a69e6ded6bb");
  EXPECT_EQ(hex(md2(bytes("message digest"))), "ab4f496bfb2a530b219ff33031fe06b0");
  EXPECT_EQ(hex(md2(bytes("abcdefghijklmnopqrstuvwxyz"))), "4e8ddff3650292ab5a4108c3aa47940b");
}

TEST(MessageDigest, KeyedIsTwoDigests) {
  Digest key{};
  std::string inner(16, 0x36), outer(16, 0x5c);
  for (std::size_t i = 0; i < key.size(); ++i) {
    key[i] = static_cast<std::uint8_t>(3 * i);
    inner[i] = static_cast<char>(inner[i] ^ key[i]);
    outer[i] = static_cast<char>(outer[i] ^ key[i]);
  }
  const Digest first = md2(bytes(inner + "text"));
  EXPECT_EQ(hex(hmac_md2(key, bytes("text"))), hex(md2(bytes(outer + std::string(first.begin(), first.end())))));
}

class RuntimeTables : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(cuInit(0), CUDA_SUCCESS); }
  void TearDown() override {
    EXPECT_EQ(cuDevicePrimaryCtxReset_v2(0), CUDA_SUCCESS);
    cuCtxSetCurrent(nullptr);
  }

  template <std::size_t kSlot, class Function>
  static Function* function(const std::array<std::uint8_t, 16>& id) {
    const void* table = nullptr;
    EXPECT_EQ(cuGetExportTable(&table, reinterpret_cast<const CUuuid*>(&id)), CUDA_SUCCESS);
    return reinterpret_cast<Function*>(static_cast<void* const*>(table)[kSlot]);
  }

  static constexpr std::array<std::uint8_t, 16> kRuntime = {0x6b, 0xd5, 0xfb, 0x6c, 0x5b, 0xf4, 0xe7, 0x4a,
                                                            0x89, 0x87, 0xd9, 0x39, 0x12, 0xfd, 0x9d, 0xf9};
  static constexpr std::array<std::uint8_t, 16> kValues = {0xc6, 0x93, 0x33, 0x6e, 0x11, 0x21, 0xdf, 0x11,
                                                           0xa8, 0xc3, 0x68, 0xf3, 0x55, 0xd8, 0x95, 0x93};
};

TEST_F(RuntimeTables, AnUnknownTableIsNotFound) {
  const CUuuid id{};
  const void* table = this;
  EXPECT_EQ(cuGetExportTable(&table, &id), CUDA_ERROR_NOT_FOUND);
  EXPECT_EQ(table, nullptr);
}

TEST_F(RuntimeTables, ThePrimaryContextIsOneObjectOverResets) {
  const auto primary = function<2, CUresult(CUcontext*, CUdevice)>(kRuntime);
  CUcontext first = nullptr, retained = nullptr, again = nullptr;
  unsigned flags = 0, version = 0;
  int active = 1;
  ASSERT_EQ(primary(&first, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuDevicePrimaryCtxGetState(0, &flags, &active), CUDA_SUCCESS);
  EXPECT_EQ(active, 0);
  // It can be made current before it is active, and is of no use until then.
  EXPECT_EQ(cuCtxSetCurrent(first), CUDA_SUCCESS);
  CUdeviceptr memory = 0;
  EXPECT_EQ(cuMemAlloc_v2(&memory, 16), CUDA_ERROR_CONTEXT_IS_DESTROYED);
  EXPECT_EQ(cuCtxGetApiVersion(first, &version), CUDA_ERROR_CONTEXT_IS_DESTROYED);
  ASSERT_EQ(cuDevicePrimaryCtxRetain(&retained, 0), CUDA_SUCCESS);
  EXPECT_EQ(retained, first);
  EXPECT_EQ(cuMemAlloc_v2(&memory, 16), CUDA_SUCCESS);
  EXPECT_EQ(cuDevicePrimaryCtxReset_v2(0), CUDA_SUCCESS);
  EXPECT_EQ(cuMemFree_v2(memory), CUDA_ERROR_CONTEXT_IS_DESTROYED);
  ASSERT_EQ(cuDevicePrimaryCtxRetain(&again, 0), CUDA_SUCCESS);
  EXPECT_EQ(again, first);
  EXPECT_EQ(cuMemFree_v2(memory), CUDA_ERROR_INVALID_VALUE) << "freed by the reset";
  EXPECT_EQ(cuMemAlloc_v2(&memory, 16), CUDA_SUCCESS);
}

TEST_F(RuntimeTables, ValuesOfAContextGoWithIt) {
  using EndOfContext = void(CUcontext, void*, void*);
  const auto put = function<0, CUresult(CUcontext, void*, void*, EndOfContext*)>(kValues);
  const auto remove = function<1, CUresult(CUcontext, void*)>(kValues);
  const auto get = function<2, CUresult(void**, CUcontext, void*)>(kValues);
  static int kept = 0, removed = 0, ended = 0;
  kept = removed = ended = 0;
  void* value = nullptr;
  CUcontext context = nullptr;
  EXPECT_EQ(put(nullptr, &kept, &kept, nullptr), CUDA_ERROR_INVALID_CONTEXT);
  ASSERT_EQ(cuDevicePrimaryCtxRetain(&context, 0), CUDA_SUCCESS);
  EXPECT_EQ(get(&value, context, &kept), CUDA_ERROR_INVALID_HANDLE);
  EndOfContext* const at_end = [](CUcontext, void* key, void* given) {
    ++ended;
    ++*static_cast<int*>(given);
    EXPECT_EQ(key, given);
    // The runtime calls the driver here.
    CUcontext current = nullptr;
    EXPECT_EQ(cuCtxGetCurrent(&current), CUDA_SUCCESS);
  };
  ASSERT_EQ(put(context, &kept, &kept, at_end), CUDA_SUCCESS);
  ASSERT_EQ(put(context, &removed, &removed, at_end), CUDA_SUCCESS);
  ASSERT_EQ(get(&value, context, &kept), CUDA_SUCCESS);
  EXPECT_EQ(value, &kept);
  EXPECT_EQ(remove(context, &removed), CUDA_SUCCESS);
  EXPECT_EQ(remove(context, &removed), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuDevicePrimaryCtxReset_v2(0), CUDA_SUCCESS);
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(kept, 1);
  EXPECT_EQ(get(&value, context, &kept), CUDA_ERROR_INVALID_HANDLE);
}

}  // namespace
}  // namespace vgpu::cuda
