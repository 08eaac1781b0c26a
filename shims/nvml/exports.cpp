// The exported functions, from the table.
#include <array>
#include <mutex>
#include <set>
#include <string>

#include "base/log.h"
#include "shims/nvml/api.h"
#include "shims/nvml/devices.h"
#include "shims/trace.h"

namespace vgpu::nvml {
namespace {

enum class Check { anytime, initialized };

template <Check check, class Call>
nvmlReturn_t guarded(Call call) noexcept {
  if (check == Check::initialized && !initialized()) return kUninitialized;
  try {
    return call();
  } catch (...) {
    return kUnknown;
  }
}

template <Check check, class Body, class... Arguments>
nvmlReturn_t call(const char* name, const Body& body, const Arguments&... arguments) noexcept {
  if (!shims::trace_enabled()) [[likely]]
    return guarded<check>(body);
  try {
    return shims::traced(name, [&] { return guarded<check>(body); }, arguments...);
  } catch (...) {
    return kUnknown;
  }
}

nvmlReturn_t refuse(const char* name) {
  shims::trace_refusal(name, kNotSupported);
  static std::mutex mutex;
  static std::set<std::string>& logged = *new std::set<std::string>;
  const std::lock_guard lock(mutex);
  if (logged.insert(name).second) log(LogLevel::Info, std::string(name) + ": not supported by vgpu");
  return kNotSupported;
}

struct Text {
  nvmlReturn_t code;
  const char* text;
};
constexpr auto kTexts = std::to_array<Text>({
    {kSuccess, "Success"},
    {kUninitialized, "Uninitialized"},
    {kInvalidArgument, "Invalid Argument"},
    {kNotSupported, "Not Supported"},
    {kNotFound, "Not Found"},
    {kInsufficientSize, "Insufficient Size"},
    {kArgumentVersionMismatch, "Argument Version Mismatch"},
});

}  // namespace
}  // namespace vgpu::nvml

#define FUNCTION(check, name, ...)                                                                                    \
  VGPU_EXPORT nvmlReturn_t name(VGPU_PARAMETERS(__VA_ARGS__)) {                                                       \
    return vgpu::nvml::call<vgpu::nvml::Check::check>(                                                                \
        #name, [&] { return vgpu::nvml::api::name(VGPU_ARGUMENTS(__VA_ARGS__)); } VGPU_COMMA_ARGUMENTS(__VA_ARGS__)); \
  }
#define ALIAS(name, target, ...)                                \
  VGPU_EXPORT nvmlReturn_t name(VGPU_PARAMETERS(__VA_ARGS__)) { \
    return target(VGPU_ARGUMENTS(__VA_ARGS__));                 \
  }
#define REFUSED(name)                                                                                     \
  VGPU_EXPORT nvmlReturn_t name() {                                                                       \
    return vgpu::nvml::guarded<vgpu::nvml::Check::initialized>([] { return vgpu::nvml::refuse(#name); }); \
  }
#include "shims/nvml/functions.def"

VGPU_EXPORT const char* nvmlErrorString(nvmlReturn_t code) {
  for (const auto& row : vgpu::nvml::kTexts) {
    if (row.code == code) return row.text;
  }
  return "Unknown Error";
}
