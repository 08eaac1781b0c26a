#include "gpu/model/uuid.h"

#include "gpu/model/profile.h"
#include "gpu/model/readings.h"

namespace vgpu::model {
namespace {

constexpr std::string_view kPrefix = "GPU-";
constexpr std::string_view kDigits = "0123456789abcdef";

constexpr bool dash_before(std::size_t byte) {
  return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

// FNV-1a, then the finaliser of SplitMix64 so that seeds that differ little give UUIDs that differ much.
std::uint64_t hash(std::string_view text, std::uint64_t state) {
  for (const char character : text) {
    state ^= static_cast<std::uint8_t>(character);
    state *= 0x100000001b3;
  }
  state = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9;
  state = (state ^ (state >> 27)) * 0x94d049bb133111eb;
  return state ^ (state >> 31);
}

int digit_value(char character) {
  if (character >= 'A' && character <= 'F') character = static_cast<char>(character - 'A' + 'a');
  const std::size_t value = kDigits.find(character);
  return value == std::string_view::npos ? -1 : static_cast<int>(value);
}

}  // namespace

Uuid uuid_from_seed(std::string_view seed, unsigned ordinal) {
  const std::uint64_t high = hash(seed, 0xcbf29ce484222325 + ordinal);
  const std::uint64_t low = hash(seed, high);
  Uuid uuid{};
  for (unsigned byte = 0; byte < 8; ++byte) {
    uuid[byte] = static_cast<std::uint8_t>(high >> (8 * byte));
    uuid[byte + 8] = static_cast<std::uint8_t>(low >> (8 * byte));
  }
  uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0f) | 0x40);
  uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3f) | 0x80);
  return uuid;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.starts_with(kPrefix)) text.remove_prefix(kPrefix.size());
  if (text.size() != 36) return std::nullopt;
  Uuid uuid{};
  std::size_t at = 0;
  for (std::size_t byte = 0; byte < uuid.size(); ++byte) {
    if (dash_before(byte) && text[at++] != '-') return std::nullopt;
    const int high = digit_value(text[at++]);
    const int low = digit_value(text[at++]);
    if (high < 0 || low < 0) return std::nullopt;
    uuid[byte] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return uuid;
}

std::string Device::uuid_string() const {
  std::string text(kPrefix);
  for (std::size_t byte = 0; byte < uuid.size(); ++byte) {
    if (dash_before(byte)) text += '-';
    text += kDigits[uuid[byte] >> 4];
    text += kDigits[uuid[byte] & 15];
  }
  return text;
}

std::string serial_number(const Device& device) {
  std::uint64_t number = 0;
  for (const std::uint8_t byte : device.uuid) number = number * 251 + byte;
  std::string digits(13, '0');
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, number /= 10) {
    *digit = static_cast<char>('0' + number % 10);
  }
  return digits;
}

}  // namespace vgpu::model
