#include "gpu/exec/module_variables.h"

#include <algorithm>
#include <cstring>

#include "base/log.h"

namespace vgpu::exec {
namespace {

// Stands for an address that is not known: not canonical, so that its use is a fault.
constexpr std::uint64_t kUnresolved = 0xBAD0'0000'0000'0000u;

bool has_memory(const ptx::Variable& variable) {
  return (variable.space == ptx::Space::Global || variable.space == ptx::Space::Const) && !variable.external;
}

}  // namespace

ModuleVariables::~ModuleVariables() {
  for (const auto& [name, place] : places_) memory_.release(place.address, true);
}

gpu::Status ModuleVariables::create(const ptx::Module& module) {
  for (const ptx::Variable& variable : module.variables()) {
    if (!has_memory(variable)) continue;
    Place place{.address = 0, .size = variable.size};
    const std::uint64_t size = std::max<std::uint64_t>(variable.size, 1);
    const gpu::Status status = memory_.allocate(size, gpu::MemoryKind::Device, place.address, true);
    if (status != gpu::Status::Success) return status;
    auto* bytes = reinterpret_cast<std::byte*>(place.address);
    std::memset(bytes, 0, size);
    std::memcpy(bytes, variable.initializer.data(), std::min<std::size_t>(variable.initializer.size(), size));
    if (variable.space == ptx::Space::Const) constant_size_ += variable.size;
    places_.emplace(variable.name, place);
  }
  for (const ptx::Variable& variable : module.variables()) {
    if (has_memory(variable)) relocate(module, variable, places_.find(variable.name)->second.address);
  }
  return gpu::Status::Success;
}

void ModuleVariables::relocate(const ptx::Module& module, const ptx::Variable& variable, std::uint64_t address) const {
  for (const ptx::Relocation& relocation : variable.relocations) {
    if (relocation.offset + sizeof(std::uint64_t) > variable.size) continue;
    std::uint64_t value = kUnresolved;
    if (const auto target = find(relocation.symbol); target.has_value()) {
      value = target->address + static_cast<std::uint64_t>(relocation.addend);
    } else if (const ptx::DeviceFunction* function = module.find_function(relocation.symbol);
               function != nullptr && !function->body.empty()) {
      value = function->address + static_cast<std::uint64_t>(relocation.addend);
    } else {
      log(LogLevel::Warn,
          "module variable \"" + variable.name + "\": refers to \"" + relocation.symbol + "\", which is not defined");
    }
    std::memcpy(reinterpret_cast<std::byte*>(address + relocation.offset), &value, sizeof value);
  }
}

std::optional<ModuleVariables::Place> ModuleVariables::find(std::string_view name) const {
  const auto found = places_.find(name);
  if (found == places_.end()) return std::nullopt;
  return found->second;
}

}  // namespace vgpu::exec
