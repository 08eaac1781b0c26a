#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hook/runtime/bundle.h"
#include "tests/unit/temporary_folder.h"

namespace vgpu::test {
namespace {

using runtime::BundleConfig;

TEST(RuntimeBundle, TheConfigurationIsReplacedWithItsModeAndNothingElseIsLeft) {
  const TemporaryFolder folder;
  folder.write("config.json", "old");
  ::chmod(folder.path("config.json").c_str(), 0640);
  const auto config = BundleConfig::open(folder.path(), "config.json");
  ASSERT_TRUE(config && *config);
  EXPECT_EQ((*config)->text(), "old");
  EXPECT_EQ((*config)->folder(), folder.path());
  ASSERT_TRUE((*config)->replace("new"));
  EXPECT_EQ(folder.read("config.json"), "new");
  struct stat status{};
  ASSERT_EQ(::stat(folder.path("config.json").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(RuntimeBundle, TheOwnerIsKept) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  const TemporaryFolder folder;
  folder.write("config.json", "old");
  ASSERT_EQ(::chown(folder.path("config.json").c_str(), 1234, 4321), 0);
  const auto config = BundleConfig::open(folder.path(), "config.json");
  ASSERT_TRUE(config && *config && (*config)->replace("new"));
  struct stat status{};
  ASSERT_EQ(::stat(folder.path("config.json").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 1234U);
  EXPECT_EQ(status.st_gid, 4321U);
}

TEST(RuntimeBundle, ALinkIsReadAndNeverReplacedOrWrittenThrough) {
  const TemporaryFolder folder;
  folder.write("target", "old");
  std::filesystem::create_symlink(folder.path("target"), folder.path("config.json"));
  const auto config = BundleConfig::open(folder.path(), "config.json");
  ASSERT_TRUE(config && *config);
  EXPECT_EQ((*config)->text(), "old");
  const auto replaced = (*config)->replace("new");
  ASSERT_FALSE(replaced);
  EXPECT_NE(replaced.error().message.find("is a link"), std::string::npos);
  EXPECT_EQ(folder.read("target"), "old");
  EXPECT_TRUE(std::filesystem::is_symlink(folder.path("config.json")));
}

TEST(RuntimeBundle, WhatIsReplacedMeanwhileIsLeftAlone) {
  const TemporaryFolder folder;
  folder.write("config.json", "old");
  const auto config = BundleConfig::open(folder.path(), "config.json");
  folder.write("other", "other");
  std::filesystem::rename(folder.path("other"), folder.path("config.json"));
  ASSERT_TRUE(config && *config);
  EXPECT_FALSE((*config)->replace("new"));
  EXPECT_EQ(folder.read("config.json"), "other");
}

TEST(RuntimeBundle, WithoutAConfigurationThereIsNothingToEdit) {
  const TemporaryFolder folder;
  for (const std::string& path : {folder.path(), folder.path("missing")}) {
    const auto config = BundleConfig::open(path, "config.json");
    ASSERT_TRUE(config);
    EXPECT_FALSE(*config);
  }
  const auto long_path = BundleConfig::open(std::string(5000, 'x'), "config.json");
  ASSERT_FALSE(long_path);
  EXPECT_NE(long_path.error().message.find("path too long"), std::string::npos);
  std::filesystem::create_directory(folder.path("config.json"));
  EXPECT_FALSE(BundleConfig::open(folder.path(), "config.json"));
}

TEST(RuntimeBundle, AConfigurationOfAnotherNameIsFromTheBundleOrAbsolute) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.path("below"));
  folder.write("below/other.json", "other");
  for (const std::string& name : {std::string("below/other.json"), folder.path("below/other.json")}) {
    const auto config = BundleConfig::open(folder.path(), name);
    ASSERT_TRUE(config && *config);
    EXPECT_EQ((*config)->text(), "other");
    EXPECT_EQ((*config)->folder(), folder.path());
  }
}

}  // namespace
}  // namespace vgpu::test
