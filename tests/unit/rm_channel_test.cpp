#include <unistd.h>

#include <random>

#include "seccomp/rm/abi/channel.h"
#include "seccomp/rm/abi/memory.h"
#include "tests/unit/rm_fixture.h"

namespace vgpu::rm {
namespace {

constexpr std::uint32_t kChannelClass = 0xc46f, kComputeClass = 0xc5c0, kCopyClass = 0xc5b5;
constexpr std::uint32_t kEntries = 16;
constexpr std::uint64_t kRing = FakeHost::kWindow, kWords = FakeHost::kWindow + 0x1000,
                        kData = FakeHost::kWindow + 0x8000;

constexpr std::uint32_t increasing(unsigned object, std::uint32_t address, std::uint32_t count) {
  return 1u << 29 | count << 16 | object << 13 | address >> 2;
}

class RmChannelTest : public RmTest {
 protected:
  void SetUp() override {
    made = make_clients();
    control_memory = make_memory(abi::kSystemMemoryClass, 4096);
    error_memory = make_memory(abi::kSystemMemoryClass, 4096);
    abi::ChannelParameters parameters{};
    parameters.error_memory = error_memory;
    parameters.entries_address = kRing;
    parameters.entries = kEntries;
    parameters.control_memory[0] = control_memory;
    Handle channel = 0;
    ASSERT_EQ(make(made.control.id, made.client, made.device, channel, kChannelClass, parameters), abi::Status::Ok);
    EXPECT_TRUE(driver.has_channels());
    EXPECT_FALSE(driver.run_channels());
  }

  Handle make_memory(std::uint32_t object_class, std::uint64_t size) {
    struct {
      abi::MemoryParameters parameters;
      std::uint64_t rest;
    } memory{};
    memory.parameters.size = size;
    Handle handle = 0;
    EXPECT_EQ(make(made.control.id, made.client, made.device, handle, object_class, memory), abi::Status::Ok);
    return handle;
  }

  void put(std::uint32_t filled) {
    EXPECT_EQ(::pwrite(descriptor_of(control_memory), &filled, sizeof filled, abi::kPutOffset), 4);
  }
  std::uint32_t get() {
    std::uint32_t done = 0;
    EXPECT_EQ(::pread(descriptor_of(control_memory), &done, sizeof done, abi::kGetOffset), 4);
    return done;
  }
  std::uint16_t error_status() {
    const Object* memory = driver.state().find_object(made.client, error_memory);
    abi::ErrorNotifier notifier{};
    if (!memory->descriptor.valid()) return 0;
    EXPECT_EQ(::pread(memory->descriptor.get(), &notifier, sizeof notifier, 0), sizeof notifier);
    return notifier.status;
  }
  int descriptor_of(Handle memory) { return driver.state().find_object(made.client, memory)->descriptor.get(); }

  void place(std::uint64_t address, std::span<const std::uint32_t> words) {
    ASSERT_TRUE(host.write({}, address, std::as_bytes(words)));
  }
  std::uint32_t word_at(std::uint64_t address) {
    std::uint32_t word = 0;
    EXPECT_TRUE(host.read({}, address, std::as_writable_bytes(std::span(&word, 1))));
    return word;
  }
  // One entry with these words; carried out until nothing moves any more.
  void submit(const std::vector<std::uint32_t>& words) {
    place(kWords, words);
    const std::uint64_t entry = kWords | static_cast<std::uint64_t>(words.size()) << 42;
    ASSERT_TRUE(host.write({}, kRing + 8ull * filled_, std::as_bytes(std::span(&entry, 1))));
    filled_ = (filled_ + 1) % kEntries;
    put(filled_);
    for (int turn = 0; turn < 100 && driver.run_channels();) ++turn;
  }

  Clients made;
  Handle control_memory = 0, error_memory = 0;

