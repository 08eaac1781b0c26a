#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <type_traits>

namespace vgpu::shims {

// True when VGPU_TRACE asks for a line per API call: "1" writes to standard error, anything else names a file that is
// appended to. Read once.
bool trace_enabled();

// Writes one line with a single write(2).
void trace_line(const std::string& line);

// Writes "name() = result, refused" where a trace is asked for: a function that is exported and does nothing else than
// refuse. Its arguments are not known.
void trace_refusal(const char* name, int result) noexcept;

// Appends an argument: numbers in decimal, pointers and handles in hexadecimal, names quoted, structures as "{}".
template <class T>
void append_argument(std::string& line, const T& value) {
  if constexpr (std::is_same_v<T, const char*>) {
    line += value == nullptr ? "null" : '"' + std::string(value) + '"';
  } else if constexpr (std::is_pointer_v<T>) {
    static constexpr char kDigits[] = "0123456789abcdef";
    auto bits = reinterpret_cast<std::uintptr_t>(value);
    std::string digits;
    do {
      digits.insert(digits.begin(), kDigits[bits % 16]);
      bits /= 16;
    } while (bits != 0);
    line += "0x" + digits;
  } else if constexpr (std::is_arithmetic_v<T>) {
    line += std::to_string(value);
  } else if constexpr (std::is_enum_v<T>) {
    line += std::to_string(static_cast<long long>(value));
  } else {
    line += "{}";
  }
}

// Runs `body`, which returns an enum, and writes "name(arguments) = result, time us".
template <class Body, class... Arguments>
auto traced(const char* name, const Body& body, const Arguments&... arguments) {
  const auto begin = std::chrono::steady_clock::now();
  const auto result = body();
  const auto nanoseconds =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - begin).count();
  std::string line = std::string(name) + '(';
  [[maybe_unused]] const char* separator = "";
  ((line += separator, append_argument(line, arguments), separator = ", "), ...);
  line += ") = ";
  append_argument(line, result);
  line += ", " + std::to_string(nanoseconds / 1000) + '.' + std::to_string(nanoseconds % 1000 / 100) + " us\n";
  trace_line(line);
  return result;
}

}  // namespace vgpu::shims
