#include "shims/cuda/link.h"

#include <algorithm>
#include <cstring>

#include "base/log.h"
#include "gpu/fatbin/fatbin.h"
#include "shims/cuda/api.h"
#include "shims/cuda/driver.h"
#include "shims/cuda/function.h"

namespace vgpu::cuda {
namespace {

enum : CUjit_option {
  kInformationBuffer = 3,
  kInformationSize = 4,
  kErrorBuffer = 5,
  kErrorSize = 6,
};

// kMachineCode, objects and libraries in between, kLibrary.
enum : CUjitInputType { kMachineCode = 0, kPtx = 1, kFatBinary = 2, kLibrary = 4 };

Expected<std::string> ptx_of(CUjitInputType type, std::span<const std::byte> image, unsigned compute_capability) {
  const auto* const characters = reinterpret_cast<const char*>(image.data());
  const std::string_view text(characters, ::strnlen(characters, image.size()));
  // What an earlier link made is PTX as well, whatever the program calls it.
  if (type == kPtx || text.starts_with(".version") || text.starts_with("//")) return std::string(text);
  if (type != kFatBinary) return failure("machine code of a GPU, without PTX, cannot be linked");
  const auto entries = fatbin::read_container(image);
  if (!entries) return std::unexpected(entries.error());
  const fatbin::Entry* const chosen = fatbin::choose_ptx(*entries, compute_capability);
  if (chosen == nullptr) return failure("no PTX for this device");
  return fatbin::unpack(*chosen);
}

CUresult add(Link& link, CUjitInputType type, std::span<const std::byte> image, const std::string& name) {
  auto text = ptx_of(type, image, link.compute_capability);
  if (!text) {
    log(LogLevel::Error, "link: \"" + name + "\": " + text.error().message);
    link.logs.finish(name + ": " + text.error().message);
    return CUDA_ERROR_NO_BINARY_FOR_GPU;
  }
  link.inputs.push_back({name, std::move(*text)});
  return CUDA_SUCCESS;
}

}  // namespace

JitLogs::JitLogs(std::span<const CUjit_option> options, void** values)
    : options_(options.begin(), options.end()), values_(values) {}

void JitLogs::finish(const std::string& error) {
  char* buffer = nullptr;
  for (std::size_t i = 0; i < options_.size(); ++i) {
    if (options_[i] == kErrorBuffer) buffer = static_cast<char*>(values_[i]);
    if (options_[i] == kInformationSize) values_[i] = nullptr;
  }
  for (std::size_t i = 0; i < options_.size(); ++i) {
    if (options_[i] != kErrorSize) continue;
    const auto capacity = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(values_[i]));
    std::size_t written = 0;
    if (buffer != nullptr && capacity != 0) {
      written = std::min<std::size_t>(error.size(), capacity - 1);
      std::memcpy(buffer, error.data(), written);
      buffer[written] = '\0';
    }
    values_[i] = reinterpret_cast<void*>(written);
    // Said once: what is left in the value from now on is what was written.
    options_.clear();
    return;
  }
}

namespace api {

CUresult cuLinkCreate_v2(unsigned option_count, CUjit_option* options, void** values, CUlinkState* state) {
  if (state == nullptr || (option_count != 0 && (options == nullptr || values == nullptr))) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  const auto& profile = current_context()->profile();
  *state = driver().links.insert(std::make_shared<Link>(profile.compute_major * 10 + profile.compute_minor,
                                                        JitLogs(std::span(options, option_count), values)));
  return CUDA_SUCCESS;
}

// The options of one input steer a compiler that is not ours.
CUresult cuLinkAddData_v2(CUlinkState state, CUjitInputType type, void* data, std::size_t size, const char* name,
                          unsigned, CUjit_option*, void**) {
  const auto link = driver().links.find(state);
  if (link == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (data == nullptr || size == 0 || type < kMachineCode || type > kLibrary) return CUDA_ERROR_INVALID_VALUE;
  const void* image = data;
  std::size_t bytes = size;
  if (type == kFatBinary) {
    image = unwrapped_image(data);
    bytes = image_size(image);
  }
  return add(*link, type, {static_cast<const std::byte*>(image), bytes}, name == nullptr ? "unnamed" : name);
}

CUresult cuLinkAddFile_v2(CUlinkState state, CUjitInputType type, const char* path, unsigned, CUjit_option*, void**) {
  const auto link = driver().links.find(state);
  if (link == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (path == nullptr || type < kMachineCode || type > kLibrary) return CUDA_ERROR_INVALID_VALUE;
  std::vector<std::byte> image;
  const CUresult result = read_image(path, image);
  return result == CUDA_SUCCESS ? add(*link, type, image, path) : result;
}

CUresult cuLinkComplete(CUlinkState state, void** image, std::size_t* size) {
  const auto link = driver().links.find(state);
  if (link == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (image == nullptr) return CUDA_ERROR_INVALID_VALUE;
  auto result = ptx::link_modules(link->inputs);
  link->logs.finish(result ? "" : result.error().message);
  if (!result) {
    log(LogLevel::Error, "link: " + result.error().message);
    return CUDA_ERROR_INVALID_PTX;
  }
  link->result = std::move(*result);
  *image = link->result.data();
  if (size != nullptr) *size = link->result.size() + 1;
  return CUDA_SUCCESS;
}

CUresult cuLinkDestroy(CUlinkState state) {
  return driver().links.remove(state) == nullptr ? CUDA_ERROR_INVALID_HANDLE : CUDA_SUCCESS;
}

}  // namespace api
}  // namespace vgpu::cuda
