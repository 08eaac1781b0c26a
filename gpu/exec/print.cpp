#include "gpu/exec/print.h"

#include <cstdio>
#include <cstring>
#include <string_view>

namespace vgpu::exec {
namespace {

constexpr std::string_view kFlags = "-+ #0";
constexpr std::string_view kLengths = "hljztL";

// Reads arguments one after the other, each at its natural alignment.
class ArgumentReader {
 public:
  explicit ArgumentReader(const std::byte* arguments) : arguments_(arguments) {}

  template <class T>
  T next() {
    offset_ = (offset_ + sizeof(T) - 1) / sizeof(T) * sizeof(T);
    T value;
    std::memcpy(&value, arguments_ + offset_, sizeof value);
    offset_ += sizeof(T);
    ++count_;
    return value;
  }
  [[nodiscard]] std::int32_t count() const { return count_; }

 private:
  const std::byte* arguments_;
  std::size_t offset_ = 0;
  std::int32_t count_ = 0;
};

template <class T>
void append(std::string& text, const std::string& specification, T value) {
  char small[128];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  const int length = std::snprintf(small, sizeof small, specification.c_str(), value);
  if (length < 0) return;
  if (static_cast<std::size_t>(length) < sizeof small) {
    text.append(small, static_cast<std::size_t>(length));
    return;
  }
  const std::size_t start = text.size();
  text.resize(start + static_cast<std::size_t>(length) + 1);
  std::snprintf(text.data() + start, static_cast<std::size_t>(length) + 1, specification.c_str(), value);
#pragma GCC diagnostic pop
  text.pop_back();
}

void append_number(std::string& specification, const char*& at, ArgumentReader& reader) {
  if (*at == '*') {
    specification += std::to_string(reader.next<std::int32_t>());
    ++at;
  } else {
    while (*at >= '0' && *at <= '9') specification += *at++;
  }
}

}  // namespace

std::string format_print(const char* format, const std::byte* arguments, std::int32_t& arguments_used) {
  std::string text;
  ArgumentReader reader(arguments);
  const char* at = format;
  while (*at != '\0') {
    if (*at != '%') {
      text += *at++;
      continue;
    }
    const char* start = at++;
    std::string specification = "%";
    while (*at != '\0' && kFlags.find(*at) != std::string_view::npos) specification += *at++;
    append_number(specification, at, reader);
    if (*at == '.') {
      specification += *at++;
      append_number(specification, at, reader);
    }
    std::string length;
    while (*at != '\0' && kLengths.find(*at) != std::string_view::npos) length += *at++;
    const char conversion = *at;
    if (conversion != '\0') ++at;
    const bool wide = length.find_first_of("ljzt") != std::string::npos;
    switch (conversion) {
      case '%':
        text += '%';
        break;
      case 'd':
      case 'i':
        if (wide) {
          append(text, specification + "ll" + conversion, reader.next<long long>());
        } else {
          append(text, specification + length + conversion, reader.next<int>());
        }
        break;
      case 'u':
      case 'x':
      case 'X':
      case 'o':
        if (wide) {
          append(text, specification + "ll" + conversion, reader.next<unsigned long long>());
        } else {
          append(text, specification + length + conversion, reader.next<unsigned>());
        }
        break;
      case 'c':
        append(text, specification + conversion, reader.next<int>());
        break;
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G':
      case 'a':
      case 'A':
        append(text, specification + conversion, reader.next<double>());
        break;
      case 'p':
        append(text, specification + conversion, reader.next<const void*>());
        break;
      case 's': {
        const char* string = reader.next<const char*>();
        append(text, specification + conversion, string != nullptr ? string : "(null)");
        break;
      }
      default:
        text.append(start, at);
        break;
    }
  }
  arguments_used = reader.count();
  return text;
}

std::int32_t print_formatted(const char* format, const std::byte* arguments) {
  if (format == nullptr) return -1;
  std::int32_t used = 0;
  const std::string text = format_print(format, arguments, used);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return used;
}

}  // namespace vgpu::exec
