#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "oci/library_scan.h"
#include "oci/rootfs.h"

namespace vgpu::oci {
namespace {

namespace fs = std::filesystem;

class OciRootfs : public testing::Test {
 protected:
  OciRootfs() {
    std::string pattern = (fs::temp_directory_path() / "vgpu-rootfs-XXXXXX").string();
    folder_ = fs::canonical(::mkdtemp(pattern.data()));
    root_ = folder_ / "root";
    fs::create_directories(root_ / "usr/lib64");
    std::ofstream(folder_ / "outside") << "host";
    std::ofstream(root_ / "usr/lib64/libcuda.so.535") << "real";
  }
  ~OciRootfs() override { fs::remove_all(folder_); }

  [[nodiscard]] std::unique_ptr<Rootfs> open() const {
    auto rootfs = open_rootfs(root_.string());
    EXPECT_TRUE(rootfs) << rootfs.error().message;
    return rootfs ? *std::move(rootfs) : nullptr;
  }
  void link(const std::string& target, const std::string& name) const { fs::create_symlink(target, root_ / name); }

  fs::path folder_, root_;
};

TEST_F(OciRootfs, LinksAreFollowedInside) {
  link("libcuda.so.535", "usr/lib64/libcuda.so.1");
  link("/usr/lib64", "lib64");
  const auto rootfs = open();
  EXPECT_EQ(rootfs->resolve_file("/lib64/libcuda.so.1"), "/usr/lib64/libcuda.so.535");
  EXPECT_EQ(rootfs->resolve_folder("/lib64"), "/usr/lib64");
  EXPECT_THAT(rootfs->list("/lib64"), testing::ElementsAre("libcuda.so.1", "libcuda.so.535"));
}

TEST_F(OciRootfs, NoLinkLeadsOut) {
  link("../../../outside", "usr/lib64/parents");
  link((folder_ / "outside").string(), "usr/lib64/absolute");
  link("/proc/self/root", "usr/lib64/magic");
  link("loop", "loop");
  const auto rootfs = open();
  for (const char* path : {"/usr/lib64/parents", "/usr/lib64/absolute", "/usr/lib64/magic/etc/passwd", "/../outside",
                           "/loop", "/usr/lib64/libcuda.so.535/x"}) {
    EXPECT_FALSE(rootfs->resolve_file(path)) << path;
  }
  EXPECT_EQ(rootfs->resolve_folder("/../.."), "/");
}

TEST_F(OciRootfs, OnlyRegularFilesAreFiles) {
  ASSERT_EQ(::mkfifo((root_ / "usr/lib64/libcuda.so.1").c_str(), 0600), 0);
  fs::create_directory(root_ / "usr/lib64/libcublas.so.12");
  const auto rootfs = open();
  EXPECT_FALSE(rootfs->resolve_file("/usr/lib64/libcuda.so.1"));
  EXPECT_FALSE(rootfs->resolve_file("/usr/lib64/libcublas.so.12"));
  EXPECT_FALSE(rootfs->resolve_folder("/usr/lib64/libcuda.so.535"));
  EXPECT_THAT(rootfs->list("/usr/lib64/libcuda.so.1"), testing::IsEmpty());
  EXPECT_THAT(find_covers(*rootfs, ""), testing::ElementsAre(Cover{"/usr/lib64/libcuda.so.535", "libcuda.so.1"}));
}

TEST_F(OciRootfs, AFolderThatIsMissingIsNamed) {
  const auto rootfs = open_rootfs((folder_ / "none").string());
  ASSERT_FALSE(rootfs);
  EXPECT_NE(rootfs.error().message.find("/none\": No such file"), std::string::npos);
}

}  // namespace
}  // namespace vgpu::oci
