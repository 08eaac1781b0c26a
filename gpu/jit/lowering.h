#pragma once

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "gpu/jit/chunk_plan.h"
#include "gpu/jit/float_mode.h"
#include "gpu/jit/lane_shapes.h"
#include "gpu/jit/load_groups.h"
#include "gpu/jit/recipes.h"
#include "gpu/jit/schedule.h"
#include "gpu/jit/streams.h"
#include "gpu/jit/target.h"
#include "gpu/ptx/ir.h"
#include "gpu/warp/context.h"

namespace vgpu::jit {

// Translates one PTX function to LLVM IR: `void NAME(WarpContext*)`, which runs one warp, or all of a row of blocks.
//
// A register is an alloca: an integer for Uniform and Pattern shapes (a Pattern's lane 0), else <32 x iN>. While one
// instruction is lowered, `scalar_` says whether values have one element for the whole warp or 32.
class Lowering {
 public:
  // One way to run the function's blocks: shapes, and the schedule that they are right for.
  struct Version {
    const LaneShapes* shapes = nullptr;
    const Schedule* schedule = nullptr;
    std::vector<llvm::AllocaInst*> registers;
    std::vector<llvm::AllocaInst*> pending;
    std::vector<llvm::BasicBlock*> blocks;
  };

  // `fast`: shapes under the assumption that all lanes agree at every branch, or nullptr. The code starts in that
  // version, goes over to the general one at a branch where lanes do not agree, and comes back at the first of
  // `meeting_points` at which all are together and differ no more than the fast version takes for granted.
  // `whole_block`: can_run_whole_blocks() holds, and the code is to run all warps of a block.
  Lowering(llvm::Module& module, const ptx::Function& function, const ptx::Liveness& liveness, Version general,
           const Version* fast, BitSet meeting_points, bool whole_block, const Target& target);

  // Fails with one line that names the instruction that has no translation.
  Expected<void> run(const std::string& name);

  // What run() has made.
  [[nodiscard]] KernelTraits traits() const { return {whole_block_ ? 1u : 0u, waiting_size_}; }

 private:
  using Value = llvm::Value;
  using Kind = LaneShape::Kind;

  // lower_core.cpp: values, registers and the context.
  llvm::Type* integer(unsigned bits) { return builder_.getIntNTy(bits); }
  llvm::Type* float_of(ptx::Type type);
  static llvm::Type* lanes_of(llvm::Type* element) { return llvm::FixedVectorType::get(element, kWarpSize); }
  llvm::Type* shaped(llvm::Type* element) { return scalar_ ? element : lanes_of(element); }
  Value* constant(unsigned bits, std::uint64_t value);  // in the current mode
  Value* real_constant(llvm::Type* element, double value);
  Value* splat(Value* value);
  Value* lane_constants(unsigned bits, const LanePattern& pattern);
  Value* lane_numbers(unsigned bits);
  const LaneShape& shape_of(const ptx::Operand& operand) const { return shapes_->of(operand.index); }
  Value* read(const ptx::Operand& operand, unsigned width);        // in the current mode
  Value* read_lanes(const ptx::Operand& operand, unsigned width);  // always 32 lanes
  Value* read_base(const ptx::Operand& operand, unsigned width);   // always one element
  Value* read_real(const ptx::Operand& operand, ptx::Type type);
  void write(const ptx::Operand& destination, Value* value, bool sign_extend = false);
  Value* resize(Value* value, unsigned width, bool sign_extend);
  Value* bits_of(Value* value);                       // floats as integers of the same width
  Value* as_real(Value* value, llvm::Type* element);  // the other way round
  Value* special(ptx::SpecialRegister special);
  Value* thread_index(unsigned axis);
  Value* warp_number();
  Value* block_size(unsigned axis);
  Value* context_field(std::size_t offset, llvm::Type* type);  // loaded once, in the entry block
  Value* variable_address(const ptx::Operand& operand);        // value of the variable's name as PTX sees it
  Value* slot(llvm::Type* type);                               // stack memory for the current instruction
  Value* spill(Value* value);
  Value* call(const std::string& name, llvm::Type* result, llvm::ArrayRef<Value*> arguments);
  Value* intrinsic(llvm::Intrinsic::ID id, llvm::ArrayRef<llvm::Type*> types, llvm::ArrayRef<Value*> arguments);
  Value* service(std::size_t offset, llvm::Type* result, llvm::ArrayRef<Value*> arguments);
  bool unsupported(const ptx::Instruction& i);

