#include <unistd.h>

#include <cerrno>
#include <exception>
#include <span>
#include <string>

#include "hook/runtime/arguments.h"
#include "hook/runtime/commands.h"
#include "hook/runtime/real_runtime.h"
#include "hook/runtime/refusal.h"
#include "host/log_file.h"

namespace vgpu::runtime {
namespace {

constexpr int kFailed = 1;

Expected<void> prepare(const Invocation& invocation, const std::string& real_runtime) {
  if (invocation.command == "create" || invocation.command == "run") return edit_bundle(invocation, real_runtime);
  if (invocation.command == "delete") {
    // A container has to go all the same.
    if (auto cleaned = clean_up(invocation.id); !cleaned) {
      host::write_to_log(host::open_log_file("hook.log"), host::log_line(cleaned.error().message));
    }
  }
  return {};
}

// Returns only when it fails: the real runtime takes this process' place.
Error become(const std::string& real_runtime, Invocation& invocation) {
  std::string name = real_runtime;
  invocation.arguments.insert(invocation.arguments.begin(), name.data());
  invocation.arguments.push_back(nullptr);
  ::execv(real_runtime.c_str(), invocation.arguments.data());
  return system_failure("run", real_runtime, errno).error();
}

Error run(Invocation& invocation) {
  try {
    const auto real_runtime = find_real_runtime(invocation.runtime);
    if (!real_runtime) return real_runtime.error();
    if (auto prepared = prepare(invocation, *real_runtime); !prepared) return prepared.error();
    return become(*real_runtime, invocation);
  } catch (const std::exception& error) {
    return {error.what()};
  }
}

}  // namespace
}  // namespace vgpu::runtime

int main(int argc, char** argv) {
  using namespace vgpu::runtime;
  auto invocation = parse_invocation(std::span<char* const>(argv, static_cast<std::size_t>(argc)).subspan(1));
  tell_refusal(run(invocation).message, invocation.log, invocation.log_format);
  return kFailed;
}
