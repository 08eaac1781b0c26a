#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gpu/ptx/lexer.h"
#include "gpu/ptx/number.h"
#include "unit/ptx_text.h"

namespace vgpu::ptx {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(PtxLexer, CutsTokens) {
  Lexer lexer("@!%p1 ld.L1::evict_last.u8 %tid.x, [a+-0x1F]; /* x\n } */ $L_1: .reg.f32 1.5e-3 \"a;b\" // end");
  std::vector<std::string> texts;
  while (lexer.peek().kind != Token::Kind::End) texts.emplace_back(lexer.next().text);
  EXPECT_THAT(texts, ElementsAre("@", "!", "%p1", "ld.L1::evict_last.u8", "%tid.x", ",", "[", "a", "+", "-", "0x1F",
                                 "]", ";", "$L_1", ":", ".reg", ".f32", "1.5e-3", "a;b"));
  EXPECT_EQ(lexer.peek().line, 2u);
}

TEST(PtxNumber, ReadsAllSpellings) {
  EXPECT_EQ(parse_number("0x7fffffffffffffff")->bits, 0x7fffffffffffffffu);
  EXPECT_EQ(parse_number("017")->bits, 15u);
  EXPECT_EQ(parse_number("0b101")->bits, 5u);
  EXPECT_EQ(parse_number("12U")->bits, 12u);
  EXPECT_EQ(literal_bits(*parse_number("0f40000000"), Type::F64), 0x4000000000000000);
  EXPECT_EQ(literal_bits(parse_number("0.5")->negated(), Type::F32), 0xBF000000);
  EXPECT_EQ(literal_bits(*parse_number("0f40000000"), Type::B64), std::nullopt);
  for (const char* wrong : {"", "0f123", "12x", "0x", "99999999999999999999", "1.5.5", "08"}) {
    EXPECT_FALSE(parse_number(wrong)) << wrong;
  }
}

TEST(PtxModule, FindsEntriesAndTheirHeads) {
  const auto module = parse_module(R"(
.file 1 "a.cu"
.visible .func helper();
.entry first() .maxntid 256, 1, 1 .minnctapersm 2 { .pragma "}"; ret; /* } */ }
.weak .entry second(.param .u8 a, .param .align 16 .b8 b[20], .param .u64 .ptr .global .align 4 c)
.reqntid 32
{ { } // }
}
.section .debug { .b8 1 }
)");
  ASSERT_TRUE(module) << module.error().message;
  EXPECT_EQ((*module)->target(), 75u);
  EXPECT_EQ((*module)->version(), 84u);
  ASSERT_EQ((*module)->entries().size(), 2u);
  const EntrySignature& first = (*module)->entries()[0];
  EXPECT_THAT(first.maximum_block, ElementsAre(256u, 1u, 1u));
  EXPECT_EQ(first.minimum_blocks_per_sm, 2u);
  EXPECT_EQ(first.line, 7u);
  const EntrySignature& second = (*module)->entries()[1];
  EXPECT_THAT(second.required_block, ElementsAre(32u, 1u, 1u));
  EXPECT_EQ(second.parameters[1].offset, 16u);
  EXPECT_EQ(second.parameters[2].offset, 40u);
  EXPECT_EQ(second.parameter_size, 48u);
  EXPECT_TRUE(second.text.ends_with("// }\n}"));
  EXPECT_TRUE((*module)->parse_entry("second"));
  EXPECT_FALSE((*module)->parse_entry("third"));
}

TEST(PtxModule, Initialisers) {
  const auto module = parse_module(R"(
.global .align 4 .b8 bytes[6] = {1, 0xFF, -1};
.global .u64 pointers[3] = {generic(bytes)+4, bytes, 7};
.const .f32 floats[2] = {0f3F800000, 2.0};
.global .s16 grid[2][2] = {{1, 2}, {3, 4}};
.extern .global .u32 elsewhere;
.global .v2 .f32 pair;
)");
  ASSERT_TRUE(module) << module.error().message;
  const auto byte = [](int value) { return static_cast<std::byte>(value); };
  EXPECT_THAT((*module)->find_variable("bytes")->initializer,
              ElementsAre(byte(1), byte(255), byte(255), byte(0), byte(0), byte(0)));
  const Variable& pointers = *(*module)->find_variable("pointers");
  ASSERT_EQ(pointers.relocations.size(), 2u);
  EXPECT_EQ(pointers.relocations[0].addend, 4);
  EXPECT_EQ(pointers.relocations[1].offset, 8u);
  EXPECT_EQ(pointers.initializer[16], byte(7));
  EXPECT_EQ((*module)->find_variable("floats")->initializer[7], byte(0x40));
  EXPECT_EQ((*module)->find_variable("grid")->initializer[6], byte(4));
  EXPECT_TRUE((*module)->find_variable("elsewhere")->external);
  EXPECT_EQ((*module)->find_variable("pair")->alignment, 8u);
  EXPECT_EQ((*module)->find_variable("nothing"), nullptr);
}

TEST(PtxModule, SaysWhatIsWrong) {
  const auto message = [](const std::string& text) {
    const auto module = parse_module(text);
    return module ? std::string("parsed") : module.error().message;
  };
  EXPECT_FALSE(Module::parse(""));
  EXPECT_FALSE(
      Module::parse(std::string("\x7f"
                                "ELF")));
  EXPECT_THAT(message(".entry k() { ret;"), HasSubstr("line 4: no \"}\""));
  EXPECT_THAT(message("entry"), HasSubstr("line 4: expected a directive, found \"entry\""));
  EXPECT_THAT(message(".global .b8 x[2] = {1,2,3};"), HasSubstr("behind the last element"));
  EXPECT_THAT(message(".global .b8 x[99999999999];"), HasSubstr("count"));
  EXPECT_THAT(message(".global .b64 x[1000000000];"), HasSubstr("1 GiB"));
  EXPECT_THAT(message(".global .align 3 .b8 x;"), HasSubstr("power of two"));
  EXPECT_THAT(message(".entry k(.param .b8 a[40000]) { }"), HasSubstr("32764 bytes"));
  EXPECT_THAT(message(".func f(.reg .b32 a) { }"), HasSubstr("\".param\""));
  EXPECT_EQ(message(".global .texref t;"), "parsed");
  EXPECT_THAT(message(".entry k(.param .u64"), HasSubstr("the end of the text"));
}

TEST(PtxModule, CutTextNeverCrashes) {
  const std::string text =
      ".version 8.4\n.target sm_75\n.global .u64 t[2] = {generic(t)+4, 0f3F800000};\n"
      ".entry k(.param .u64 p) .maxntid 1,2\n{ .reg .b32 %r<4>; .reg .pred q;\nL: @!q add.s32 %r1, "
      "{%r2}, -4; ld.v2.u32 {%r1,%r2}, [%r1+4]; call (q), f, (q); .pragma \"x\"; @q bra L; }";
  for (std::size_t size = 0; size < text.size(); ++size) {
    for (const bool closed : {false, true}) {
      const auto module = Module::parse(text.substr(0, size) + (closed ? "}" : ""));
      if (module && (*module)->find_entry("k") != nullptr) (void)(*module)->parse_entry("k");
    }
  }
}

}  // namespace
}  // namespace vgpu::ptx
