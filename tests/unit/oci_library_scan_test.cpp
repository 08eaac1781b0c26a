#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "oci/library_names.h"
#include "oci/library_scan.h"

namespace vgpu::oci {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// An image in memory: files, and links by their full path.
class FakeRootfs : public Rootfs {
 public:
  explicit FakeRootfs(std::set<std::string> files, std::map<std::string, std::string> links = {})
      : files_(std::move(files)), links_(std::move(links)) {}

  [[nodiscard]] std::optional<std::string> resolve_file(const std::string& path) const override {
    const std::string target = followed(path);
    return files_.contains(target) ? std::optional(target) : std::nullopt;
  }
  [[nodiscard]] std::optional<std::string> resolve_folder(const std::string& path) const override {
    const std::string target = followed(path);
    const auto below = files_.lower_bound(target + "/");
    return below != files_.end() && below->starts_with(target + "/") ? std::optional(target) : std::nullopt;
  }
  [[nodiscard]] std::vector<std::string> list(const std::string& folder) const override {
    std::set<std::string> names;
    const auto add = [&](const std::string& path) {
      if (path.starts_with(folder + "/"))
        names.insert(path.substr(folder.size() + 1, path.find('/', folder.size() + 1) - folder.size() - 1));
    };
    for (const std::string& file : files_) add(file);
    for (const auto& [link, target] : links_) add(link);
    return {names.begin(), names.end()};
  }

