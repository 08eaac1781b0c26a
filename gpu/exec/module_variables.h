#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "gpu/exec/memory.h"
#include "gpu/ptx/module.h"

namespace vgpu::exec {

// The memory of a module's global and constant variables, initialised.
class ModuleVariables {
 public:
  struct Place {
    std::uint64_t address = 0;
    std::uint64_t size = 0;  // bytes
  };

  explicit ModuleVariables(DeviceMemory& memory) : memory_(memory) {}
  ModuleVariables(const ModuleVariables&) = delete;
  ModuleVariables& operator=(const ModuleVariables&) = delete;
  ~ModuleVariables();

  // Once. OutOfMemory when the system has none; an initialiser that refers to what the module does not define is
  // logged, and such a pointer faults when it is used.
  gpu::Status create(const ptx::Module& module);
  [[nodiscard]] std::optional<Place> find(std::string_view name) const;
  // Bytes of all constant variables.
  [[nodiscard]] std::uint64_t constant_size() const { return constant_size_; }

 private:
  void relocate(const ptx::Module& module, const ptx::Variable& variable, std::uint64_t address) const;

  DeviceMemory& memory_;
  std::map<std::string, Place, std::less<>> places_;
  std::uint64_t constant_size_ = 0;
};

}  // namespace vgpu::exec
