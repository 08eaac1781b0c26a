#include "cli/usage/ask.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "base/file_descriptor.h"
#include "host/use_request.h"

namespace vgpu::cli::usage {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLongestAnswer = std::size_t{16} << 20;
// More descriptors at a time a process may not have: the others wait for their turn.
constexpr std::size_t kMostAtATime = 256;

struct Question {
  FileDescriptor socket;
  std::string text;
  std::optional<Expected<std::string>> result;
};

Expected<FileDescriptor> put(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return failure("socket \"" + path + "\": path is too long");
  std::ranges::copy(path, address.sun_path);
  FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return system_failure("make socket for", path, errno);
  // A local connection is made or refused at once. The request fits into what an empty one takes.
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::send(socket.get(), host::kUseRequest.data(), host::kUseRequest.size(), MSG_NOSIGNAL) < 0) {
    return system_failure("ask", path, errno);
  }
  return socket;
}

// Reads what has come.
void read_into(Question& question, const std::string& path) {
  std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t length = ::recv(question.socket.get(), buffer.data(), buffer.size(), 0);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0 && errno == EAGAIN) return;
    if (length < 0) {
      question.result = system_failure("ask", path, errno);
    } else if (length == 0) {
      question.result = question.text.empty() ? Expected<std::string>(failure("ask \"" + path + "\": no answer"))
                                              : Expected<std::string>(std::move(question.text));
    } else if (question.text.size() > kLongestAnswer) {
      question.result = failure("ask \"" + path + "\": the answer does not end");
    }
    if (question.result) return;
    question.text.append(buffer.data(), static_cast<std::size_t>(length));
  }
}

}  // namespace

std::vector<Expected<std::string>> ask_supervisors(const std::vector<std::string>& paths,
                                                   std::chrono::milliseconds time) {
  const auto end = Clock::now() + time;
  std::vector<Question> questions(paths.size());
  std::size_t next = 0;
  for (;;) {
    std::vector<pollfd> waited;
    std::vector<std::size_t> whose;
    const auto wait_for = [&](std::size_t index) {
      waited.push_back({questions[index].socket.get(), POLLIN, 0});
      whose.push_back(index);
    };
    for (std::size_t index = 0; index < next; ++index) {
      if (!questions[index].result) wait_for(index);
    }
    for (; next < paths.size() && waited.size() < kMostAtATime; ++next) {
      if (auto socket = put(paths[next])) {
        questions[next].socket = *std::move(socket);
        wait_for(next);
      } else {
        questions[next].result = std::unexpected(socket.error());
      }
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (waited.empty() || left <= 0) break;
    if (::poll(waited.data(), waited.size(), static_cast<int>(left)) < 0 && errno != EINTR) break;
    for (std::size_t at = 0; at < waited.size(); ++at) {
      Question& question = questions[whose[at]];
      if (waited[at].revents != 0) read_into(question, paths[whose[at]]);
      if (question.result) question.socket = FileDescriptor();
    }
  }
  std::vector<Expected<std::string>> results;
  for (std::size_t index = 0; index < questions.size(); ++index) {
    auto& result = questions[index].result;
    results.push_back(result ? *std::move(result) : failure("ask \"" + paths[index] + "\": no answer in time"));
  }
  return results;
}

}  // namespace vgpu::cli::usage
