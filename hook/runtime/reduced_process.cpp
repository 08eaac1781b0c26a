#include "hook/runtime/reduced_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <exception>

#include "base/file_descriptor.h"
#include "hook/container_state.h"
#include "host/privileges.h"

namespace vgpu::runtime {
namespace {

constexpr int kAnswer = 3;

// What the answer's last byte says of those before it. It is the last one, so that one that was cut off is known.
enum Kind : char { kNothing = 'n', kText = 't', kFailure = 'f' };

Result prepare_and_do(std::span<const cap_value_t> capabilities, const std::function<Result()>& work) {
  try {
    if (auto isolated = host::isolate_process(kAnswer + 1); !isolated) return std::unexpected(isolated.error());
    if (auto kept = host::keep_capabilities(capabilities); !kept) return std::unexpected(kept.error());
    return work();
  } catch (const std::exception& error) {
    return failure(error.what());
  }
}

void answer(int descriptor, const Result& result) {
  std::string text = !result ? result.error().message : result->value_or("");
  text += !result ? kFailure : *result ? kText : kNothing;
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t written = ::write(descriptor, text.data() + at, text.size() - at);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return;
    at += static_cast<std::size_t>(written);
  }
}

Result parse_answer(Expected<std::string> text) {
  if (!text) return std::unexpected(text.error());
  const char kind = text->empty() ? '\0' : text->back();
  if (!text->empty()) text->pop_back();
  if (kind == kNothing) return std::nullopt;
  if (kind == kText) return *std::move(text);
  if (kind == kFailure) return failure(*text);
  return failure("the process that edits the configuration ended at once");
}

}  // namespace

Result in_reduced_process(std::span<const cap_value_t> capabilities, const std::function<Result()>& work) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_failure("make", "pipe", errno);
  const FileDescriptor read_end(ends[0]);
  FileDescriptor write_end(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return system_failure("start", "process", errno);
  if (child == 0) {
    if (write_end.get() != kAnswer && ::dup2(write_end.get(), kAnswer) < 0) ::_exit(1);
    // A supervisor that is started inherits nothing of this.
    ::fcntl(kAnswer, F_SETFD, FD_CLOEXEC);
    answer(kAnswer, prepare_and_do(capabilities, work));
    ::_exit(0);
  }
  write_end = FileDescriptor();
  auto text = hook::read_all(read_end.get(), "the edited configuration");
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return parse_answer(std::move(text));
}

}  // namespace vgpu::runtime
