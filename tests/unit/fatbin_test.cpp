#include "gpu/fatbin/fatbin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <lz4.h>
#include <zstd.h>

#include <cstring>
#include <memory>

namespace vgpu::fatbin {
namespace {

using ::testing::HasSubstr;

void append(std::string& bytes, std::uint64_t value, std::size_t width) {
  bytes.append(reinterpret_cast<const char*>(&value), width);
}

struct Image {
  unsigned kind = 1;
  unsigned arch = 61;
  std::uint64_t flags = 0x11;
  std::string stored;
  std::uint64_t uncompressed_size = 0;
  unsigned header_size = 64;
};

std::string entry_bytes(const Image& image) {
  const bool compressed = (image.flags & (kFlagLz4 | kFlagZstd)) != 0;
  const std::size_t padded = (image.stored.size() + 7) / 8 * 8;
  std::string bytes;
  append(bytes, image.kind, 2);
  append(bytes, 0x0101, 2);
  append(bytes, image.header_size, 4);
  append(bytes, padded, 8);
  append(bytes, compressed ? image.stored.size() : 0, 4);
  append(bytes, 0, 4);
  append(bytes, 4, 2);
  append(bytes, 8, 2);
  append(bytes, image.arch, 4);
  append(bytes, 0, 8);
  append(bytes, image.flags, 8);
  append(bytes, 0, 8);
  append(bytes, image.uncompressed_size, 8);
  bytes.resize(image.header_size);
  bytes += image.stored;
  bytes.resize(image.header_size + padded);
  return bytes;
}

std::string container_of(const std::vector<Image>& images) {
  std::string entries;
  for (const Image& image : images) entries += entry_bytes(image);
  std::string bytes;
  append(bytes, kContainerMagic, 4);
  append(bytes, 1, 2);
  append(bytes, 16, 2);
  append(bytes, entries.size(), 8);
  return bytes + entries;
}

std::string ptx_text() {
  std::string text = ".version 8.4\n";
  for (int i = 0; i < 200; ++i) text += ".target sm_61 // again and again\n";
  return text;
}

Image lz4_image(unsigned arch, const std::string& text) {
  std::string stored(static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(text.size()))), '\0');
  stored.resize(static_cast<std::size_t>(LZ4_compress_default(text.data(), stored.data(), static_cast<int>(text.size()),
                                                              static_cast<int>(stored.size()))));
  return {
      .arch = arch, .flags = 0x11 | kFlagLz4, .stored = stored, .uncompressed_size = text.size(), .header_size = 88};
}

Image zstd_image(unsigned arch, const std::string& text) {
  std::string stored(ZSTD_compressBound(text.size()), '\0');
  stored.resize(ZSTD_compress(stored.data(), stored.size(), text.data(), text.size(), 3));
  return {
      .arch = arch, .flags = 0x11 | kFlagZstd, .stored = stored, .uncompressed_size = text.size(), .header_size = 80};
}

std::string sample() {
  const std::string text = ptx_text() + '\0';
  return container_of({{.kind = 2, .arch = 86, .stored = "machine code"},
                       lz4_image(61, text),
                       zstd_image(75, text),
                       {.arch = 50, .stored = text}});
}

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

// A copy that ends where its memory ends, so that a sanitizer sees any read behind it.
std::unique_ptr<std::byte[]> exact_copy(std::span<const std::byte> bytes) {
  auto copy = std::make_unique<std::byte[]>(bytes.size());
  if (!bytes.empty()) std::memcpy(copy.get(), bytes.data(), bytes.size());
  return copy;
}

TEST(Fatbin, ListsAndUnpacks) {
  const std::string container = sample();
  const auto entries = read_container(bytes_of(container));
  ASSERT_TRUE(entries) << entries.error().message;
  ASSERT_EQ(entries->size(), 4u);
  EXPECT_EQ((*entries)[0].kind, Kind::Elf);
  EXPECT_EQ((*entries)[1].kind, Kind::Ptx);
  EXPECT_EQ((*entries)[1].arch, 61u);
  EXPECT_EQ((*entries)[1].ptx_version, 84u);
  EXPECT_EQ((*entries)[2].uncompressed_size, ptx_text().size() + 1);
  for (std::size_t i = 1; i < 4; ++i) {
    const auto text = unpack((*entries)[i]);
    ASSERT_TRUE(text) << text.error().message;
    EXPECT_EQ(*text, ptx_text());
  }
}