  // lower_control.cpp: nodes, masks, guards.
  void make_storage(Version& version);
  void enter(Version& version);
  void clear_masks();
  void start_nodes();
  void lower_speculated_exit(std::uint32_t number, Value* condition);
  void lower_return_to_fast_version(std::uint32_t number);
  void lower_node(std::uint32_t number);
  void lower_instruction(const ptx::Instruction& i);
  void lower_exit(std::uint32_t number);
  void deliver(std::uint32_t from, std::uint32_t to, Value* lanes);
  void go(std::uint32_t node);
  void dispatch();
  Value* any(Value* lanes);
  Value* lane_bits(Value* lanes);  // <32 x i1> as i32
  Value* full_mask();
  bool dispatch_opcode(const ptx::Instruction& i);
  template <class Body>
  void when(Value* condition, Body&& body);
  template <class Body>
  void for_each_lane(Value* lanes, Body&& body);  // body(lane number as i32), lowest first
  bool guard_is_uniform(const ptx::Instruction& i) const;
  void decide_mode(const ptx::Instruction& i);

  // lower_block.cpp: the loops over blocks and their warps, and how warps wait for each other.
  void start_warps(llvm::BasicBlock* start);
  void set_first_threads(Value* warp);
  void step_first_threads();
  Value* thread_in_line(unsigned axis);
  Value* first_thread(unsigned axis);
  Value* live_lanes();
  Value* local_frames();
  void lower_meeting(std::uint32_t instruction);
  std::vector<std::uint32_t> registers_to_keep(std::uint32_t instruction) const;
  static llvm::Type* kept_type(const llvm::AllocaInst* memory);

  // lower_integer.cpp
  bool lower_integer(const ptx::Instruction& i);
  bool lower_bits(const ptx::Instruction& i);
  bool lower_bit_fields(const ptx::Instruction& i);
  bool lower_packed_integer(const ptx::Instruction& i);
  Value* multiply_high(Value* a, Value* b, unsigned width, bool is_signed);
  bool lower_divide(const ptx::Instruction& i);
  bool lower_carry(const ptx::Instruction& i);
  bool lower_dot(const ptx::Instruction& i);
  bool lower_permute(const ptx::Instruction& i);
  Value* dot_bytes(Value* a, Value* b, Value* c, bool a_signed, bool b_signed, bool a_not_negative);

  // lower_float.cpp, lower_approximate.cpp
  bool lower_float(const ptx::Instruction& i);
  Value* arithmetic(const ptx::Instruction& i, llvm::ArrayRef<Value*> sources);
  Value* rounded_arithmetic(const ptx::Instruction& i, llvm::ArrayRef<Value*> sources);
  Value* flush(Value* value);
  Value* flush_if_explicit(const ptx::Instruction& i, Value* value);
  Value* saturate(Value* value);
  Value* minimum_maximum(const ptx::Instruction& i, Value* a, Value* b);
  Value* fused(Value* a, Value* b, Value* c);
  Value* select(Value* condition, Value* a, Value* b) { return builder_.CreateSelect(condition, a, b); }
  bool lower_approximate(const ptx::Instruction& i);
  Value* exponential(Value* x);
  Value* logarithm(Value* x);
  Value* sine(Value* x, double quarter);
  Value* tangent(Value* x);
  Value* round_to_integer(Value* x);
  Value* canonical_nan_if(Value* condition, Value* otherwise);

  // lower_compare.cpp
  bool lower_compare(const ptx::Instruction& i);
  Value* compare(const ptx::Instruction& i, ptx::Type type);

  // lower_convert.cpp
  bool lower_convert(const ptx::Instruction& i);
  bool lower_convert_real(const ptx::Instruction& i);
  bool lower_move(const ptx::Instruction& i);
  Value* widen_half(Value* bits, ptx::Type type);  // f16 or bf16 to f32
  Value* narrow_half(Value* real, ptx::Type type, ptx::Rounding rounding);
  Value* helper(const std::string& name, llvm::Type* result_element, llvm::ArrayRef<Value*> sources);

