#include "gpu/exec/module.h"

#include <fmt/format.h>

#include <cctype>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "gpu/fatbin/fatbin.h"

namespace vgpu::exec {
namespace {

using gpu::Status;

constexpr std::uint32_t kElfMagic = 0x464C457F;

// Reads no further than the first byte that differs.
bool begins_with(const void* image, std::uint32_t magic) {
  const auto* bytes = static_cast<const unsigned char*>(image);
  for (unsigned i = 0; i < sizeof magic; ++i) {
    if (bytes[i] != (magic >> (8 * i) & 0xFF)) return false;
  }
  return true;
}

// True for text whose first directive is .version, as PTX demands. Reads no further than the first byte that differs,
// so that it is safe for images of any kind.
bool is_ptx_text(const char* text) {
  for (;;) {
    while (std::isspace(static_cast<unsigned char>(*text)) != 0) ++text;
    if (text[0] == '/' && text[1] == '/') {
      while (*text != '\0' && *text != '\n') ++text;
    } else if (text[0] == '/' && text[1] == '*') {
      text += 2;
      while (*text != '\0' && !(text[0] == '*' && text[1] == '/')) ++text;
      if (*text != '\0') text += 2;
    } else {
      return std::strncmp(text, ".version", 8) == 0;
    }
  }
}

std::string architectures(const std::vector<fatbin::Entry>& entries) {
  std::string list;
  for (const fatbin::Entry& entry : entries) {
    const char* kind = entry.kind == fatbin::Kind::Ptx ? "PTX" : entry.kind == fatbin::Kind::Elf ? "SASS" : "other";
    list += fmt::format("{}{} {}", list.empty() ? "" : ", ", kind, entry.arch);
  }
  return list.empty() ? "nothing" : list;
}

}  // namespace

Status Module::load(const void* image, DeviceMemory& memory, const model::Profile& profile,
                    std::function<void()> wait_for_work, std::shared_ptr<gpu::ModuleObject>& module) {
  if (image == nullptr) return Status::InvalidValue;
  const bool is_text = is_ptx_text(static_cast<const char*>(image));
  if (!is_text) {
    if (begins_with(image, kElfMagic)) {
      log(LogLevel::Error, "module: machine code of a GPU, without PTX, cannot be run");
      return Status::NoBinaryForGpu;
    }
    if (!begins_with(image, fatbin::kContainerMagic) && !begins_with(image, fatbin::kWrapperMagic)) {
      log(LogLevel::Error, "module: the image is neither a fatbin nor PTX");
      return Status::InvalidImage;
    }
  }
  module.reset(new Module(image, is_text, memory, profile, std::move(wait_for_work)));
  return Status::Success;
}

Module::Module(const void* image, bool is_text, DeviceMemory& memory, const model::Profile& profile,
               std::function<void()> wait_for_work)
    : image_(image),
      is_text_(is_text),
      profile_(profile),
      wait_for_work_(std::move(wait_for_work)),
      variables_(memory) {}

Module::~Module() {
  wait_for_work_();
}

Status Module::open() {
  std::call_once(opened_, [this] { status_ = read(); });
  return status_;
}

Status Module::unpack(std::string& text) const {
  if (is_text_) {
    text = static_cast<const char*>(image_);
    return Status::Success;
  }
  const auto container = fatbin::find_container(image_);
  const auto entries = container ? fatbin::read_container(*container) : std::unexpected(container.error());
  if (!entries) {
    log(LogLevel::Error, "module: " + entries.error().message);
    return Status::InvalidImage;
  }
  const unsigned capability = profile_.compute_major * 10 + profile_.compute_minor;
  const fatbin::Entry* chosen = fatbin::choose_ptx(*entries, capability);
  if (chosen == nullptr) {
    log(LogLevel::Error, fmt::format("module: no PTX for compute capability {}.{}: it has {}", profile_.compute_major,
                                     profile_.compute_minor, architectures(*entries)));
    return Status::NoBinaryForGpu;
  }
  auto unpacked = fatbin::unpack(*chosen);
  if (!unpacked) {
    log(LogLevel::Error, "module: " + unpacked.error().message);
    return Status::InvalidImage;
  }
  text = std::move(*unpacked);
  return Status::Success;
}

Status Module::read() {
  std::string text;
  if (const Status status = unpack(text); status != Status::Success) return status;
  auto parsed = ptx::Module::parse(std::move(text));
  if (!parsed) {
    log(LogLevel::Error, "module: " + parsed.error().message);
    return Status::InvalidPtx;
  }
  ptx_ = std::move(*parsed);
  return variables_.create(*ptx_);
}

Status Module::find_kernel(std::string_view name, gpu::KernelObject*& kernel) {
  if (const Status status = open(); status != Status::Success) return status;
  const std::lock_guard lock(mutex_);
  auto found = kernels_.find(name);
  if (found == kernels_.end()) {
    const ptx::EntrySignature* signature = ptx_->find_entry(name);
    if (signature == nullptr) return Status::NotFound;
    found = kernels_.emplace(name, std::make_unique<PtxKernel>(ptx_, *signature, variables_, profile_)).first;
  }
  // What cannot be launched is refused here, where CUDA's own just-in-time compiler would: not as a fault of the
  // device.
  if (const Status status = found->second->check_body(); status != Status::Success) return status;
  kernel = found->second.get();
  return Status::Success;
}

Status Module::find_variable(std::string_view name, std::uint64_t& address, std::uint64_t& size) {
  if (const Status status = open(); status != Status::Success) return status;
  const auto place = variables_.find(name);
  if (!place.has_value()) return Status::NotFound;
  address = place->address;
  size = place->size;
  return Status::Success;
}

std::vector<std::string> Module::kernel_names() {
  std::vector<std::string> names;
  if (open() != Status::Success) return names;
  for (const ptx::EntrySignature& entry : ptx_->entries()) names.push_back(entry.name);
  return names;
}

}  // namespace vgpu::exec
