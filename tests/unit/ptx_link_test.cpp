#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gpu/ptx/link.h"
#include "gpu/ptx/module.h"

namespace vgpu::ptx {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string head(const std::string& version, const std::string& target) {
  return ".version " + version + "\n.target " + target + "\n.address_size 64\n";
}

const std::string kCaller = head("7.0", "sm_75") + R"(
.file 1 "caller.cu"
.extern .func (.param .b32 r) twice(.param .b32 a);
.extern .global .align 4 .u32 shared_by_both;
.global .align 4 .u32 own = 1;
.visible .entry first() { .reg .b32 %r<3>; ld.global.u32 %r1, [own]; call (%r2), twice, (%r1); ret; }
)";
const std::string kCallee = head("8.0", "sm_61") + R"(
.global .align 4 .u32 own = 2;
.visible .global .align 4 .u32 shared_by_both = 7;
.visible .func (.param .b32 r) twice(.param .b32 a)
{
  .reg .b32 %r<3>;
  ld.global.u32 %r1, [own];
  st.param.b32 [r], %r1;
  ret;
}
)";

TEST(PtxLink, OneModuleStaysAsItIs) {
  EXPECT_EQ(*link_modules(std::vector<LinkInput>{{"a", kCallee}}), kCallee);
}

TEST(PtxLink, WhatOneDeclaresAnotherDefines) {
  for (const bool callee_first : {false, true}) {
    std::vector<LinkInput> inputs{{"caller", kCaller}, {"callee", kCallee}};
    if (callee_first) std::swap(inputs[0], inputs[1]);
    const auto linked = link_modules(inputs);
    ASSERT_TRUE(linked) << linked.error().message;
    const auto module = Module::parse(*linked);
    ASSERT_TRUE(module) << module.error().message << *linked;
    EXPECT_EQ((*module)->target(), 75u);
    EXPECT_EQ((*module)->version(), 80u);
    ASSERT_EQ((*module)->variables().size(), 3u) << *linked;
    EXPECT_FALSE((*module)->find_variable("shared_by_both")->external);
    EXPECT_FALSE((*module)->find_function("twice")->body.empty());
    const auto entry = (*module)->parse_entry("first");
    EXPECT_TRUE(entry) << entry.error().message;
  }
}

// Both have a variable "own"; each has to go on reading its own.
TEST(PtxLink, NamesOfOneModuleStayApart) {
  const auto linked = link_modules(std::vector<LinkInput>{{"caller", kCaller}, {"callee", kCallee}});
  ASSERT_TRUE(linked);
  EXPECT_THAT(*linked, HasSubstr(".u32 own$in_module_0 = 1"));
  EXPECT_THAT(*linked, HasSubstr("%r1, [own$in_module_0]; call"));
  EXPECT_THAT(*linked, HasSubstr(".u32 own$in_module_1 = 2"));
  EXPECT_THAT(*linked, HasSubstr("%r1, [own$in_module_1];\n  st.param"));
}

TEST(PtxLink, WeakDefinitionsGiveWay) {
  const auto with = [](const std::string& linkage, int value) {
    return head("7.0", "sm_75") + linkage + " .const .u32 x = " + std::to_string(value) + ";";
  };
  const auto first = link_modules(std::vector<LinkInput>{{"a", with(".weak", 1)}, {"b", with(".weak", 2)}});
  ASSERT_TRUE(first);
  EXPECT_THAT(*first, HasSubstr("x = 1"));
  EXPECT_THAT(*first, Not(HasSubstr("x = 2")));
  const auto strong = link_modules(std::vector<LinkInput>{{"a", with(".weak", 1)}, {"b", with(".visible", 2)}});
  ASSERT_TRUE(strong);
  EXPECT_THAT(*strong, HasSubstr("x = 2"));
  EXPECT_THAT(*strong, Not(HasSubstr("x = 1")));
  const auto both = link_modules(std::vector<LinkInput>{{"a", with(".visible", 1)}, {"b", with(".visible", 2)}});
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().message, "\"x\" is defined in \"a\" and in \"b\"");
}

TEST(PtxLink, SaysWhichModuleIsNone) {
  const auto linked = link_modules(std::vector<LinkInput>{{"good", kCallee}, {"bad.ptx", "nonsense"}});
  ASSERT_FALSE(linked);
  EXPECT_THAT(linked.error().message, HasSubstr("\"bad.ptx\": line 1"));
  EXPECT_FALSE(link_modules({}));
}

}  // namespace
}  // namespace vgpu::ptx
