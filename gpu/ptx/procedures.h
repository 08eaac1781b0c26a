#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gpu/ptx/function_builder.h"
#include "gpu/ptx/module.h"

// Device functions that cannot stand in the place of their calls: recursive ones, and those called by address. Each is
// read once for an entry, behind the entry's own body, and works on a stack that is a local variable of the entry:
//
//   base + 0    number of the call, by which it returns
//   base + 8    the caller's base
//   base + 16   results, then parameters, each at a multiple of 16
//   …           what it keeps of its registers while it calls, then its `.local` and `.param` variables
//   top         where the next frame, or memory of alloca, begins
//
// A call writes results' and parameters' place at `top` and jumps; a return jumps back by brx. So lanes that call at
// different depths, or different functions, part and meet like those of any branch.
namespace vgpu::ptx {

// Names of what the engines do for a call that cannot be made; no name of PTX has a dot inside.
inline constexpr std::string_view kStackOverflow = "vgpu.stack_overflow";
inline constexpr std::string_view kInvalidCall = "vgpu.invalid_call";

// Bytes of a lane's stack: beyond CUDA's default of 1 KiB, since programs that ask for more do so for the device, not
// for a kernel. No multiple of a page, or all lanes' frames would share a few sets of the cache.
inline constexpr std::uint32_t kStackSize = 63 * 4096 + 33 * 64;

// What one reading of an entry's text tells the next about its stack.
struct StackPlan {
  struct Procedure {
    std::uint32_t frame = 0;           // bytes
    std::vector<std::uint32_t> saved;  // registers that it keeps while it calls
  };
  bool used = false;
  std::uint32_t outgoing = 0;  // bytes of the largest results and parameters
  std::unordered_map<const DeviceFunction*, Procedure> procedures;
};

class Procedures {
 public:
  Procedures(FunctionBuilder& builder, const StackPlan& plan) : builder_(builder), plan_(plan) {}

  // The entry's first instructions, where the plan says that it uses the stack.
  void begin_entry(std::uint32_t line);
  [[nodiscard]] bool uses_stack() const { return plan_.used; }

  // Calls one of `callees`: the only one, or that whose address `pointer` holds. All have results and parameters of the
  // same sizes. An argument is a variable, a register with a place of this frame, or a value.
  void call(std::span<const DeviceFunction* const> callees, const Operand* pointer, std::span<const Operand> results,
            std::span<const Operand> arguments, std::uint32_t line);

  // The next function that was called and not yet read, now being read; nullptr when there is none.
  const DeviceFunction* begin_next();
  // Its parameters and results as names.
  [[nodiscard]] NameScope parameter_names();
  // Its end.
  void end(std::uint32_t line);
  [[nodiscard]] bool inside() const { return current_ != nullptr; }
  void return_to_caller(std::uint32_t line);

  // A place in the frame of the function that is being read, and the register with its address.
  std::uint32_t place(const Variable& variable, std::uint32_t line);
  // Whether the operand is such a register.
  [[nodiscard]] bool is_place(const Operand& operand) const {
    return operand.kind == Operand::Kind::Register && places_.contains(operand.index);
  }
  // Bytes of a place.
  [[nodiscard]] std::uint64_t place_size(const Operand& operand) const { return places_.at(operand.index); }

  // Copies bytes from one parameter to another; each is a variable or a place.
  void copy(const Operand& to, const Operand& from, std::uint64_t size);

  // alloca, stacksave, stackrestore.
  void change_stack(const Instruction& instruction, const Operand& destination, const Operand& source,
                    std::uint64_t alignment);

  // Once all is read: the returns' targets.
  void finish();
  // For the next reading. `function`: this one's result.
  [[nodiscard]] StackPlan next_plan(const Function& function) const;

 private:
  struct Procedure {
    const DeviceFunction* function = nullptr;
    std::uint32_t start = 0;  // instruction
    std::uint32_t first_register = 0;
    std::uint32_t last_register = 0;
    std::uint32_t frame = 0;                   // bytes so far
    std::vector<std::uint32_t> jumps;          // to its start
    std::vector<std::uint32_t> returns;        // its brx
    std::vector<std::uint32_t> continuations;  // instructions behind its calls
    std::vector<std::uint32_t> calls;          // instructions behind the calls that it makes
  };

  void emit(std::string_view opcode, std::initializer_list<Operand> destinations,
            std::initializer_list<Operand> sources);
  void emit_guarded(std::string_view opcode, std::uint32_t guard, std::initializer_list<Operand> sources);
  // Takes bytes of the stack and faults where there are none.
  void check_top();
  std::uint32_t new_register(Type type);
  std::uint32_t new_place(std::uint64_t size);
  Procedure& procedure_of(const DeviceFunction* function);
  void store_argument(const Operand& to, const Operand& argument, const Variable& formal);
  void load_result(const Operand& result, const Operand& from, const Variable& formal);
  void save_registers(bool restore);
  void jump_to(const DeviceFunction* function);

  FunctionBuilder& builder_;
  const StackPlan& plan_;
  std::vector<std::unique_ptr<Procedure>> procedures_;
  std::size_t next_ = 0;  // the first of them that was not read
  Procedure* current_ = nullptr;
  std::unordered_map<std::uint32_t, std::uint64_t> places_;  // register -> bytes
  std::uint32_t line_ = 0;
  std::uint32_t stack_ = 0;  // variable
  std::uint32_t base_ = 0;   // registers
  std::uint32_t top_ = 0;
  std::uint32_t scratch_ = 0;
  std::uint32_t word_ = 0;
  std::uint32_t condition_ = 0;
  std::uint32_t outgoing_ = 0;  // bytes
};

}  // namespace vgpu::ptx
