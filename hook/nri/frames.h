#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

// The two layers of framing below the Node Resource Interface. One socket carries several channels: each frame is the
// channel's number and a length, 32 bits each and big-endian (nri/pkg/net/multiplex/mux.go). A channel carries ttRPC:
// each message has a header of a length, a stream's number, a type and flags (ttrpc/channel.go).
namespace vgpu::nri {

enum class Channel : std::uint32_t {
  Plugin = 1,   // the engine asks, the plugin answers
  Runtime = 2,  // the other way round
};

enum class MessageType : std::uint8_t { Request = 1, Response = 2 };

struct Message {
  Channel channel = Channel::Plugin;
  std::uint32_t stream = 0;
  MessageType type = MessageType::Request;
  std::string payload;
};

// ttRPC's own limit on a message (messageLengthMax).
inline constexpr std::size_t kLongestMessage = 4 << 20;

// The bytes of a message, in one frame. The payload is at most kLongestMessage long.
std::string encode(const Message& message);

// Makes messages of a stream of bytes, and holds no more than two of the longest ones for a channel.
class FrameReader {
 public:
  // Takes bytes in the order in which they came. Fails for an unknown channel or type, and for lengths that are too
  // large; nothing can be read after that.
  Expected<void> add(std::string_view bytes);

  // The next whole message; nullopt until more bytes come. Fails as `add` does.
  Expected<std::optional<Message>> next();

 private:
  Expected<void> take_frames();

  std::string input_;
  std::map<Channel, std::string> channels_;
};

}  // namespace vgpu::nri
