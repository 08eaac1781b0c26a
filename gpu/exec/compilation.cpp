#include "gpu/exec/compilation.h"

#include <utility>

#include "gpu/exec/background.h"
#include "gpu/exec/warp_fiber.h"
#include "gpu/interp/interpreter.h"

namespace vgpu::exec {

using gpu::Status;

struct Compilation::Interpreted {
  interp::InterpretedKernelPointer kernel;
};

Compilation::Compilation(std::shared_ptr<const ptx::Module> module, std::string entry, WarpRow warp_row)
    : module_(std::move(module)), entry_(std::move(entry)), warp_row_(warp_row) {}

Compilation::~Compilation() = default;

void Compilation::start() {
  if (started_.load(std::memory_order_relaxed) || started_.exchange(true)) return;
  run_in_background([self = shared_from_this()] { self->finish(); });
}

Status Compilation::finish() {
  std::call_once(once_, [this] { status_ = compile(); });
  return status_;
}

Status Compilation::compile() {
  if (interpreter_chosen()) return prepare_interpreter();
  return compile_entry({.module_text = module_->text(), .entry = entry_, .warp_row = warp_row_}, compiled_, reason_);
}

Status Compilation::prepare_interpreter() {
  auto function = module_->parse_entry(entry_);
  if (!function) {
    reason_ = function.error().message;
    return Status::InvalidPtx;
  }
  auto kernel = interp::prepare(std::move(*function));
  if (!kernel) {
    reason_ = kernel.error().message;
    return Status::InvalidPtx;
  }
  interpreted_ = std::make_unique<Interpreted>(Interpreted{std::move(*kernel)});
  compiled_.function = [](WarpContext* context) {
    const auto& fiber = static_cast<const WarpFiber&>(*context);
    interp::run(*static_cast<const interp::InterpretedKernel*>(fiber.interpreted), context);
  };
  return Status::Success;
}

const void* Compilation::interpreted() const {
  return interpreted_ != nullptr ? interpreted_->kernel.get() : nullptr;
}

}  // namespace vgpu::exec
