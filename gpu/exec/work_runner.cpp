#include "gpu/exec/work_runner.h"

#include <fmt/format.h>

#include <exception>

#include "gpu/exec/copy.h"
#include "gpu/exec/fault.h"
#include "gpu/exec/futex.h"
#include "gpu/exec/kernel.h"
#include "gpu/exec/launch.h"
#include "gpu/exec/profile_table.h"

namespace vgpu::exec {

using gpu::Status;

void WorkRunner::run(gpu::Work& work) {
  if (status_.get() != Status::Success) return;
  std::visit([this](auto& each) { run_work(each); }, work);
}

void WorkRunner::run_work(gpu::CopyWork& work) {
  FaultScope scope;
  if (scope.run([&] { copy(work); })) return;
  status_.fail(scope.fault().status(),
               fmt::format("copy of {} bytes from {:#x} to {:#x}: {}", work.width * work.height * work.depth,
                           work.source, work.destination, scope.fault().describe()));
}

void WorkRunner::run_work(gpu::FillWork& work) {
  FaultScope scope;
  if (scope.run([&] { fill(work); })) return;
  status_.fail(scope.fault().status(),
               fmt::format("memset of {} bytes at {:#x}: {}", work.count * work.element_size * work.height,
                           work.destination, scope.fault().describe()));
}

void WorkRunner::run_work(gpu::LaunchWork& work) {
  auto& kernel = static_cast<Kernel&>(*work.kernel);
  const KernelCode* code = nullptr;
  std::string reason;
  if (const Status status = kernel.code(work.block, code, reason); status != Status::Success) {
    status_.fail(status, fmt::format("kernel \"{}\": {}", kernel.name(), reason));
    return;
  }
  const LaunchShape shape{.grid = work.grid,
                          .block = work.block,
                          .dynamic_shared_size = work.dynamic_shared_size,
                          .cooperative = work.cooperative};
  const std::uint64_t start = profiling() ? monotonic_nanoseconds() : 0;
  const LaunchResult result = run_grid(*code, shape, work.parameters.data(), kernel.statistics(), &heap_);
  if (profiling()) add_to_profile(kernel.name(), monotonic_nanoseconds() - start);
  if (result.fault.cause == FaultCause::None) return;
  const auto& block = result.block;
  status_.fail(result.fault.status(), fmt::format("kernel \"{}\": {} in block ({}, {}, {})", kernel.name(),
                                                  result.fault.describe(), block[0], block[1], block[2]));
}

void WorkRunner::run_work(gpu::HostWork& work) {
  work.function();
}

void WorkRunner::run_work(gpu::TaskWork& work) {
  FaultScope scope;
  std::string reason;
  Status status = Status::LaunchFailed;
  const std::uint64_t start = profiling() ? monotonic_nanoseconds() : 0;
  const bool finished = scope.run([&] {
    try {
      work.function();
    } catch (const std::exception& error) {
      reason = error.what();
    } catch (...) {
      reason = "unknown exception";
    }
  });
  if (profiling()) add_to_profile(work.name, monotonic_nanoseconds() - start);
  if (!finished) {
    reason = scope.fault().describe();
    status = scope.fault().status();
  }
  if (!reason.empty()) status_.fail(status, fmt::format("\"{}\": {}", work.name, reason));
}

}  // namespace vgpu::exec
