#pragma once

#include <expected>
#include <string>
#include <utility>

namespace vgpu {

// What went wrong, in one line that names the object and the cause: `open "/run/vgpu/x": Permission denied`.
struct Error {
  std::string message;
};

template <class T>
using Expected = std::expected<T, Error>;

// An Error, ready to be returned from a function that returns Expected<T>.
inline std::unexpected<Error> failure(std::string message) {
  return std::unexpected(Error{std::move(message)});
}

// An Error for a failed system call: `action "object": strerror(number)`.
std::unexpected<Error> system_failure(const std::string& action, const std::string& object, int number);

}  // namespace vgpu
