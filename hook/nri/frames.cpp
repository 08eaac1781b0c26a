#include "hook/nri/frames.h"

#include <algorithm>
#include <cassert>

namespace vgpu::nri {
namespace {

constexpr std::size_t kFrameHeader = 8;
constexpr std::size_t kMessageHeader = 10;
constexpr std::size_t kLongestFrame = kMessageHeader + kLongestMessage;

std::uint32_t number_at(std::string_view bytes, std::size_t position) {
  std::uint32_t number = 0;
  for (const char byte : bytes.substr(position, 4)) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

void append_number(std::string& bytes, std::uint32_t number) {
  for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes += static_cast<char>(number >> shift & 0xff);
}

}  // namespace

std::string encode(const Message& message) {
  assert(message.payload.size() <= kLongestMessage);
  std::string bytes;
  bytes.reserve(kFrameHeader + kMessageHeader + message.payload.size());
  append_number(bytes, static_cast<std::uint32_t>(message.channel));
  append_number(bytes, static_cast<std::uint32_t>(kMessageHeader + message.payload.size()));
  append_number(bytes, static_cast<std::uint32_t>(message.payload.size()));
  append_number(bytes, message.stream);
  bytes += static_cast<char>(message.type);
  bytes += '\0';
  return bytes + message.payload;
}

Expected<void> FrameReader::take_frames() {
  std::size_t position = 0;
  while (input_.size() - position >= kFrameHeader) {
    const std::uint32_t channel = number_at(input_, position);
    const std::uint32_t length = number_at(input_, position + 4);
    if (channel != static_cast<std::uint32_t>(Channel::Plugin) &&
        channel != static_cast<std::uint32_t>(Channel::Runtime)) {
      return failure("the engine's frame is for channel " + std::to_string(channel) + ", which nobody opened");
    }
    if (length > kLongestFrame) {
      return failure("the engine's frame is too long: " + std::to_string(length) + " bytes");
    }
    if (input_.size() - position - kFrameHeader < length) break;
    std::string& waiting = channels_[static_cast<Channel>(channel)];
    if (waiting.size() + length > 2 * kLongestFrame) return failure("the engine sends faster than it is answered");
    waiting.append(input_, position + kFrameHeader, length);
    position += kFrameHeader + length;
  }
  input_.erase(0, position);
  return {};
}

Expected<void> FrameReader::add(std::string_view bytes) {
  input_ += bytes;
  return take_frames();
}

Expected<std::optional<Message>> FrameReader::next() {
  for (auto& [channel, waiting] : channels_) {
    if (waiting.size() < kMessageHeader) continue;
    const std::uint32_t length = number_at(waiting, 0);
    const auto type = static_cast<MessageType>(waiting[8]);
    if (length > kLongestMessage) {
      return failure("the engine's message is too long: " + std::to_string(length) + " bytes");
    }
    if (type != MessageType::Request && type != MessageType::Response) {
      return failure("the engine's message is of the unknown type " + std::to_string(waiting[8] & 0xff));
    }
    if (waiting.size() - kMessageHeader < length) continue;
    Message message{channel, number_at(waiting, 4), type, waiting.substr(kMessageHeader, length)};
    waiting.erase(0, kMessageHeader + length);
    return message;
  }
  return std::nullopt;
}

}  // namespace vgpu::nri
