#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gpu/exec/compilation.h"
#include "gpu/exec/kernel.h"
#include "gpu/exec/module_variables.h"
#include "gpu/model/profile.h"
#include "gpu/ptx/module.h"

namespace vgpu::exec {

// An entry of a PTX module. Its body is parsed when sizes are asked for, its code made when it is first launched.
class PtxKernel final : public Kernel {
 public:
  // `signature` belongs to the module; `variables` and `profile` must outlive the kernel.
  PtxKernel(std::shared_ptr<const ptx::Module> module, const ptx::EntrySignature& signature,
            const ModuleVariables& variables, const model::Profile& profile);

  [[nodiscard]] const std::string& name() const override { return signature_.name; }
  [[nodiscard]] const std::vector<Parameter>& parameters() const override { return parameters_; }
  [[nodiscard]] std::uint32_t parameter_block_size() const override { return signature_.parameter_size; }
  [[nodiscard]] const gpu::KernelAttributes& attributes() const override;

  // Reads the body: InvalidPtx, NotFound (a variable that the module lacks); the reason has been logged once.
  gpu::Status check_body() const;

  gpu::Status code(const gpu::Dimensions& block, const KernelCode*& code, std::string& reason) override;
  void prefetch(const gpu::Dimensions& block) override;

 private:
  // Block shapes for which code differs: any, and those that make known how a warp lies in its block.
  static constexpr std::size_t kVariants = 10;
  struct Variant {
    std::mutex mutex;
    std::shared_ptr<Compilation> compilation;  // nullptr until the shape occurs
    KernelCode code;
    std::atomic<const KernelCode*> ready{nullptr};
  };
  // The variant for a block, and the making of its code.
  Variant& variant_of(const gpu::Dimensions& block);
  Compilation& compilation_of(Variant& variant, const gpu::Dimensions& block);
  void read_body() const;

  const std::shared_ptr<const ptx::Module> module_;
  const ptx::EntrySignature& signature_;
  const ModuleVariables& variables_;
  const model::Profile& profile_;
  std::vector<Parameter> parameters_;
  std::array<Variant, kVariants> variants_;

  // What the body tells, read once.
  mutable std::once_flag body_read_;
  mutable gpu::Status body_status_ = gpu::Status::Success;
  mutable gpu::KernelAttributes attributes_;
  mutable std::vector<std::uint64_t> globals_;
};

}  // namespace vgpu::exec
