#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "gpu/exec/engine_loader.h"
#include "gpu/ptx/module.h"
#include "gpu/status.h"
#include "gpu/warp/block_shape.h"
#include "gpu/warp/context.h"

namespace vgpu::exec {

// The making of one entry's code for one class of block shapes. Independent of the module object, so that it may go on
// in the background while the module is unloaded.
class Compilation : public std::enable_shared_from_this<Compilation> {
 public:
  Compilation(std::shared_ptr<const ptx::Module> module, std::string entry, WarpRow warp_row);
  ~Compilation();

  // Starts in the background, unless started already.
  void start();
  // Compiles here, or waits for whoever does. On failure reason() says why.
  gpu::Status finish();

  // After finish() has failed.
  [[nodiscard]] const std::string& reason() const { return reason_; }
  // After finish() has succeeded.
  [[nodiscard]] const CompiledEntry& compiled() const { return compiled_; }
  [[nodiscard]] const void* interpreted() const;

 private:
  struct Interpreted;
  gpu::Status compile();
  gpu::Status prepare_interpreter();

  const std::shared_ptr<const ptx::Module> module_;
  const std::string entry_;
  const WarpRow warp_row_;
  std::atomic<bool> started_{false};
  std::once_flag once_;
  gpu::Status status_ = gpu::Status::Success;
  std::string reason_;
  CompiledEntry compiled_;
  std::unique_ptr<Interpreted> interpreted_;
};

}  // namespace vgpu::exec
