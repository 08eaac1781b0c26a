#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "gpu/interp/interpreter.h"
#include "gpu/interp/machine.h"

// A decoded entry, and the frames its warps run in.
namespace vgpu::interp {

enum class BlockEnd : std::uint8_t { Fall, Branch, Return, Indexed };

// A basic block in the order of ControlFlow::order; successors are positions in that order.
struct DecodedBlock {
  std::uint32_t first_step = 0;
  std::uint32_t last_step = 0;  // one past
  BlockEnd end = BlockEnd::Fall;
  bool guarded = false;
  bool guard_negated = false;
  std::uint32_t guard = 0;  // byte offset of the guard's mask
  Ref index;                // Indexed: which successor
  std::vector<std::uint32_t> successors;
  // True when a successor is the head of a loop around this block that waits for other threads.
  bool spins = false;
};

// A constant, kept in frames from their creation on.
struct Constant {
  Ref ref;
  std::uint64_t value = 0;
};

// A value known when a warp starts: a special register or the address of a variable.
struct EntryValue {
  Ref ref;
  bool is_special = false;
  ptx::SpecialRegister special = ptx::SpecialRegister::TidX;
  ptx::Space space = ptx::Space::Generic;
  bool in_frame = false;     // an offset in the lane's local frame
  std::uint64_t offset = 0;  // or the table position of a global
  std::int64_t addend = 0;
};

using Frame = std::unique_ptr<std::byte[]>;

class InterpretedKernel {
 public:
  explicit InterpretedKernel(ptx::Function source) : function(std::move(source)) {}

  // A frame whose constants are set and whose registers are zero; give it back after use.
  std::byte* take_frame() const;
  void give_back(std::byte* frame) const;

  ptx::Function function;  // instructions are pointed to by steps
  std::vector<Ref> refs;
  std::vector<Step> steps;
  std::vector<DecodedBlock> blocks;
  std::vector<Constant> constants;
  std::vector<EntryValue> entry_values;
  std::uint32_t register_bytes = 0;
  std::uint32_t frame_bytes = 0;

 private:
  mutable std::mutex mutex_;
  mutable std::vector<Frame> frames_;  // all that were made
  mutable std::vector<std::byte*> free_;
};

// Handlers that need more than the instruction: the special register of a mov, the name that a call goes to.
Handler clock_handler(ptx::SpecialRegister special);
Handler call_handler(const std::string& callee);

}  // namespace vgpu::interp