  // lower_memory.cpp
  struct Address {
    Value* base = nullptr;     // scalar pointer: lane 0's address, or the part that lanes share
    Value* offsets = nullptr;  // <32 x iN> signed byte offsets from base; nullptr for Uniform and Pattern
    LaneShape shape;           // Uniform, Pattern or Varying
  };
  bool lower_memory(const ptx::Instruction& i);
  Address address(const ptx::Operand& operand, ptx::Space space);
  Value* short_offsets(const Address& address);
  Value* lane_pointers(const Address& address, unsigned offset);
  std::vector<Value*> load(const Address& address, llvm::Type* element, unsigned count, const ptx::Instruction& i);
  void store(const Address& address, llvm::ArrayRef<Value*> values, const ptx::Instruction& i);
  // An ordered access of a vector of `count` elements, of `bytes` bytes each, that has to be one.
  static bool is_whole_access(const ptx::Instruction& i, unsigned count, unsigned bytes);
  std::vector<Value*> load_whole(const Address& address, llvm::Type* element, unsigned count);
  void store_whole(const Address& address, llvm::ArrayRef<Value*> values);
  Value* gather(const Address& address, unsigned offset, llvm::Type* element);
  void scatter(const Address& address, unsigned offset, Value* value);
  Value* offset_pointer(Value* pointer, std::int64_t bytes);
  bool lower_async_copy(const ptx::Instruction& i);

  // lower_loads.cpp
  struct PatternLoad {
    const LanePattern& pattern;
    std::int64_t displacement = 0;  // bytes
    llvm::Type* element = nullptr;
    unsigned count = 1;  // elements a lane
  };
  std::vector<Value*> load_pattern(const Address& address, llvm::Type* element, unsigned count,
                                   std::uint32_t instruction);
  std::vector<std::vector<Value*>> load_words(const ptx::Instruction& i, Value* base,
                                              std::span<const PatternLoad> loads, std::int64_t widest);
  std::vector<Value*> load_narrow(Value* base, const PatternLoad& load);
  std::vector<Value*> load_chunks(Value* base, const ChunkPlan& plan);
  Value* pick_words(llvm::ArrayRef<Value*> sources, const WordVector& vector);
  std::array<Value*, 2> pick_pair(llvm::ArrayRef<Value*> sources, const std::array<const WordVector*, 2>& vectors);
  std::vector<Value*> pick_all(llvm::ArrayRef<Value*> sources, const ChunkPlan& plan);
  Value* gather_distinct(Value* base, const LanePattern& pattern, llvm::Type* element);
  void prefetch(const ptx::Instruction& i, Value* base, std::int64_t least, std::int64_t end);
  Value* joined(std::vector<Value*> parts);  // a power of two of vectors, one behind the other

  // lower_atomic.cpp
  bool lower_atomic(const ptx::Instruction& i);

  // lower_warp.cpp
  bool lower_warp(const ptx::Instruction& i);
  bool lower_shuffle(const ptx::Instruction& i);
  bool lower_vote(const ptx::Instruction& i);
  bool lower_barrier(const ptx::Instruction& i);
  bool lower_call(const ptx::Instruction& i);
  bool lower_matrix(const ptx::Instruction& i);
  Value* host_addresses(const ptx::Operand& operand, ptx::Space space);  // lower_mbarrier.cpp
  Value* read_unsigned(const ptx::Operand& operand);
  bool lower_mbarrier(const ptx::Instruction& i);
  bool lower_bulk_copy(const ptx::Instruction& i);
  bool lower_texture(const ptx::Instruction& i);          // lower_texture.cpp
  bool lower_video(const ptx::Instruction& i);            // lower_video.cpp
  bool lower_double_tile(const ptx::Instruction& i);      // lower_double_matrix.cpp
  bool lower_rows(const ptx::Instruction& i);             // lower_matrix_rows.cpp
  bool lower_byte_products(const ptx::Instruction& i);    // lower_integer_matrix.cpp
  bool lower_double_products(const ptx::Instruction& i);  // lower_double_matrix.cpp

