#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "shims/preload/exec/inheritance.h"

// What a child's environment becomes, apart from how the child is started.
namespace vgpu::preload {
namespace {

using testing::ElementsAre;

const std::string kLibraries = "/vgpu/lib64/libvgpu-exec.so:/vgpu/lib64/libvgpu-cuda.so";

class Environment {
 public:
  explicit Environment(std::vector<std::string> entries) : texts_(std::move(entries)) {
    for (const std::string& text : texts_) pointers_.push_back(text.c_str());
    pointers_.push_back(nullptr);
  }
  [[nodiscard]] const char* const* get() const { return pointers_.data(); }

 private:
  std::vector<std::string> texts_;
  std::vector<const char*> pointers_;
};

std::vector<std::string> list(char* const* entries) {
  std::vector<std::string> texts;
  for (; entries != nullptr && *entries != nullptr; ++entries) texts.emplace_back(*entries);
  return texts;
}

TEST(PreloadEnvironment, ACleanedOneGetsEverything) {
  Inheritance inheritance;
  const Environment own({"HOME=/", "LD_PRELOAD=/opt/own.so:" + kLibraries, "OLLAMA_NUM_GPU=3",
                         "NVIDIA_VISIBLE_DEVICES=all", "LD_LIBRARY_PATH=/opt"});
  inheritance.take(own.get());
  const Environment cleaned({"A=b"});
  const ChildEnvironment child(inheritance, cleaned.get());
  EXPECT_THAT(list(child.entries()), ElementsAre("A=b", "LD_PRELOAD=" + kLibraries, "LD_LIBRARY_PATH=/vgpu/lib64",
                                                 "NVIDIA_VISIBLE_DEVICES=all", "OLLAMA_NUM_GPU=3"));
  const ChildEnvironment none(inheritance, nullptr);
  EXPECT_EQ(list(none.entries()).size(), 4u);
}

TEST(PreloadEnvironment, OneThatHasAllIsTheCallersOwn) {
  Inheritance inheritance;
  const Environment own({"LD_PRELOAD=" + kLibraries, "LD_LIBRARY_PATH=/vgpu/lib64"});
  inheritance.take(own.get());
  const ChildEnvironment child(inheritance, own.get());
  EXPECT_EQ(static_cast<const void*>(child.entries()), static_cast<const void*>(own.get()));
}

TEST(PreloadEnvironment, WhatTheCallerSetsStays) {
  Inheritance inheritance;
  const Environment own({"LD_PRELOAD=" + kLibraries, "OLLAMA_NUM_GPU=3"});
  inheritance.take(own.get());
  const Environment set({"LD_PRELOAD=/opt/a.so /vgpu/lib64/libvgpu-cuda.so", "OLLAMA_NUM_GPU=", "LD_LIBRARY_PATH=/x"});
  const ChildEnvironment child(inheritance, set.get());
  EXPECT_THAT(
      list(child.entries()),
      ElementsAre("OLLAMA_NUM_GPU=", "LD_PRELOAD=/opt/a.so /vgpu/lib64/libvgpu-cuda.so:/vgpu/lib64/libvgpu-exec.so",
                  "LD_LIBRARY_PATH=/x:/vgpu/lib64"));
}

// A user who unsets one variable means it.
TEST(PreloadEnvironment, ASingleVariableThatIsGoneStaysGone) {
  Inheritance inheritance;
  const Environment own({"LD_PRELOAD=" + kLibraries, "LD_LIBRARY_PATH=/vgpu/lib64", "OLLAMA_NUM_GPU=999"});
  inheritance.take(own.get());
  const Environment without({"LD_PRELOAD=" + kLibraries, "LD_LIBRARY_PATH=/opt"});
  const ChildEnvironment child(inheritance, without.get());
  EXPECT_THAT(list(child.entries()), ElementsAre("LD_PRELOAD=" + kLibraries, "LD_LIBRARY_PATH=/opt:/vgpu/lib64"));
}

TEST(PreloadEnvironment, TheDynamicLinkerTakesTheLastOfSeveral) {
  Inheritance inheritance;
  const Environment own({"LD_PRELOAD=" + kLibraries});
  inheritance.take(own.get());
  const Environment two({"LD_PRELOAD=" + kLibraries, "LD_PRELOAD=/opt/a.so"});
  const ChildEnvironment child(inheritance, two.get());
  EXPECT_THAT(list(child.entries()), ElementsAre("LD_PRELOAD=" + kLibraries, "LD_PRELOAD=/opt/a.so:" + kLibraries,
                                                 "LD_LIBRARY_PATH=/vgpu/lib64"));
}

TEST(PreloadEnvironment, WithoutLibrariesOfVgpuNothingChanges) {
  const Environment cleaned({"A=b"});
  for (const char* preload : {"LD_PRELOAD=", "LD_PRELOAD=/opt/a.so", "LD_PRELOAD=libvgpu-exec.so", "X=y"}) {
    Inheritance inheritance;
    const Environment own({preload, "OLLAMA_NUM_GPU=999"});
    inheritance.take(own.get());
    EXPECT_TRUE(inheritance.empty()) << preload;
    const ChildEnvironment child(inheritance, cleaned.get());
    EXPECT_EQ(static_cast<const void*>(child.entries()), static_cast<const void*>(cleaned.get())) << preload;
  }
  Inheritance inheritance;
  inheritance.take(nullptr);
  const ChildEnvironment child(inheritance, nullptr);
  EXPECT_EQ(child.entries(), nullptr);
}

TEST(PreloadEnvironment, OneWithoutRoomIsTheCallersOwn) {
  Inheritance inheritance;
  const Environment own({"LD_PRELOAD=" + kLibraries});
  inheritance.take(own.get());
  const Environment many(std::vector<std::string>(5000, "A=b"));
  const ChildEnvironment child(inheritance, many.get());
  EXPECT_EQ(static_cast<const void*>(child.entries()), static_cast<const void*>(many.get()));
  const Environment large({"LD_LIBRARY_PATH=/" + std::string(100000, 'x')});
  const ChildEnvironment unchanged(inheritance, large.get());
  EXPECT_EQ(static_cast<const void*>(unchanged.entries()), static_cast<const void*>(large.get()));
  const Environment most(std::vector<std::string>(1000, "A=b"));
  const ChildEnvironment fits(inheritance, most.get());
  EXPECT_EQ(list(fits.entries()).size(), 1002u);
}

// Programs write over the memory of their first environment.
TEST(PreloadEnvironment, ItIsACopy) {
  Inheritance inheritance;
  {
    std::string entry = "LD_PRELOAD=" + kLibraries;
    const char* const own[] = {entry.c_str(), nullptr};
    inheritance.take(own);
    entry.assign(entry.size(), 'x');
  }
  EXPECT_EQ(std::string(inheritance.libraries().begin, inheritance.libraries().length), kLibraries);
}

TEST(PreloadEnvironment, ItIsBounded) {
  std::string libraries;
  for (int index = 0; index < 500; ++index) {
    libraries += (index == 0 ? "" : ":") + std::string("/vgpu/lib64/libvgpu-") + std::to_string(index) + ".so";
  }
  Inheritance inheritance;
  const Environment own({"LD_PRELOAD=" + libraries, "OLLAMA_NUM_GPU=" + std::string(10000, '9')});
  inheritance.take(own.get());
  EXPECT_FALSE(inheritance.empty());
  EXPECT_TRUE(libraries.starts_with(std::string(inheritance.libraries().begin, inheritance.libraries().length)));
  EXPECT_LE(inheritance.libraries().length, 2048u);
}

}  // namespace
}  // namespace vgpu::preload
