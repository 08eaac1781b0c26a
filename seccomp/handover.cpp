#include "seccomp/handover.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "host/use_request.h"

namespace vgpu::seccomp {
namespace {

// Annotations are in it, of which there may be many.
constexpr std::size_t kLongest = std::size_t{4} << 20;
constexpr std::size_t kMostDescriptors = 16;

std::string text_member(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

Expected<ContainerProcessState> parse_container_process_state(const std::string& text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return failure("container process state: not a JSON object");
  ContainerProcessState state;
  const auto names = json.find("fds");
  const auto listener = names != json.end() && names->is_array() ? std::find(names->begin(), names->end(), "seccompFd")
                                                                 : nlohmann::json::const_iterator();
  if (names == json.end() || !names->is_array() || listener == names->end()) {
    return failure("container process state: names no seccompFd");
  }
  state.index = static_cast<std::size_t>(listener - names->begin());
  state.metadata = text_member(json, "metadata");
  if (const auto pid = json.find("pid"); pid != json.end() && pid->is_number_integer()) {
    state.process = pid->get<int>();
  }
  if (const auto container = json.find("state"); container != json.end() && container->is_object()) {
    state.id = text_member(*container, "id");
  }
  if (state.id.empty()) return failure("container process state: no id");
  return state;
}

void HandoverConnection::scan() {
  // runc before 1.2.7 keeps the connection open: the end is where the braces close.
  for (; scanned_ < text_.size() && !complete_; ++scanned_) {
    const char character = text_[scanned_];
    if (in_string_) {
      if (escaped_) {
        escaped_ = false;
      } else if (character == '\\') {
        escaped_ = true;
      } else if (character == '"') {
        in_string_ = false;
      }
    } else if (character == '"') {
      in_string_ = true;
    } else if (character == '{') {
      ++depth_;
    } else if (character == '}') {
      complete_ = --depth_ == 0;
    }
  }
}

// Like recvmsg(2): adds what comes to what is there.
ssize_t HandoverConnection::receive(int flags) {
  std::array<char, 16384> buffer;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMostDescriptors)> control;
  iovec piece{buffer.data(), buffer.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t length = ::recvmsg(connection_.get(), &message, flags | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (length < 0) return length;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t index = 0; index < count; ++index) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(header) + index * sizeof number, sizeof number);
      descriptors_.emplace_back(number);
    }
  }
  text_.append(buffer.data(), static_cast<std::size_t>(length));
  scan();
  return length;
}

HandoverConnection::Progress HandoverConnection::read() {
  if (text_.empty() && receive(MSG_PEEK) > 0) {
    if (complete_) return Progress::Complete;
    text_.clear();
    descriptors_.clear();
    scanned_ = 0;
    depth_ = 0;
    in_string_ = escaped_ = false;
  }
  for (;;) {
    const ssize_t length = receive(0);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return errno == EAGAIN ? Progress::More : Progress::Failed;
    if (complete_) return Progress::Complete;
    if (text_ == host::kUseRequest) return Progress::Use;
    if (length == 0 || text_.size() > kLongest || descriptors_.size() > kMostDescriptors) return Progress::Failed;
  }
}

Expected<Handover> HandoverConnection::finish() {
  const auto state = parse_container_process_state(text_);
  if (!state) return std::unexpected(state.error());
  if (state->index >= descriptors_.size()) return failure("container \"" + state->id + "\": came without its listener");
  Handover handover;
  handover.id = state->id;
  handover.metadata = state->metadata;
  handover.process = state->process;
  handover.listener = std::move(descriptors_[state->index]);
  return handover;
}

}  // namespace vgpu::seccomp