  llvm::LLVMContext& context_;
  llvm::Module& module_;
  const ptx::Function& function_;
  const ptx::Liveness& liveness_;
  Version general_;
  Version fast_;
  bool speculates_ = false;       // the function has a fast version
  bool in_fast_version_ = false;  // and it is being lowered
  BitSet meeting_points_;
  const LaneShapes* shapes_ = nullptr;  // of the version that is being lowered, as are the next four
  const Schedule* schedule_ = nullptr;
  const Target& target_;
  FlushMode flush_mode_;
  llvm::IRBuilder<> builder_;
  llvm::Function* code_ = nullptr;
  llvm::Value* warp_context_ = nullptr;
  llvm::Instruction* entry_end_ = nullptr;   // loads of the context go before it
  llvm::Instruction* warp_start_ = nullptr;  // and before this what is computed once a warp
  bool whole_block_ = false;
  std::uint32_t waiting_size_ = 0;          // bytes
  llvm::AllocaInst* block_ = nullptr;       // of the code for whole blocks: x index of the block that runs,
  llvm::AllocaInst* warp_ = nullptr;        // number of the warp that runs,
  llvm::AllocaInst* first_thread_[3] = {};  // thread index of its lane 0,
  llvm::AllocaInst* meets_ = nullptr;       // and whether a warp of this round waits
  Value* local_frames_ = nullptr;           // see local_frames()
  Value* waiting_ = nullptr;                // where the warp keeps what it needs while it waits,
  llvm::Instruction* part_ = nullptr;       // and this place's distance from the first warp's
  std::uint32_t meetings_ = 0;              // barriers that have been lowered
  llvm::SwitchInst* resume_ = nullptr;      // to the place where the warp goes on
  llvm::BasicBlock* next_warp_ = nullptr;
  std::vector<llvm::AllocaInst*> registers_;
  std::vector<llvm::AllocaInst*> pending_;
  std::vector<llvm::BasicBlock*> blocks_;
  llvm::BasicBlock* leave_ = nullptr;
  llvm::BasicBlock* dispatcher_ = nullptr;
  llvm::AllocaInst* carry_ = nullptr;
  std::map<std::pair<std::size_t, llvm::Type*>, Value*> context_fields_;
  std::map<llvm::Type*, std::vector<Value*>> slots_;
  std::map<llvm::Type*, std::size_t> slots_used_;
  Value* thread_[3] = {nullptr, nullptr, nullptr};
  Value* mask_ = nullptr;   // <32 x i1>: lanes that run the current instruction
  Value* guard_ = nullptr;  // <32 x i1>: a divergent guard of the current instruction
  std::uint32_t node_ = 0;
  Recipes recipes_;
  BitSet streamed_;                                      // registers_of_block_index
  std::map<std::uint32_t, LoadGroup> groups_;            // of the version that is being lowered
  std::map<std::uint32_t, std::vector<Value*>> loaded_;  // what a group's first load has brought in for the others
  bool scalar_ = false;
  std::string error_;
};

template <class Body>
void Lowering::when(Value* condition, Body&& body) {
  llvm::BasicBlock* inside = llvm::BasicBlock::Create(context_, "", code_);
  llvm::BasicBlock* after = llvm::BasicBlock::Create(context_, "", code_);
  builder_.CreateCondBr(condition, inside, after);
  builder_.SetInsertPoint(inside);
  body();
  builder_.CreateBr(after);
  builder_.SetInsertPoint(after);
}

template <class Body>
void Lowering::for_each_lane(Value* lanes, Body&& body) {
  llvm::BasicBlock* before = builder_.GetInsertBlock();
  llvm::BasicBlock* loop = llvm::BasicBlock::Create(context_, "", code_);
  llvm::BasicBlock* after = llvm::BasicBlock::Create(context_, "", code_);
  Value* all = lane_bits(lanes);
  builder_.CreateCondBr(builder_.CreateICmpNE(all, builder_.getInt32(0)), loop, after);
  builder_.SetInsertPoint(loop);
  llvm::PHINode* left = builder_.CreatePHI(builder_.getInt32Ty(), 2);
  left->addIncoming(all, before);
  Value* lane = intrinsic(llvm::Intrinsic::cttz, {builder_.getInt32Ty()}, {left, builder_.getTrue()});
  body(lane);
  Value* rest = builder_.CreateAnd(left, builder_.CreateSub(left, builder_.getInt32(1)));
  left->addIncoming(rest, builder_.GetInsertBlock());
  builder_.CreateCondBr(builder_.CreateICmpNE(rest, builder_.getInt32(0)), loop, after);
  builder_.SetInsertPoint(after);
}

}  // namespace vgpu::jit
