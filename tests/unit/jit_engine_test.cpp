#include <gtest/gtest.h>
#include <stdlib.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

#include "gpu/jit/engine.h"
#include "tests/ptx/harness.h"

namespace vgpu::test {
namespace {

namespace fs = std::filesystem;

constexpr char kModule[] = R"(.version 8.0
.target sm_61
.address_size 64
.visible .entry saxpy(.param .u64 x, .param .u64 y, .param .f32 a, .param .u32 n)
{
  .reg .pred %p; .reg .b32 %r<2>; .reg .f32 %f<4>; .reg .b64 %rd<5>;
  ld.param.u64 %rd0, [x]; ld.param.u64 %rd1, [y]; ld.param.f32 %f0, [a]; ld.param.u32 %r1, [n];
  mov.u32 %r0, %tid.x;
  setp.ge.u32 %p, %r0, %r1;
  @%p bra $done;
  mul.wide.u32 %rd2, %r0, 4;
  add.s64 %rd3, %rd0, %rd2;
  add.s64 %rd4, %rd1, %rd2;
  ld.global.f32 %f1, [%rd3];
  ld.global.f32 %f2, [%rd4];
  fma.rn.ftz.f32 %f3, %f0, %f1, %f2;
  st.global.f32 [%rd4], %f3;
$done:
  ret;
}
)";

class EngineTest : public testing::Test {
 protected:
  EngineTest() {
    std::string name = (fs::temp_directory_path() / "vgpu-engine-test-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~EngineTest() override { fs::remove_all(folder_); }

  int compile(const std::string& text, const char* entry, VgpuCompileResult& result,
              std::uint64_t cache_maximum = 1 << 20) {
    VgpuCompileRequest request{};
    request.version = kVgpuEngineVersion;
    request.module_text = text.data();
    request.module_size = text.size();
    request.entry = entry;
    request.warp_row = kWholeRow;
    request.cache_directory = folder_.c_str();
    request.cache_maximum = cache_maximum;
    return vgpu_engine_compile(&request, &result);
  }

  static void expect_saxpy(WarpFunction function, std::uint32_t count) {
    alignas(64) std::array<float, 32> x{}, y{};
    for (unsigned l = 0; l < 32; ++l) x[l] = y[l] = static_cast<float>(l);
    SingleWarp warp;
    warp.add_parameter(x.data());
    warp.add_parameter(y.data());
    warp.add_parameter(0x40000000u, 4);  // 2.0f
    warp.add_parameter(count, 4);
    function(&warp.context());
    for (unsigned l = 0; l < 32; ++l) EXPECT_EQ(y[l], static_cast<float>(l < count ? 3 * l : l)) << "lane " << l;
  }

  fs::path only_file() const {
    fs::path found;
    for (const auto& file : fs::directory_iterator(folder_)) {
      EXPECT_TRUE(found.empty());
      found = file.path();
    }
    return found;
  }

  fs::path folder_;
};

TEST_F(EngineTest, CompilesAndRunsWithAllLanesAndWithSome) {
  VgpuCompileResult result{};
  ASSERT_EQ(compile(kModule, "saxpy", result), 0) << result.error;
  EXPECT_EQ(result.from_cache, 0u);
  expect_saxpy(result.function, 32);
  expect_saxpy(result.function, 7);
  expect_saxpy(result.function, 0);
}

TEST_F(EngineTest, TakesTheSecondCompileFromTheCache) {
  VgpuCompileResult result{};
  ASSERT_EQ(compile(kModule, "saxpy", result), 0) << result.error;
  ASSERT_EQ(compile(kModule, "saxpy", result), 0) << result.error;
  EXPECT_EQ(result.from_cache, 1u);
  expect_saxpy(result.function, 20);
}

TEST_F(EngineTest, IgnoresDamagedCacheFilesAndWritesThemAgain) {
  VgpuCompileResult result{};
  ASSERT_EQ(compile(kModule, "saxpy", result), 0) << result.error;
  const fs::path file = only_file();
  const auto size = fs::file_size(file);
  fs::resize_file(file, size - 1);
  ASSERT_EQ(compile(kModule, "saxpy", result), 0) << result.error;
  EXPECT_EQ(result.from_cache, 0u);
  EXPECT_EQ(fs::file_size(file), size);
  {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(static_cast<std::streamoff>(size / 2));
    bytes.put('\x5a');
    bytes.put('\xa5');
  }
  ASSERT_EQ(compile(kModule, "saxpy", result), 0) << result.error;
  EXPECT_EQ(result.from_cache, 0u);
  ASSERT_EQ(compile(kModule, "saxpy", result), 0) << result.error;
  EXPECT_EQ(result.from_cache, 1u);
  expect_saxpy(result.function, 32);
}

TEST_F(EngineTest, KeepsTheCacheUnderItsMaximum) {
  VgpuCompileResult result{};
  ASSERT_EQ(compile(kModule, "saxpy", result), 0) << result.error;
  const auto size = fs::file_size(only_file());
  std::string changed = kModule;
  changed.replace(changed.find("fma.rn.ftz"), 10, "fma.rn    ");
  ASSERT_EQ(compile(changed, "saxpy", result, size + 600), 0) << result.error;
  EXPECT_EQ(result.from_cache, 0u);
  EXPECT_FALSE(only_file().empty());
}

// What a container that may only read a shared cache does.
TEST_F(EngineTest, LooksInAFolderThatItNeverWritesFirst) {
  VgpuCompileResult result{};
  ASSERT_EQ(compile(kModule, "saxpy", result), 0) << result.error;
  std::string changed = kModule;
  changed.replace(changed.find("fma.rn.ftz"), 10, "fma.rn    ");
  const fs::path own = folder_ / "own";
  const auto compile_beside = [&](const std::string& text, const char* own_folder) {
    VgpuCompileRequest request{};
    request.version = kVgpuEngineVersion;
    request.module_text = text.data();
    request.module_size = text.size();
    request.entry = "saxpy";
    request.warp_row = kWholeRow;
    request.cache_directory = own_folder;
    request.cache_maximum = 1 << 20;
    request.read_only_cache_directory = folder_.c_str();
    return vgpu_engine_compile(&request, &result);
  };
  for (const char* own_folder : {own.c_str(), static_cast<const char*>(nullptr)}) {
    ASSERT_EQ(compile_beside(kModule, own_folder), 0) << result.error;
    EXPECT_EQ(result.from_cache, 1u);
    expect_saxpy(result.function, 20);
  }
  EXPECT_FALSE(fs::exists(own));
  ASSERT_EQ(compile_beside(changed, nullptr), 0) << result.error;
  EXPECT_EQ(result.from_cache, 0u);
  ASSERT_EQ(compile_beside(changed, own.c_str()), 0) << result.error;
  EXPECT_EQ(result.from_cache, 0u);
  ASSERT_EQ(compile_beside(changed, own.c_str()), 0) << result.error;
  EXPECT_EQ(result.from_cache, 1u);
  EXPECT_EQ(std::distance(fs::directory_iterator(own), fs::directory_iterator()), 1);
  // The first kernel and the own folder.
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 2);
}

TEST_F(EngineTest, NamesWhatItCannotDo) {
  VgpuCompileResult result{};
  EXPECT_EQ(compile(kModule, "saxpi", result), 500);
  EXPECT_NE(std::string(result.error).find("saxpi"), std::string::npos);
  EXPECT_EQ(compile("no ptx", "saxpy", result), 218);
  EXPECT_NE(result.error[0], '\0');
  std::string changed = kModule;
  changed.replace(changed.find("ret;"), 4, "frob;");
  EXPECT_EQ(compile(changed, "saxpy", result), 218);
  EXPECT_NE(std::string(result.error).find("frob"), std::string::npos) << result.error;
}

}  // namespace
}  // namespace vgpu::test