 private:
  [[nodiscard]] std::string followed(const std::string& path) const {
    const auto link = links_.find(path);
    return link == links_.end() ? path : link->second;
  }
  std::set<std::string> files_;
  std::map<std::string, std::string> links_;
};

TEST(OciLibraryScan, NamesOfCudaLibraries) {
  EXPECT_EQ(covering_library("libcuda.so"), "libcuda.so.1");
  EXPECT_EQ(covering_library("libcuda.so.535.54.03"), "libcuda.so.1");
  EXPECT_EQ(covering_library("libcudart.so.12.8.90"), "libcudart.so.12");
  EXPECT_EQ(covering_library("libcudart.so.13"), "libcudart.so.13");
  EXPECT_EQ(covering_library("libcublasLt.so.12"), "libcublasLt.so.12");
  EXPECT_EQ(covering_library("libcublas.so.13.1"), "libcublas.so.13");
  EXPECT_EQ(covering_library("libnvidia-ml.so.1"), "libnvidia-ml.so.1");
  for (const char* other : {"libcudart.so.11.0", "libcudart.so", "libcuda.so1", "libcudadebugger.so.1",
                            "libcublas.so.120", "libggml-cuda.so", "xlibcuda.so", "libcuda.a", ""}) {
    EXPECT_EQ(covering_library(other), "") << other;
  }
}

TEST(OciLibraryScan, KnownFoldersAndLibraryPath) {
  const FakeRootfs rootfs({"/usr/lib/x86_64-linux-gnu/libcuda.so.1", "/usr/local/cuda-12.4/lib64/libcudart.so.12",
                           "/usr/lib/ollama/cuda_v12/libcublas.so.12", "/opt/app/libcublasLt.so.13",
                           "/srv/libcuda.so.1"});
  EXPECT_THAT(find_covers(rootfs, "/opt/app::relative"),
              ElementsAre(Cover{"/opt/app/libcublasLt.so.13", "libcublasLt.so.13"},
                          Cover{"/usr/lib/ollama/cuda_v12/libcublas.so.12", "libcublas.so.12"},
                          Cover{"/usr/lib/x86_64-linux-gnu/libcuda.so.1", "libcuda.so.1"},
                          Cover{"/usr/local/cuda-12.4/lib64/libcudart.so.12", "libcudart.so.12"}));
}

TEST(OciLibraryScan, LinksAreCoveredWhereTheyLeadOnce) {
  const FakeRootfs rootfs({"/usr/lib64/libcuda.so.535"}, {{"/usr/lib64/libcuda.so.1", "/usr/lib64/libcuda.so.535"},
                                                          {"/usr/lib64/libcuda.so", "/usr/lib64/libcuda.so.535"},
                                                          {"/usr/lib64/libcudart.so.12", "/nowhere"},
                                                          {"/lib64", "/usr/lib64"}});
  EXPECT_THAT(find_covers(rootfs, "/lib64"), ElementsAre(Cover{"/usr/lib64/libcuda.so.535", "libcuda.so.1"}));
}

TEST(OciLibraryScan, WhatTheLibraryFolderHidesNeedsNoCover) {
  const FakeRootfs rootfs({"/usr/local/nvidia/lib64/libcuda.so.1"});
  EXPECT_THAT(find_covers(rootfs, "/usr/local/nvidia/lib64"), IsEmpty());
}

TEST(OciLibraryScan, EveryLibraryOfOllamasFoldersIsCoveredUnderItsFullName) {
  for (const std::string folder : {"/usr/lib/ollama", "/usr/local/lib/ollama"}) {
    const FakeRootfs rootfs({folder + "/libggml-base.so.0.0.0", folder + "/cuda_v12/libggml-cuda.so",
                             folder + "/cuda_v12/libcudart.so.12.8.90", folder + "/cuda_v12/libcublas.so.12.8.4.1",
                             folder + "/cuda_v12/libcublasLt.so.12.8.4.1", folder + "/cuda_v13/libcudart.so.13.0.96",
                             folder + "/cuda_v11/libcudart.so.11.3.109", folder + "/libcublas.so.12"},
                            {{folder + "/cuda_v12/libcudart.so.12", folder + "/cuda_v12/libcudart.so.12.8.90"},
                             {folder + "/cuda_v12/libcublas.so.12", folder + "/cuda_v12/libcublas.so.12.8.4.1"},
                             {folder + "/cuda_v12/libcublasLt.so.12", folder + "/cuda_v12/libcublasLt.so.12.8.4.1"}});
    EXPECT_THAT(find_covers(rootfs, ""),
                ElementsAre(Cover{folder + "/cuda_v12/libcublas.so.12.8.4.1", "libcublas.so.12"},
                            Cover{folder + "/cuda_v12/libcublasLt.so.12.8.4.1", "libcublasLt.so.12"},
                            Cover{folder + "/cuda_v12/libcudart.so.12.8.90", "libcudart.so.12"},
                            Cover{folder + "/cuda_v13/libcudart.so.13.0.96", "libcudart.so.13"},
                            Cover{folder + "/libcublas.so.12", "libcublas.so.12"}));
  }
}

TEST(OciLibraryScan, TheLinkersFirstFolderFollowsTheLibrarysVersion) {
  const std::string folder = "/usr/lib/x86_64-linux-gnu";
  const auto with = [&](const std::string& c_library) {
    return preferred_library_folder(
        FakeRootfs({folder + "/" + c_library}, {{folder + "/libc.so.6", folder + "/" + c_library}}));
  };
  EXPECT_EQ(preferred_library_folder(FakeRootfs({folder + "/libc.so.6"})), folder + "/glibc-hwcaps/x86-64-v2");
  EXPECT_EQ(preferred_library_folder(FakeRootfs({"/usr/lib64/libc.so.6", folder + "/other.so"})),
            "/usr/lib64/glibc-hwcaps/x86-64-v2");
  EXPECT_EQ(with("libc-2.31.so"), folder + "/tls");
  EXPECT_EQ(with("libc-2.33.so"), folder + "/glibc-hwcaps/x86-64-v2");
}

TEST(OciLibraryScan, TheLinkersFirstFolderIsNotTakenFromTheImage) {
  const std::string folder = "/usr/lib64";
  EXPECT_FALSE(preferred_library_folder(FakeRootfs({"/lib/ld-musl-x86_64.so.1", "/usr/lib/libcrypto.so.3"})));
  EXPECT_FALSE(
      preferred_library_folder(FakeRootfs({folder + "/libc.so.6", folder + "/glibc-hwcaps/x86-64-v2/libcrypto.so.3"})));
  EXPECT_FALSE(preferred_library_folder(FakeRootfs({folder + "/libc.so.6", folder + "/glibc-hwcaps/x86-64-v2"})));
  EXPECT_FALSE(preferred_library_folder(FakeRootfs({folder + "/libc.so.6", "/opt/elsewhere/a.so"},
                                                   {{folder + "/glibc-hwcaps/x86-64-v2", "/opt/elsewhere"}})));
  EXPECT_TRUE(
      preferred_library_folder(FakeRootfs({folder + "/libc.so.6", folder + "/glibc-hwcaps/x86-64-v3/libcrypto.so.3"})));
}

TEST(OciLibraryScan, SystemFolder) {
  EXPECT_EQ(system_library_folder(FakeRootfs({"/usr/lib64/libc.so.6"})), "/usr/lib64");
  EXPECT_EQ(system_library_folder(FakeRootfs({"/usr/lib/x86_64-linux-gnu/libc.so.6", "/usr/lib64/ld-linux.so.2"})),
            "/usr/lib/x86_64-linux-gnu");
  EXPECT_FALSE(system_library_folder(FakeRootfs({"/bin/app"})));
}

}  // namespace
}  // namespace vgpu::oci
