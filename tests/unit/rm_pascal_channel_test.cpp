#include <unistd.h>

#include "seccomp/rm/abi/channel.h"
#include "seccomp/rm/abi/control_client.h"
#include "tests/unit/rm_fixture.h"

// Channels before Volta: the ring's indices are in memory of the driver's, which is mapped as the channel itself.
namespace vgpu::rm {
namespace {

constexpr std::uint64_t kRing = FakeHost::kWindow, kWords = FakeHost::kWindow + 0x1000,
                        kData = FakeHost::kWindow + 0x8000;

class RmPascalChannelTest : public RmTest {
 protected:
  RmPascalChannelTest() : RmTest("p4") {}

  void SetUp() override { made = make_clients(); }

  abi::Status make_channel(Handle& channel, Handle control_memory = 0) {
    abi::ChannelParameters parameters{};
    parameters.entries_address = kRing;
    parameters.entries = 16;
    parameters.control_memory[0] = control_memory;
    return make(made.control.id, made.client, made.device, channel, abi::kPascalChannelClass, parameters);
  }

  // Maps a channel. The memory that the caller gets, or -1; where the indices are in it is in `place`.
  int map(Handle channel, std::uint64_t& place) {
    const OpenedFile target = open({NodeKind::Device, 0});
    abi::MapMemory request{};
    request.client = made.client;
    request.device = made.subdevice;
    request.memory = channel;
    request.length = abi::kControlSize;
    request.descriptor = target.given.get();
    FakeMemory memory = extra;
    const Answer answer =
        driver.ioctl({made.control.id, request_of(0x4e, sizeof request), memory.add(request), 100}, memory);
    EXPECT_EQ(carry_out(answer), 0);
    place = request.linear_address % 4096;
    return answer.replacement ? answer.replacement->source : -1;
  }

  Clients made;
};

TEST_F(RmPascalChannelTest, IndicesAreWhereTheNumberOfTheChannelSays) {
  for (const Handle wanted : {0x5c000018u, 0x5c000019u, 0x5c00001fu}) {
    Handle channel = wanted;
    ASSERT_EQ(make_channel(channel), abi::Status::Ok);
    std::uint32_t number = 0;
    struct {
      std::uint32_t count, padding;
      std::uint64_t handles, numbers;
    } list{1, 0, extra.add(channel), extra.add(number)};
    number = channel;
    ASSERT_EQ(control(made.control.id, made.client, made.device, 0x0080170d, list), abi::Status::Ok);
    std::uint64_t place = 0;
    ASSERT_GE(map(channel, place), 0);
    EXPECT_EQ(place, number * abi::kControlSize % 4096) << channel;
  }
}

TEST_F(RmPascalChannelTest, WorkIsTakenByTheIndicesInTheMappedMemory) {
  Handle channel = 0x5c000019;
  ASSERT_EQ(make_channel(channel), abi::Status::Ok);
  EXPECT_TRUE(driver.has_channels());
  std::uint64_t place = 0;
  const int mapped = map(channel, place);
  ASSERT_GE(mapped, 0);
  const std::vector<std::uint32_t> words = {
      1u << 29 | 5u << 16 | abi::kSemaphoreAddressLow >> 2, static_cast<std::uint32_t>(kData), 0, 7, 0, 1};
  ASSERT_TRUE(host.write({}, kWords, std::as_bytes(std::span(words))));
  const std::uint64_t entry = kWords | static_cast<std::uint64_t>(words.size()) << 42;
  ASSERT_TRUE(host.write({}, kRing, std::as_bytes(std::span(&entry, 1))));
  const std::uint32_t filled = 1;
  ASSERT_EQ(::pwrite(mapped, &filled, sizeof filled, static_cast<off_t>(place + abi::kPutOffset)), 4);
  EXPECT_TRUE(driver.run_channels());
  std::uint32_t released = 0, done = 0;
  ASSERT_TRUE(host.read({}, kData, std::as_writable_bytes(std::span(&released, 1))));
  EXPECT_EQ(released, 7u);
  ASSERT_EQ(::pread(mapped, &done, sizeof done, static_cast<off_t>(place + abi::kGetOffset)), 4);
  EXPECT_EQ(done, 1u);
}

TEST_F(RmPascalChannelTest, NoOtherMemoryIsTakenForTheIndices) {
  Handle channel = 0;
  EXPECT_EQ(make_channel(channel, made.device), abi::Status::InvalidArgument);
  EXPECT_FALSE(driver.has_channels());
}

TEST_F(RmPascalChannelTest, IsMemoryOfTheDevice) {
  Handle channel = 0;
  ASSERT_EQ(make_channel(channel), abi::Status::Ok);
  abi::AddressSpaceType type{};
  type.object = channel;
  EXPECT_EQ(control(made.control.id, made.client, made.client, 0x00000d01, type), abi::Status::Ok);
  EXPECT_EQ(type.type, abi::kVideoMemory);
}

TEST_F(RmPascalChannelTest, TheFirstPascalsCopyClassIsThereToo) {
  Handle channel = 0;
  ASSERT_EQ(make_channel(channel), abi::Status::Ok);
  for (const std::uint32_t copy_class : {0xc0b5u, 0xc1b5u}) {
    Handle copy = 0;
    std::uint64_t parameters = 0;
    EXPECT_EQ(make(made.control.id, made.client, channel, copy, copy_class, parameters), abi::Status::Ok);
  }
}

}  // namespace
}  // namespace vgpu::rm