 private:
  std::uint32_t filled_ = 0;
};

TEST_F(RmChannelTest, SemaphoresAreReleasedAndWaitedFor) {
  const auto low = static_cast<std::uint32_t>(kData);
  submit({increasing(0, abi::kSemaphoreAddressLow, 5), low, 0, 7, 0, 1,           // releases 7
          increasing(0, abi::kSemaphoreAddressLow, 5), low + 64, 0, 9, 0, 0,      // waits for 9
          increasing(0, abi::kSemaphoreAddressLow, 5), low + 128, 0, 11, 0, 1});  // releases 11
  EXPECT_EQ(word_at(kData), 7u);
  EXPECT_EQ(word_at(kData + 128), 0u);
  EXPECT_EQ(get(), 0u);
  const std::uint32_t nine = 9;
  place(kData + 64, {&nine, 1});
  EXPECT_TRUE(driver.run_channels());
  EXPECT_EQ(word_at(kData + 128), 11u);
  EXPECT_EQ(get(), 1u);
  EXPECT_EQ(error_status(), 0);
}

TEST_F(RmChannelTest, MemoryIsCopiedLineByLine) {
  const std::vector<std::uint32_t> source = {1, 2, 3, 4, 5, 6};
  place(kData, source);
  submit({increasing(4, abi::kSetObject, 1), kCopyClass, increasing(4, abi::kCopyInHigh, 8), 0,
          static_cast<std::uint32_t>(kData), 0, static_cast<std::uint32_t>(kData + 256), 8, 16, 8, 3,
          increasing(4, abi::kCopyLaunch, 1), 2u | 1u << 9});
  EXPECT_EQ(word_at(kData + 256), 1u);
  EXPECT_EQ(word_at(kData + 256 + 16), 3u);
  EXPECT_EQ(word_at(kData + 256 + 32 + 4), 6u);
  EXPECT_EQ(word_at(kData + 256 + 8), 0u);
  EXPECT_EQ(get(), 1u);
}

TEST_F(RmChannelTest, AKernelStopsTheChannelAndTheLogSaysWhatRunsThem) {
  submit({increasing(1, abi::kSetObject, 1), kComputeClass, increasing(1, abi::kLaunchFirst, 1), 0});
  EXPECT_EQ(error_status(), abi::kErrorStatus);
  ASSERT_FALSE(host.lines.empty());
  EXPECT_NE(host.lines.back().find("vgpu's libcuda.so.1"), std::string::npos);
  submit({increasing(0, abi::kSemaphoreAddressLow, 5), static_cast<std::uint32_t>(kData), 0, 7, 0, 1});
  EXPECT_EQ(word_at(kData), 0u) << "a stopped channel goes on";
}

TEST_F(RmChannelTest, WhatIsNotInMemoryStopsTheChannel) {
  const std::uint64_t entry = 0x7000000000 | 64ull << 42;
  ASSERT_TRUE(host.write({}, kRing, std::as_bytes(std::span(&entry, 1))));
  put(1);
  EXPECT_TRUE(driver.run_channels());
  EXPECT_EQ(error_status(), abi::kErrorStatus);
  EXPECT_FALSE(driver.run_channels());
}

TEST_F(RmChannelTest, WrongIndicesAreNotFollowed) {
  put(0xffffffff);
  EXPECT_FALSE(driver.run_channels());
  EXPECT_EQ(error_status(), 0);
}

TEST_F(RmChannelTest, ATurnIsShortWhateverIsWanted) {
  // 4 billion lines of one byte.
  place(kWords,
        std::vector<std::uint32_t>{increasing(4, abi::kSetObject, 1), kCopyClass, increasing(4, abi::kCopyInHigh, 8), 0,
                                   static_cast<std::uint32_t>(kData), 0, static_cast<std::uint32_t>(kData + 256), 0, 0,
                                   1, 0xffffffff, increasing(4, abi::kCopyLaunch, 1), 2u | 1u << 9});
  const std::uint64_t entry = kWords | 13ull << 42;
  ASSERT_TRUE(host.write({}, kRing, std::as_bytes(std::span(&entry, 1))));
  put(1);
  for (int turn = 0; turn < 3; ++turn) EXPECT_TRUE(driver.run_channels());
  EXPECT_EQ(get(), 0u);
}

TEST_F(RmChannelTest, AnyWordsDoNoHarm) {
  std::mt19937 random(1);
  for (int round = 0; round < 200 && error_status() == 0; ++round) {
    std::vector<std::uint32_t> words(512);
    for (std::size_t index = 0; index < words.size(); ++index) {
      words[index] = random();
      if (index % 8 == 0) words[index] = increasing(random() % 8, random() & 0x1ffc, 1 + random() % 6);
      if (index % 8 == 1 && random() % 2 == 0) words[index] = random() % 2 == 0 ? kComputeClass : kCopyClass;
    }
    submit(words);
  }
  EXPECT_LT(get(), kEntries);
}

TEST_F(RmChannelTest, ChannelsEndWithTheirClient) {
  driver.close(made.control.id);
  EXPECT_FALSE(driver.has_channels());
  EXPECT_FALSE(driver.run_channels());
}

TEST_F(RmChannelTest, WrongParametersAreRefused) {
  abi::ChannelParameters parameters{};
  Handle channel = 0;
  parameters.control_memory[0] = control_memory;
  EXPECT_EQ(make(made.control.id, made.client, made.device, channel, kChannelClass, parameters),
            abi::Status::InvalidArgument);
  parameters.entries = kEntries;
  parameters.control_offset[0] = 4096;
  EXPECT_NE(make(made.control.id, made.client, made.device, channel, kChannelClass, parameters), abi::Status::Ok);
  parameters.control_offset[0] = 0;
  parameters.control_memory[0] = 0xdead;
  EXPECT_NE(make(made.control.id, made.client, made.device, channel, kChannelClass, parameters), abi::Status::Ok);
}

TEST_F(RmChannelTest, MemoryThatIsMadeAsAnObjectIsCharged) {
  const std::uint64_t before = driver.state().used(0);
  make_memory(abi::kVideoMemoryClass, 8192);
  EXPECT_EQ(driver.state().used(0), before + 8192);
}

}  // namespace
}  // namespace vgpu::rm
