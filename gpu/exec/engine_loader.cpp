#include "gpu/exec/engine_loader.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <array>
#include <climits>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <vector>

#include "base/log.h"
#include "gpu/exec/code_cache.h"
#include "gpu/exec/thread.h"
#include "gpu/jit/engine.h"

namespace vgpu::exec {
namespace {

using gpu::Status;

constexpr const char* kLibrary = "libvgpu-engine.so";
constexpr std::array kFolders = {"/usr/local/nvidia/lib64/vgpu", "/usr/local/nvidia/lib64", "/usr/lib64/vgpu",
                                 "/usr/lib/vgpu"};

using CompileFunction = decltype(&vgpu_engine_compile);

const char* engine_setting() {
  const char* setting = std::getenv("VGPU_ENGINE");
  return setting != nullptr ? setting : "";
}

std::string own_folder() {
  Dl_info information{};
  if (::dladdr(reinterpret_cast<const void*>(&own_folder), &information) == 0) return {};
  std::array<char, PATH_MAX> resolved{};
  if (::realpath(information.dli_fname, resolved.data()) == nullptr) return {};
  const std::string path(resolved.data());
  return path.substr(0, path.rfind('/'));
}

std::vector<std::string> candidates() {
  if (const std::string setting = engine_setting(); setting.starts_with('/')) return {setting};
  std::vector<std::string> paths;
  if (const std::string folder = own_folder(); !folder.empty()) paths.push_back(folder + '/' + kLibrary);
  for (const char* folder : kFolders) paths.push_back(std::string(folder) + '/' + kLibrary);
  return paths;
}

// Compiles in flight. LLVM's own global objects are destroyed when the process exits; whoever is compiling on another
// thread then must be done before.
class ExitGate {
 public:
  // False once the process is exiting.
  bool enter() {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    ++inside_;
    return true;
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    if (--inside_ == 0) empty_.notify_all();
  }
  void close() {
    if (threads_lost_by_fork()) return;
    std::unique_lock lock(mutex_);
    closed_ = true;
    empty_.wait(lock, [this] { return inside_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable empty_;
  bool closed_ = false;
  unsigned inside_ = 0;
};

ExitGate& exit_gate() {
  static auto* gate = new ExitGate();
  return *gate;
}

CompileFunction load_engine() {
  std::string reasons;
  for (const std::string& path : candidates()) {
    void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      reasons += fmt::format("{}{}", reasons.empty() ? "" : "; ", ::dlerror());
      continue;
    }
    auto* function = reinterpret_cast<CompileFunction>(::dlsym(library, "vgpu_engine_compile"));
    if (function != nullptr) {
      // Registered after the library's own destructors, and so called before them.
      std::atexit([] { exit_gate().close(); });
      log(LogLevel::Info, fmt::format("engine \"{}\": loaded", path));
      return function;
    }
    reasons += fmt::format("{}{}: has no vgpu_engine_compile", reasons.empty() ? "" : "; ", path);
  }
  log(LogLevel::Error, fmt::format("engine \"{}\": cannot be loaded, no kernel can be run: {}", kLibrary, reasons));
  return nullptr;
}

}  // namespace

bool interpreter_chosen() {
  static const bool chosen = std::string_view(engine_setting()) == "interp";
  return chosen;
}

Status compile_entry(const CompileInput& input, CompiledEntry& entry, std::string& reason) {
  static const CompileFunction compile = load_engine();
  if (compile == nullptr) {
    reason = fmt::format("there is no {}", kLibrary);
    return Status::NotFound;
  }
  const CodeCache& cache = code_cache();
  const VgpuCompileRequest request{
      .version = kVgpuEngineVersion,
      .module_text = input.module_text.data(),
      .module_size = input.module_text.size(),
      .entry = input.entry.c_str(),
      .warp_row = input.warp_row,
      .cache_directory = cache.directory.empty() ? nullptr : cache.directory.c_str(),
      .cache_maximum = cache.maximum_size,
      .read_only_cache_directory = cache.read_only_directory.empty() ? nullptr : cache.read_only_directory.c_str(),
      .cache_is_shared = cache.shared ? 1U : 0U,
  };
  VgpuCompileResult result{};
  if (!exit_gate().enter()) {
    reason = "the process is exiting";
    return Status::NotInitialized;
  }
  const int error = compile(&request, &result);
  exit_gate().leave();
  if (error != 0) {
    reason = static_cast<const char*>(result.error);
    return static_cast<Status>(error);
  }
  if (log_enabled(LogLevel::Info)) {
    log(LogLevel::Info, fmt::format("kernel \"{}\": {} in {:.1f} ms", input.entry,
                                    result.from_cache != 0 ? "from the cache" : "compiled", result.seconds * 1e3));
  }
  entry = {.function = result.function, .traits = result.traits};
  return Status::Success;
}

}  // namespace vgpu::exec