TEST(Fatbin, ChoosesTheNewestUsablePtx) {
  const auto image = [](Kind kind, unsigned arch, std::uint64_t flags = 0) {
    Entry entry;
    entry.kind = kind;
    entry.arch = arch;
    entry.flags = flags;
    return entry;
  };
  const std::vector<Entry> entries{image(Kind::Elf, 75), image(Kind::Ptx, 50), image(Kind::Ptx, 75),
                                   image(Kind::Ptx, 61), image(Kind::Ptx, 90, kFlagArchSpecific)};
  EXPECT_EQ(choose_ptx(entries, 35), nullptr);
  EXPECT_EQ(choose_ptx(entries, 61), &entries[3]);
  EXPECT_EQ(choose_ptx(entries, 70), &entries[3]);
  EXPECT_EQ(choose_ptx(entries, 90), &entries[2]);
  // xgboost's libraries: machine code for what the device is, PTX for the newest only.
  const std::vector<Entry> newer{image(Kind::Elf, 60), image(Kind::Elf, 70), image(Kind::Ptx, 120),
                                 image(Kind::Ptx, 100), image(Kind::Ptx, 90, kFlagArchSpecific)};
  EXPECT_EQ(choose_ptx(newer, 61), &newer[3]);
  EXPECT_EQ(choose_ptx(newer, 75), &newer[3]);
  EXPECT_EQ(choose_ptx(newer, 120), &newer[2]);
  EXPECT_EQ(choose_ptx(newer, 52), nullptr);
  EXPECT_EQ(choose_ptx(newer, 80), nullptr);
}

TEST(Fatbin, FindsTheContainerBehindItsWrapper) {
  const std::string container = sample();
  struct {
    std::uint32_t magic = kWrapperMagic;
    std::uint32_t version = 1;
    const void* container = nullptr;
    const void* second = nullptr;
  } wrapper;
  EXPECT_FALSE(find_container(&wrapper));
  wrapper.container = container.data();
  const auto found = find_container(&wrapper);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->size(), container.size());
  EXPECT_TRUE(find_container(container.data()));
  EXPECT_FALSE(find_container(nullptr));
  EXPECT_FALSE(find_container(".version 8.4"));
}

TEST(Fatbin, CutContainerIsAnError) {
  const std::string container = sample();
  for (std::size_t size = 0; size < container.size(); ++size) {
    const auto copy = exact_copy(bytes_of(container).first(size));
    EXPECT_FALSE(read_container({copy.get(), size})) << size;
  }
}

// The same with the container's own size made to fit, so that the entries' checks are reached.
TEST(Fatbin, CutEntriesAreAnError) {
  const std::string container = container_of({lz4_image(61, ptx_text()), zstd_image(75, ptx_text())});
  const std::size_t first_entry = 16 + entry_bytes(lz4_image(61, ptx_text())).size();
  for (std::size_t size = 17; size < container.size(); ++size) {
    std::string cut = container.substr(0, size);
    const std::uint64_t payload = size - 16;
    std::memcpy(cut.data() + 8, &payload, sizeof payload);
    const auto copy = exact_copy(bytes_of(cut));
    EXPECT_EQ(read_container({copy.get(), size}).has_value(), size == first_entry) << size;
  }
}

TEST(Fatbin, FlippedBytesNeverCrash) {
  const std::string container = container_of({lz4_image(61, ptx_text()), zstd_image(75, ptx_text())});
  std::size_t unpacked = 0;
  std::size_t refused = 0;
  for (std::size_t at = 0; at < container.size(); ++at) {
    for (const int flip : {0x01, 0x80, 0xFF}) {
      std::string damaged = container;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      const auto copy = exact_copy(bytes_of(damaged));
      const auto entries = read_container({copy.get(), damaged.size()});
      if (!entries) {
        ++refused;
        continue;
      }
      for (const Entry& entry : *entries) ++(unpack(entry) ? unpacked : refused);
    }
  }
  EXPECT_GT(unpacked, 0u);
  EXPECT_GT(refused, 100u);
}

TEST(Fatbin, HugeSizesAreRefused) {
  for (Image image : {lz4_image(61, ptx_text()), zstd_image(61, ptx_text())}) {
    for (const std::uint64_t size : {1ull << 20, 1ull << 31, ~0ull}) {
      image.uncompressed_size = size;
      const std::string container = container_of({image});
      const auto entries = read_container(bytes_of(container));
      ASSERT_TRUE(entries);
      const auto text = unpack((*entries)[0]);
      ASSERT_FALSE(text);
      EXPECT_THAT(text.error().message, HasSubstr("fat binary"));
    }
  }
}

}  // namespace
}  // namespace vgpu::fatbin
