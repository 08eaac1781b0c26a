#include "gpu/exec/ptx_kernel.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/log.h"

namespace vgpu::exec {
namespace {

using gpu::Status;

std::uint32_t maximum_threads(const ptx::EntrySignature& signature, const model::Profile& profile) {
  for (const auto& limit : {signature.required_block, signature.maximum_block}) {
    if (limit[0] == 0) continue;
    const std::uint32_t threads = limit[0] * std::max(limit[1], 1u) * std::max(limit[2], 1u);
    return std::min(threads, profile.threads_per_block);
  }
  return profile.threads_per_block;
}

// No machine code is made that has a register count; applications compute occupancy from one, which must let a block
// of the largest size run.
std::uint32_t estimated_registers(std::size_t ptx_registers, std::uint32_t threads, const model::Profile& profile) {
  const auto wanted = static_cast<std::uint32_t>(std::clamp<std::size_t>(ptx_registers / 4 + 16, 16, 255));
  const std::uint32_t largest = threads == 0 ? 255 : profile.registers_per_block / threads / 8 * 8;
  return std::max(std::min(wanted, largest), 16u);
}

}  // namespace

PtxKernel::PtxKernel(std::shared_ptr<const ptx::Module> module, const ptx::EntrySignature& signature,
                     const ModuleVariables& variables, const model::Profile& profile)
    : module_(std::move(module)), signature_(signature), variables_(variables), profile_(profile) {
  for (const ptx::Variable& parameter : signature.parameters) {
    parameters_.push_back(
        {.offset = static_cast<std::uint32_t>(parameter.offset), .size = static_cast<std::uint32_t>(parameter.size)});
  }
}

PtxKernel::Variant& PtxKernel::variant_of(const gpu::Dimensions& block) {
  const WarpRow row = warp_row(block[0], block[1], block[2]);
  if (row == kAnyBlock) return variants_[0];
  if (row <= kWholeRow) return variants_[1 + static_cast<std::size_t>(std::countr_zero(row))];
  return variants_[1 + static_cast<std::size_t>(std::countr_zero(kWholeRow)) + (row - kWholeRow)];
}

Compilation& PtxKernel::compilation_of(Variant& variant, const gpu::Dimensions& block) {
  const std::lock_guard lock(variant.mutex);
  if (variant.compilation == nullptr) {
    variant.compilation =
        std::make_shared<Compilation>(module_, signature_.name, warp_row(block[0], block[1], block[2]));
  }
  return *variant.compilation;
}

void PtxKernel::read_body() const {
  attributes_.maximum_threads = maximum_threads(signature_, profile_);
  attributes_.constant_size = variables_.constant_size();
  attributes_.ptx_version = module_->target();
  attributes_.binary_version = profile_.compute_major * 10 + profile_.compute_minor;
  const auto function = module_->parse_entry(signature_.name);
  if (!function) {
    log(LogLevel::Error, "kernel \"" + signature_.name + "\": " + function.error().message);
    body_status_ = Status::InvalidPtx;
    return;
  }
  attributes_.static_shared_size = function->static_shared_size;
  attributes_.local_size = function->local_frame_size;
  attributes_.registers = estimated_registers(function->registers.size(), attributes_.maximum_threads, profile_);
  for (const std::string& name : function->globals) {
    const auto place = variables_.find(name);
    if (!place.has_value()) {
      log(LogLevel::Error,
          "kernel \"" + signature_.name + "\": variable \"" + name + "\" is not defined in its module");
      body_status_ = Status::NotFound;
      return;
    }
    globals_.push_back(place->address);
  }
}

const gpu::KernelAttributes& PtxKernel::attributes() const {
  std::call_once(body_read_, [this] { read_body(); });
  return attributes_;
}

Status PtxKernel::check_body() const {
  std::call_once(body_read_, [this] { read_body(); });
  return body_status_;
}

Status PtxKernel::code(const gpu::Dimensions& block, const KernelCode*& code, std::string& reason) {
  Variant& variant = variant_of(block);
  code = variant.ready.load(std::memory_order_acquire);
  if (code != nullptr) return Status::Success;

  if (const Status status = check_body(); status != Status::Success) {
    reason = "its body cannot be read";
    return status;
  }
  Compilation& compilation = compilation_of(variant, block);
  if (const Status status = compilation.finish(); status != Status::Success) {
    reason = compilation.reason();
    return status;
  }
  const std::lock_guard lock(variant.mutex);
  variant.code = {.function = compilation.compiled().function,
                  .traits = compilation.compiled().traits,
                  .interpreted = compilation.interpreted(),
                  .globals = globals_.data(),
                  .static_shared_size = static_cast<std::uint32_t>(attributes_.static_shared_size),
                  .local_frame_size = static_cast<std::uint32_t>(attributes_.local_size)};
  variant.ready.store(&variant.code, std::memory_order_release);
  code = &variant.code;
  return Status::Success;
}

void PtxKernel::prefetch(const gpu::Dimensions& block) {
  Variant& variant = variant_of(block);
  if (variant.ready.load(std::memory_order_relaxed) == nullptr) compilation_of(variant, block).start();
}

}  // namespace vgpu::exec
