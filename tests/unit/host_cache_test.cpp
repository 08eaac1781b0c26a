#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/file_descriptor.h"
#include "host/cache_folders.h"
#include "host/folder_removal.h"
#include "tests/unit/temporary_folder.h"

namespace vgpu::host {
namespace {

namespace fs = std::filesystem;

class HostCacheTest : public testing::Test {
 protected:
  [[nodiscard]] static mode_t mode_of(const std::string& path) {
    struct stat status{};
    return ::lstat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
  }
  [[nodiscard]] std::string make(const std::string& owner, const std::string& name) const {
    const auto made = make_cache_folder(base(), owner, name);
    return made ? *made : "refused: " + made.error().message;
  }
  [[nodiscard]] std::string base() const { return folder_.path(); }
  [[nodiscard]] std::string names() const {
    const auto caches = list_caches(base());
    if (!caches) return caches.error().message;
    std::string text;
    for (const SharedCache& cache : *caches) text += cache.owner + ":" + cache.name + " ";
    return text;
  }
  test::TemporaryFolder folder_;
};

TEST_F(HostCacheTest, TheFolderIsForAllAndClosedAbove) {
  const mode_t before = ::umask(077);
  EXPECT_EQ(make("namespace/shop", "models"), base() + "/cache/namespace/shop/models");
  ::umask(before);
  EXPECT_EQ(mode_of(base() + "/cache/namespace/shop/models"), 0777U);
  for (const char* closed : {"/cache", "/cache/namespace", "/cache/namespace/shop"}) {
    EXPECT_EQ(mode_of(base() + closed), 0700U) << closed;
  }
  // A container may have closed it.
  ::chmod((base() + "/cache/namespace/shop/models").c_str(), 0500);
  EXPECT_EQ(make("namespace/shop", "models"), base() + "/cache/namespace/shop/models");
  EXPECT_EQ(mode_of(base() + "/cache/namespace/shop/models"), 0777U);
}

TEST_F(HostCacheTest, OpenOrForeignFoldersAndLinksAreRefused) {
  const test::TemporaryFolder elsewhere;
  EXPECT_EQ(make("user", "a"), base() + "/cache/user/a");
  ::chmod((base() + "/cache").c_str(), 0711);
  EXPECT_EQ(make("user", "a"), "refused: folder \"" + base() + "/cache\": is open to other users");
  EXPECT_FALSE(list_caches(base()));
  EXPECT_FALSE(remove_cache(base(), "user", "a"));
  ::chmod((base() + "/cache").c_str(), 0700);
  EXPECT_EQ(make("user", "a"), base() + "/cache/user/a");
  fs::create_directory_symlink(elsewhere.path(), base() + "/cache/user/link");
  EXPECT_TRUE(make("user", "link").starts_with("refused: open folder")) << make("user", "link");
  fs::create_directory_symlink(elsewhere.path(), base() + "/cache/namespace");
  EXPECT_TRUE(make("namespace/shop", "a").starts_with("refused: open folder"));
  EXPECT_TRUE(fs::is_empty(elsewhere.path()));
  ::chmod(base().c_str(), 0777);
  EXPECT_EQ(make("user", "a"), "refused: folder \"" + base() + "\": is open to other users");
  ::chmod(base().c_str(), 0755);
  EXPECT_EQ(make("user", "a"), base() + "/cache/user/a");
  if (::geteuid() != 0) return;
  ASSERT_EQ(::chown((base() + "/cache/user").c_str(), 1000, 1000), 0);
  EXPECT_EQ(make("user", "a"), "refused: folder \"" + base() + "/cache/user\": belongs to another user");
}

TEST_F(HostCacheTest, TheListCountsKernelsAndFollowsNoLink) {
  EXPECT_EQ(names(), "");
  const std::string path = make("user", "models");
  static_cast<void>(make("namespace/shop", "b"));
  static_cast<void>(make("namespace/shop", "a"));
  EXPECT_EQ(names(), "namespace/shop:a namespace/shop:b user:models ");
  folder_.write("cache/user/models/one.vgpu", std::string(5000, 'x'));
  folder_.write("cache/user/models/two.vgpu", std::string(5000, 'x'));
  folder_.write("cache/user/models/other", std::string(5000, 'x'));
  folder_.write("outside", std::string(1 << 20, 'x'));
  fs::create_symlink(base() + "/outside", path + "/link.vgpu");
  fs::create_directory(path + "/folder.vgpu");
  const auto caches = list_caches(base());
  ASSERT_TRUE(caches) << caches.error().message;
  EXPECT_EQ(caches->back().files, 2U);
  EXPECT_GE(caches->back().bytes, 10000U);
  EXPECT_LT(caches->back().bytes, 100000U);
  EXPECT_NEAR(static_cast<double>(caches->back().last_use), static_cast<double>(std::time(nullptr)), 100);
  EXPECT_EQ(caches->front().last_use, 0);
}

TEST_F(HostCacheTest, RemovesWhatContainersLeftAndNothingElse) {
  const test::TemporaryFolder outside;
  outside.write("kept", "text");
  const std::string path = make("user", "models");
  static_cast<void>(make("user", "other"));
  folder_.write("cache/user/models/one.vgpu", "x");
  fs::create_symlink(outside.path("kept"), path + "/file");
  fs::create_directory_symlink(outside.path(), path + "/folder");
  ASSERT_EQ(::mkfifo((path + "/pipe").c_str(), 0600), 0);
  fs::create_directories(path + "/a/b/c");
  folder_.write("cache/user/models/a/b/c/deep", "x");
  fs::create_directory_symlink(outside.path(), path + "/a/b/folder");
  const auto removed = remove_cache(base(), "user", "models");
  EXPECT_TRUE(removed) << removed.error().message;
  EXPECT_EQ(names(), "user:other ");
  EXPECT_EQ(std::distance(fs::directory_iterator(base() + "/cache/user"), fs::directory_iterator()), 1);
  EXPECT_EQ(outside.read("kept"), "text");
  const auto again = remove_cache(base(), "user", "models");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().message, "remove \"" + path + "\": No such file or directory");
  EXPECT_FALSE(remove_cache(base(), "namespace/none", "models"));
}

// Deeper than the stack of a recursion, or the open files of a process, would allow.
TEST_F(HostCacheTest, RemovesFoldersOfAnyDepth) {
  const std::string path = make("user", "deep");
  FileDescriptor at(::open(path.c_str(), O_RDONLY | O_DIRECTORY));
  for (int level = 0; level < 1500; ++level) {
    ASSERT_EQ(::mkdirat(at.get(), "down", 0700), 0);
    at = FileDescriptor(::openat(at.get(), "down", O_RDONLY | O_DIRECTORY));
    ASSERT_TRUE(at.valid());
  }
  at = FileDescriptor();
  const auto removed = remove_cache(base(), "user", "deep");
  EXPECT_TRUE(removed) << removed.error().message;
  EXPECT_TRUE(fs::is_empty(base() + "/cache/user"));
}

}  // namespace
}  // namespace vgpu::host
