#include "gpu/exec/launch.h"

#include <algorithm>

#include "gpu/exec/futex.h"
#include "gpu/exec/worker_pool.h"

namespace vgpu::exec {
namespace {

// Waking and gathering workers takes some microseconds: less work than this is done alone. Measured with saxpy and with
// a matrix by a vector: two threads take as long as one at about 20 us.
constexpr std::uint64_t kWorthSharing = 20'000'000;  // picoseconds
// Blocks are handed out in portions of at least about this much work, so that the shared counter is no bottleneck,
constexpr std::uint64_t kPortion = 4'000'000;  // picoseconds
// and of no more than this part of what is left, so that threads finish together.
constexpr std::uint64_t kPortionsPerThread = 4;

struct Split {
  std::uint64_t helpers = 0;
  std::uint64_t least = 1;  // blocks
};

Split split(const Grid& grid, std::uint64_t block_picoseconds, unsigned threads) {
  const std::uint64_t blocks = grid.blocks();
  if (grid.shape().cooperative) return {.helpers = 0, .least = blocks};
  const bool known = block_picoseconds != 0;
  if (blocks == 1 || threads == 1 || (known && block_picoseconds * blocks < kWorthSharing)) {
    return {.helpers = 0, .least = blocks};
  }
  const std::uint64_t wanted = known ? std::max<std::uint64_t>(kPortion / block_picoseconds, 1) : 16;
  const std::uint64_t largest = std::max<std::uint64_t>(blocks / (threads * kPortionsPerThread), 1);
  return {.helpers = std::min<std::uint64_t>(blocks, threads) - 1, .least = std::min(wanted, largest)};
}

void update(KernelStatistics& statistics, const Split& used, std::uint64_t blocks, std::uint64_t nanoseconds) {
  statistics.launches.fetch_add(1, std::memory_order_relaxed);
  statistics.nanoseconds.fetch_add(nanoseconds, std::memory_order_relaxed);
  const std::uint64_t sample = std::max<std::uint64_t>(nanoseconds * 1000 * (used.helpers + 1) / blocks, 1);
  const std::uint64_t old = statistics.block_picoseconds.load(std::memory_order_relaxed);
  statistics.block_picoseconds.store(old == 0 ? sample : (3 * old + sample) / 4 + 1, std::memory_order_relaxed);
}

}  // namespace

LaunchResult run_grid(const KernelCode& code, const LaunchShape& shape, const std::byte* parameters,
                      KernelStatistics& statistics, DeviceHeap* heap) {
  static std::atomic<std::uint64_t> last_id{0};
  WorkerPool& pool = WorkerPool::instance();
  Grid grid(code, shape, parameters, ++last_id);
  const Split chosen = split(grid, statistics.block_picoseconds.load(std::memory_order_relaxed), pool.threads());
  grid.set_portions(chosen.least, pool.threads() * kPortionsPerThread);
  grid.set_heap(heap);
  Grid::Workspace workspace;
  if (shape.cooperative) grid.set_workspace(workspace);
  const std::uint64_t start = monotonic_nanoseconds();
  pool.run(grid, chosen.helpers);
  update(statistics, chosen, grid.blocks(), monotonic_nanoseconds() - start);
  return {.fault = grid.fault(), .block = grid.fault_block()};
}

}  // namespace vgpu::exec
