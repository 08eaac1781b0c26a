#include <algorithm>
#include <set>

#include "rm_fixture.h"
#include "seccomp/rm/chip.h"
#include "seccomp/rm/control.h"
#include "seccomp/rm/escape.h"
#include "seccomp/rm/object_class.h"
#include "seccomp/rm/uvm.h"

// The tables themselves: rows are found, and none of them can lead out of a buffer.
namespace vgpu::rm {
namespace {

TEST(RmTables, ControlsAreUniqueAndFound) {
  for (std::size_t index = 1; index < controls().size(); ++index) {
    EXPECT_LT(controls()[index - 1].command, controls()[index].command) << controls()[index].name;
  }
  for (const Control& control : controls()) {
    EXPECT_EQ(find_control(control.command), &control);
    for (const std::uint32_t size : control.size) EXPECT_LE(size, 65536u) << control.name;
  }
  EXPECT_EQ(find_control(0x12345678), nullptr);
}

TEST(RmTables, EscapesAreUniqueAndFound) {
  for (std::size_t index = 1; index < escapes().size(); ++index) {
    EXPECT_LT(escapes()[index - 1].number, escapes()[index].number) << escapes()[index].name;
  }
  for (const Escape& escape : escapes()) {
    EXPECT_EQ(find_escape(escape.number), &escape);
    EXPECT_LE(escape.largest_size, 4096u) << escape.name;
    EXPECT_NE(escape.handler, nullptr) << escape.name;
  }
}

TEST(RmTables, ClassesAreUniqueAndFound) {
  for (std::size_t index = 1; index < object_classes().size(); ++index) {
    EXPECT_LT(object_classes()[index - 1].number, object_classes()[index].number) << object_classes()[index].name;
  }
  for (const ObjectClass& one : object_classes()) EXPECT_EQ(find_class(one.number), &one);
}

TEST(RmTables, UvmStatusIsInsideOfItsParameters) {
  for (const UvmRequest& request : uvm_requests()) {
    for (unsigned branch = 0; branch < kBranches; ++branch) {
      EXPECT_LE(request.status_offset[branch] + 4, request.size[branch]) << request.name;
      EXPECT_LE(request.size[branch], 16384u) << request.name;
    }
  }
}

TEST(RmTables, ChipsHaveTheMultiprocessorsOfTheirProfiles) {
  for (const std::string_view name : model::profile_names()) {
    const auto profile = model::find_profile(name);
    ASSERT_TRUE(profile.has_value());
    const Chip& chip = chip_of(*profile);
    unsigned clusters = 0;
    for (unsigned cluster = 0; cluster < chip.graphics_clusters; ++cluster) {
      clusters += chip.texture_clusters_in(*profile, cluster);
    }
    EXPECT_EQ(clusters * chip.multiprocessors_in_a_pair, profile->multiprocessors) << name;
    EXPECT_LE(chip.classes().size(), 160u) << name;
    EXPECT_TRUE(chip.has_class(chip.compute_class)) << name;
  }
}

TEST(RmVersions, TextAndNumberAgree) {
  for (const char* text : {"535.309.01", "550.163.01", "570.124.06", "580.65.06", "550.76", "535.54.03"}) {
    EXPECT_EQ(version_text(pack_version(text)), text);
  }
  for (const char* text : {"", "1", "535.", "535.x", "535.1.2.3", "999999.1.2", "535.1.2 ", "-1.2"}) {
    EXPECT_EQ(pack_version(text), 0u) << text;
  }
  EXPECT_EQ(branch_of(pack_version("535.309.01")), Branch::R535);
  EXPECT_EQ(branch_of(pack_version("545.23.06")), Branch::R550);
  EXPECT_EQ(branch_of(pack_version("580.65.06")), Branch::R550);
  EXPECT_EQ(branch_of(0), Branch::R535);
}

}  // namespace
}  // namespace vgpu::rm
