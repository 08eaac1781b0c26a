#pragma once

#include <cstddef>
#include <cstdint>

// The contract between what runs a kernel's blocks (gpu/exec) and what a warp's code is: a function made by the JIT,
// or the interpreter. Plain C layout: generated code reads these fields by their offsets.
namespace vgpu {

inline constexpr unsigned kWarpSize = 32;

// Why a kernel was stopped. Numbers are ours; gpu/exec maps them to CUDA's.
enum class FaultKind : std::uint32_t {
  None = 0,
  IllegalAddress = 1,      // CUDA_ERROR_ILLEGAL_ADDRESS (700)
  MisalignedAddress = 2,   // CUDA_ERROR_MISALIGNED_ADDRESS (716)
  Trap = 3,                // `trap`: CUDA_ERROR_LAUNCH_FAILED (719)
  Assert = 4,              // CUDA_ERROR_ASSERT (710)
  IllegalInstruction = 5,  // CUDA_ERROR_ILLEGAL_INSTRUCTION (715)
  StackOverflow = 6,
};

struct WarpContext;

// Services that warp code calls. They may switch to another warp's fiber and come back.
struct WarpServices {
  // bar.sync / barrier.sync: waits until `thread_count` threads have arrived at barrier `id` (0 = all threads of the
  // block). `active` are the lanes that arrive; a warp arrives as a whole.
  void (*barrier_sync)(WarpContext*, std::uint32_t id, std::uint32_t thread_count, std::uint32_t active);
  // bar.arrive: counts, does not wait.
  void (*barrier_arrive)(WarpContext*, std::uint32_t id, std::uint32_t thread_count, std::uint32_t active);
  // bar.red: waits like barrier_sync and returns over all arriving threads: operation 0 = popc (the count),
  // 1 = and (0 or 1), 2 = or (0 or 1). `predicate` has one bit a lane.
  std::uint32_t (*barrier_reduce)(WarpContext*, std::uint32_t id, std::uint32_t thread_count, std::uint32_t operation,
                                  std::uint32_t predicate, std::uint32_t active);
  // Lets other warps of the block, and other blocks, run: called on back edges of spin loops.
  void (*yield)(WarpContext*);
  // vprintf for one lane: `format` and `arguments` are addresses as the lane passed them. Returns what printf returns.
  std::int32_t (*print)(WarpContext*, std::uint64_t format, std::uint64_t arguments);
  // Stops the whole grid; does not return.
  void (*fault)(WarpContext*, FaultKind kind);
  // A texture or surface instruction for the lanes of `active`: gpu/texture says what `access` and the places of
  // operands are. Stops the grid where a lane's access is not allowed.
  void (*texture)(WarpContext*, std::uint64_t access, std::uint64_t* results, const std::uint64_t* sources,
                  std::uint32_t active);
  // malloc and free for one lane: the address of a block of the device's heap, or 0; free of what is no block's address
  // stops the grid.
  std::uint64_t (*allocate)(WarpContext*, std::uint64_t size);
  void (*release)(WarpContext*, std::uint64_t address);
};

struct WarpContext {
  const std::byte* params;       // the entry's parameter block
  const std::uint64_t* globals;  // address of each of ptx::Function::globals
  std::byte* shared;             // base of the block's shared memory: shared address 0
  std::byte* local;              // 32 frames of `local_stride` bytes, lane after lane; for code of whole blocks: of
                                 // the block's first warp, the others' follow
  std::byte* waiting;            // code of whole blocks: KernelTraits::waiting_size bytes a warp, aligned to 64
  const WarpServices* services;
  std::uint64_t grid_id;
  std::uint32_t local_stride;         // bytes from one lane's frame to the next
  std::uint32_t warp;                 // number of this warp in its block; lane l is thread warp * 32 + l, x fastest
  std::uint32_t warps;                // code of whole blocks runs the warps from `warp` to before `warps`
  std::uint32_t live;                 // lanes that exist: all but in the last warp of an odd-sized block
  std::uint32_t blocks;               // code of whole blocks runs so many, one behind the other along x
  std::uint32_t block_index[3];       // of the block, or the first one; code of whole blocks puts each block's x here
  std::uint32_t block_size[3];        // threads
  std::uint32_t grid_size[3];         // blocks
  std::uint32_t dynamic_shared_size;  // bytes
  std::uint32_t total_shared_size;    // bytes
  std::uint32_t environment[4];       // %envreg0..3
};

// What kind of code was made of an entry.
struct KernelTraits {
  // 0: a call runs one warp. Else it runs all warps of `blocks` blocks, without barrier_sync; `live` is the last
  // warp's.
  std::uint32_t whole_block;
  std::uint32_t waiting_size;  // bytes that a warp needs in WarpContext::waiting
};

// Called with MXCSR's default value, 0x1F80, and leaves it so. Where it calls a service it may have set another one,
// the same in all of its calls; the service returns with that.
using WarpFunction = void (*)(WarpContext*);

}  // namespace vgpu
