#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "gpu/exec/code_cache.h"
#include "gpu/exec/profile_table.h"

namespace vgpu::exec {
namespace {

class ExecCache : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "vgpu-cache-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder = pattern;
    for (const char* name : {"CUDA_CACHE_PATH", "CUDA_CACHE_DISABLE", "CUDA_CACHE_MAXSIZE", "XDG_CACHE_HOME"}) {
      ::unsetenv(name);
    }
    ::setenv("HOME", folder.c_str(), 1);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
  std::string folder;
};

TEST_F(ExecCache, IsInTheHomeFolderByDefault) {
  const CodeCache cache = find_code_cache();
  EXPECT_EQ(cache.directory, folder + "/.cache/vgpu/ComputeCache");
  EXPECT_TRUE(std::filesystem::is_directory(cache.directory));
  EXPECT_EQ(cache.maximum_size, std::uint64_t{1} << 30);
}

TEST_F(ExecCache, HonoursXdgAndCudasVariables) {
  ::setenv("XDG_CACHE_HOME", (folder + "/xdg").c_str(), 1);
  EXPECT_EQ(find_code_cache().directory, folder + "/xdg/vgpu/ComputeCache");
  ::setenv("CUDA_CACHE_PATH", (folder + "/cuda").c_str(), 1);
  ::setenv("CUDA_CACHE_MAXSIZE", "1000000", 1);
  EXPECT_EQ(find_code_cache().directory, folder + "/cuda");
  EXPECT_EQ(find_code_cache().maximum_size, 1000000u);
  ::setenv("CUDA_CACHE_MAXSIZE", "99999999999", 1);
  EXPECT_EQ(find_code_cache().maximum_size, std::uint64_t{4} << 30);
  ::setenv("CUDA_CACHE_DISABLE", "1", 1);
  EXPECT_EQ(find_code_cache().directory, "");
}

TEST_F(ExecCache, IsNoneWhereItCannotBeMade) {
  ::setenv("CUDA_CACHE_PATH", "/proc/none/cache", 1);
  EXPECT_EQ(find_code_cache().directory, "");
  ::unsetenv("CUDA_CACHE_PATH");
  ::unsetenv("HOME");
  EXPECT_EQ(find_code_cache().directory, "");
}

TEST_F(ExecCache, IsTheSharedFolderWhereThereIsOne) {
  const std::string shared = folder + "/shared";
  EXPECT_EQ(find_code_cache(shared).directory, folder + "/.cache/vgpu/ComputeCache");
  EXPECT_FALSE(find_code_cache(shared).shared);
  EXPECT_FALSE(std::filesystem::exists(shared));
  std::filesystem::create_directory(shared);
  for (const char* path : {"", shared.c_str()}) {
    ::setenv("CUDA_CACHE_PATH", path, 1);
    const CodeCache cache = find_code_cache(shared);
    EXPECT_EQ(cache.directory, shared);
    EXPECT_TRUE(cache.shared);
    EXPECT_EQ(cache.read_only_directory, "");
    EXPECT_EQ(cache.maximum_size, std::uint64_t{1} << 30);
  }
  ::setenv("CUDA_CACHE_DISABLE", "1", 1);
  EXPECT_EQ(find_code_cache(shared).directory, "");
  EXPECT_EQ(find_code_cache(shared).read_only_directory, "");
}

TEST_F(ExecCache, IsBesideASharedFolderThatCannotBeWritten) {
  // Root may write everywhere but here.
  const std::string shared = "/proc/sys";
  ASSERT_NE(::access(shared.c_str(), W_OK), 0);
  CodeCache cache = find_code_cache(shared);
  EXPECT_EQ(cache.read_only_directory, shared);
  EXPECT_EQ(cache.directory, folder + "/.cache/vgpu/ComputeCache");
  EXPECT_FALSE(cache.shared);
  ::unsetenv("HOME");
  cache = find_code_cache(shared);
  EXPECT_EQ(cache.read_only_directory, shared);
  EXPECT_EQ(cache.directory, "");
  EXPECT_EQ(cache.maximum_size, std::uint64_t{1} << 30);
}

TEST_F(ExecCache, APathOfTheProcessItselfCountsBeforeTheSharedFolder) {
  const std::string shared = folder + "/shared";
  std::filesystem::create_directory(shared);
  ::setenv("CUDA_CACHE_PATH", (folder + "/mine").c_str(), 1);
  EXPECT_EQ(find_code_cache(shared).directory, folder + "/mine");
  EXPECT_FALSE(find_code_cache(shared).shared);
  EXPECT_EQ(find_code_cache(shared).read_only_directory, "");
}

TEST(ExecProfileDeathTest, PrintsTheTableAtExit) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        ::setenv("VGPU_PROFILE", "1", 1);
        if (!profiling()) ::_exit(1);
        add_to_profile("short", 1'000'000);
        add_to_profile("long", 2'000'000);
        add_to_profile("long", 1'000'000);
        std::exit(0);
      },
      testing::ExitedWithCode(0), "2 +3.000 +1500.00 +75.0%  long\n +1 +1.000 +1000.00 +25.0%  short");
}

}  // namespace
}  // namespace vgpu::exec
