#include <gtest/gtest.h>

#include "hook/nri/frames.h"

namespace vgpu::nri {
namespace {

using std::string_literals::operator""s;

constexpr const char* kFrame =
    "\0\0\0\1"    // channel
    "\0\0\0\x0d"  // length of what follows
    "\0\0\0\3"    // length of the message
    "\0\0\0\5"    // stream
    "\1\0"        // type, flags
    "abc";
const std::string kBytes(kFrame, 21);

std::string number(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

TEST(NriFrames, EncodesAsTheInterfaceSays) {
  EXPECT_EQ(encode({Channel::Plugin, 5, MessageType::Request, "abc"}), kBytes);
}

TEST(NriFrames, ReadsMessagesThatComeByteByByte) {
  FrameReader reader;
  for (int round = 0; round < 3; ++round) {
    for (std::size_t index = 0; index < kBytes.size(); ++index) {
      EXPECT_FALSE(reader.next()->has_value());
      ASSERT_TRUE(reader.add(kBytes.substr(index, 1)));
    }
    const auto message = reader.next();
    ASSERT_TRUE(message && *message);
    EXPECT_EQ((*message)->payload, "abc");
    EXPECT_EQ((*message)->stream, 5U);
    EXPECT_EQ((*message)->type, MessageType::Request);
  }
}

TEST(NriFrames, ReadsAMessageOfSeveralFramesAndOneAfterIt) {
  FrameReader reader;
  const std::string message = kBytes.substr(8);
  ASSERT_TRUE(
      reader.add(number(2) + number(4) + message.substr(0, 4) + kBytes + number(2) + number(9) + message.substr(4)));
  std::map<Channel, std::string> payloads;
  for (auto next = reader.next(); next && *next; next = reader.next()) payloads[(*next)->channel] += (*next)->payload;
  EXPECT_EQ(payloads[Channel::Plugin], "abc");
  EXPECT_EQ(payloads[Channel::Runtime], "abc");
}

TEST(NriFrames, TakesTheLongestMessageAndNoLongerOne) {
  FrameReader reader;
  ASSERT_TRUE(reader.add(encode({Channel::Plugin, 1, MessageType::Request, std::string(kLongestMessage, 'x')})));
  EXPECT_EQ((*reader.next())->payload.size(), kLongestMessage);
  const auto added = reader.add(number(1) + number(kLongestMessage + 11));
  ASSERT_FALSE(added);
  EXPECT_NE(added.error().message.find("4194315 bytes"), std::string::npos) << added.error().message;
}

TEST(NriFrames, RefusesALengthThatOnlyTheMessageClaims) {
  FrameReader reader;
  ASSERT_TRUE(reader.add(number(1) + number(10) + number(0xffffffff) + number(1) + "\1\0"s));
  ASSERT_FALSE(reader.next());
}

TEST(NriFrames, RefusesAnUnknownChannelAndAnUnknownType) {
  EXPECT_FALSE(FrameReader().add(number(3) + number(1)));
  FrameReader reader;
  ASSERT_TRUE(reader.add(number(1) + number(10) + number(0) + number(1) + "\3\0"s));
  EXPECT_FALSE(reader.next());
}

TEST(NriFrames, HoldsNoMoreThanTwoOfTheLongestMessages) {
  FrameReader reader;
  const std::string longest = encode({Channel::Plugin, 1, MessageType::Request, std::string(kLongestMessage, 'x')});
  ASSERT_TRUE(reader.add(longest));
  ASSERT_TRUE(reader.add(longest));
  EXPECT_FALSE(reader.add(longest));
}

}  // namespace
}  // namespace vgpu::nri
