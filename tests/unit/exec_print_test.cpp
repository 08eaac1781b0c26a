#include <gtest/gtest.h>

#include <cstring>

#include "gpu/exec/print.h"

namespace vgpu::exec {
namespace {

// Packs arguments as device code does: each at its own alignment.
class Arguments {
 public:
  template <class T>
  Arguments& add(T value) {
    offset_ = (offset_ + sizeof(T) - 1) / sizeof(T) * sizeof(T);
    std::memcpy(bytes_ + offset_, &value, sizeof value);
    offset_ += sizeof(T);
    return *this;
  }
  [[nodiscard]] const std::byte* data() const { return bytes_; }

 private:
  alignas(8) std::byte bytes_[256] = {};
  std::size_t offset_ = 0;
};

std::string formatted(const char* format, const Arguments& arguments, std::int32_t expected_count) {
  std::int32_t count = 0;
  std::string text = format_print(format, arguments.data(), count);
  EXPECT_EQ(count, expected_count);
  return text;
}

TEST(ExecPrint, FormatsAllConversions) {
  EXPECT_EQ(formatted("plain 100%%\n", {}, 0), "plain 100%\n");
  EXPECT_EQ(formatted("%d %u %x %c", Arguments().add(-3).add(7u).add(255).add(int{'z'}), 4), "-3 7 ff z");
  EXPECT_EQ(formatted("%d %lld %d", Arguments().add(1).add(-5'000'000'000LL).add(2), 3), "1 -5000000000 2");
  EXPECT_EQ(formatted("%lu|%zu", Arguments().add(5'000'000'000LL).add(6LL), 2), "5000000000|6");
  EXPECT_EQ(formatted("%d %f %.2e", Arguments().add(1).add(1.5).add(1234.5), 3), "1 1.500000 1.23e+03");
  EXPECT_EQ(formatted("%5d|%-5d|%05d|%+d", Arguments().add(1).add(2).add(3).add(4), 4), "    1|2    |00003|+4");
  EXPECT_EQ(formatted("%*d|%.*f", Arguments().add(4).add(9).add(1).add(2.25), 4), "   9|2.2");
  EXPECT_EQ(formatted("%s and %s", Arguments().add("one").add(static_cast<const char*>(nullptr)), 2), "one and (null)");
  EXPECT_EQ(formatted("%p", Arguments().add(reinterpret_cast<void*>(0x10)), 1), "0x10");
}

TEST(ExecPrint, LongStringsAreWhole) {
  const std::string text(5000, 'x');
  EXPECT_EQ(formatted("<%s>", Arguments().add(text.c_str()), 1), "<" + text + ">");
}

TEST(ExecPrint, UnknownConversionsAreKept) {
  EXPECT_EQ(formatted("%y %", {}, 0), "%y %");
}

TEST(ExecPrint, NullFormatIsRefused) {
  EXPECT_EQ(print_formatted(nullptr, nullptr), -1);
}

}  // namespace
}  // namespace vgpu::exec
