#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "gpu/exec/module_variables.h"
#include "gpu/exec/ptx_kernel.h"

namespace vgpu::exec {

// A module as Backend::load_module gets it: packed until the first of its entries or variables is asked for.
class Module final : public gpu::ModuleObject {
 public:
  // InvalidImage when the head is none that we know; NoBinaryForGpu for machine code without PTX.
  static gpu::Status load(const void* image, DeviceMemory& memory, const model::Profile& profile,
                          std::function<void()> wait_for_work, std::shared_ptr<gpu::ModuleObject>& module);
  // Waits for queued work, which may run this module's kernels.
  ~Module() override;

  gpu::Status open();
  gpu::Status find_kernel(std::string_view name, gpu::KernelObject*& kernel);
  gpu::Status find_variable(std::string_view name, std::uint64_t& address, std::uint64_t& size);
  std::vector<std::string> kernel_names();

 private:
  Module(const void* image, bool is_text, DeviceMemory& memory, const model::Profile& profile,
         std::function<void()> wait_for_work);
  gpu::Status unpack(std::string& text) const;
  gpu::Status read();

  const void* image_;
  const bool is_text_;
  const model::Profile& profile_;
  const std::function<void()> wait_for_work_;
  std::once_flag opened_;
  gpu::Status status_ = gpu::Status::Success;
  std::shared_ptr<const ptx::Module> ptx_;
  ModuleVariables variables_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<PtxKernel>, std::less<>> kernels_;
};

}  // namespace vgpu::exec
