#include "gpu/jit/engine.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <exception>
#include <new>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/log.h"
#include "gpu/jit/compile.h"
#include "gpu/jit/loader.h"
#include "gpu/jit/object_cache.h"
#include "gpu/jit/target.h"
#include "gpu/ptx/module.h"

namespace vgpu::jit {
namespace {

// CUDA driver error numbers.
constexpr int kSuccess = 0, kInvalidValue = 1, kOutOfMemory = 2, kInvalidPtx = 218, kNotFound = 500;

int fail(VgpuCompileResult& result, int code, const std::string& message) {
  const std::size_t size = std::min(message.size(), sizeof result.error - 1);
  std::memcpy(result.error, message.data(), size);
  result.error[size] = '\0';
  return code;
}

std::optional<ObjectCache> writable_cache(const VgpuCompileRequest& request) {
  if (request.cache_directory == nullptr || request.cache_maximum == 0) return std::nullopt;
  return ObjectCache(request.cache_directory, request.cache_maximum,
                     request.cache_is_shared != 0 ? ObjectCache::Files::OfAllUsers : ObjectCache::Files::OfOneUser);
}

std::optional<ObjectCache> read_only_cache_of(const VgpuCompileRequest& request) {
  if (request.read_only_cache_directory == nullptr || request.cache_maximum == 0) return std::nullopt;
  return ObjectCache(request.read_only_cache_directory, request.cache_maximum);
}

bool take_from(const ObjectCache& cache, const std::string& key, VgpuCompileResult& result) {
  const auto object = cache.find(key);
  if (!object) return false;
  const auto kernel = load_object({object->data(), object->size()});
  if (!kernel) {
    log(LogLevel::Warn, "code cache \"" + cache.folder() + "\": " + key + ": " + kernel.error().message);
    return false;
  }
  result.function = kernel->function;
  result.traits = kernel->traits;
  result.from_cache = 1;
  return true;
}

int compile_entry(const VgpuCompileRequest& request, VgpuCompileResult& result) {
  const auto module = ptx::Module::parse(std::string(request.module_text, request.module_size));
  if (!module) return fail(result, kInvalidPtx, module.error().message);
  const ptx::EntrySignature* entry = (*module)->find_entry(request.entry);
  if (entry == nullptr) return fail(result, kNotFound, "no entry \"" + std::string(request.entry) + "\" in the module");
  const Target& target = host_target();
  const std::optional<ObjectCache> cache = writable_cache(request);
  const std::optional<ObjectCache> read_only_cache = read_only_cache_of(request);
  std::string key;
  if (cache || read_only_cache) key = cache_key(**module, *entry, request.warp_row, target);
  for (const auto& place : {&read_only_cache, &cache}) {
    if (*place && take_from(**place, key, result)) return kSuccess;
  }
  const auto parsed = (*module)->parse_entry(request.entry);
  if (!parsed) return fail(result, kInvalidPtx, parsed.error().message);
  const auto object = compile(*parsed, request.warp_row, target);
  if (!object) return fail(result, kInvalidPtx, object.error().message);
  const auto kernel = load_object({object->data(), object->size()});
  if (!kernel) return fail(result, kInvalidPtx, kernel.error().message);
  result.function = kernel->function;
  result.traits = kernel->traits;
  if (cache) cache->insert(key, {object->data(), object->size()});
  return kSuccess;
}

}  // namespace
}  // namespace vgpu::jit

int vgpu_engine_compile(const VgpuCompileRequest* request, VgpuCompileResult* result) {
  using namespace vgpu::jit;
  if (result == nullptr) return kInvalidValue;
  *result = {};
  if (request == nullptr || request->version != kVgpuEngineVersion || request->module_text == nullptr ||
      request->entry == nullptr) {
    return fail(*result, kInvalidValue, "compile request of another version, or without module or entry");
  }
  const auto start = std::chrono::steady_clock::now();
  int code = kSuccess;
  try {
    code = compile_entry(*request, *result);
  } catch (const std::bad_alloc&) {
    code = fail(*result, kOutOfMemory, "out of memory while compiling \"" + std::string(request->entry) + "\"");
  } catch (const std::exception& problem) {
    code = fail(*result, kInvalidPtx, "compile \"" + std::string(request->entry) + "\": " + problem.what());
  }
  result->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return code;
}
