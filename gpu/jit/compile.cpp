#include "gpu/jit/compile.h"

#include <llvm/IR/Constants.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/raw_ostream.h>

#include <algorithm>

#include "gpu/jit/lane_shapes.h"
#include "gpu/jit/loader.h"
#include "gpu/jit/lowering.h"
#include "gpu/jit/merge_loads.h"
#include "gpu/jit/optimize.h"
#include "gpu/jit/schedule.h"
#include "gpu/jit/whole_block.h"
#include "gpu/ptx/control_flow.h"

namespace vgpu::jit {
namespace {

// Instructions: above this a second version of the code would cost too much time to make.
constexpr std::size_t kLargestSpeculated = 6000;

void define_traits(llvm::Module& module, const KernelTraits& traits) {
  llvm::Constant* value = llvm::ConstantDataArray::get(
      module.getContext(), llvm::ArrayRef<std::uint32_t>{traits.whole_block, traits.waiting_size});
  new llvm::GlobalVariable(module, value->getType(), true, llvm::GlobalValue::ExternalLinkage, value, kTraitsSymbol);
}

}  // namespace

Expected<llvm::SmallVector<char, 0>> compile(const ptx::Function& original, WarpRow warp_row, const Target& target,
                                             const CodeForms& forms) {
  ptx::Function function = original;
  merge_loads(function);
  const ptx::ControlFlow flow = ptx::analyze_control_flow(function);
  const ptx::Liveness liveness = ptx::analyze_liveness(function, flow);
  Schedule schedule = make_schedule(function, flow);
  const LaneShapes shapes(function, liveness, schedule, warp_row);
  Schedule fast_schedule = make_schedule(function, flow);
  const bool may_speculate = forms.speculating && !schedule.dispatched &&
                             function.instructions.size() <= kLargestSpeculated &&
                             std::ranges::none_of(schedule.nodes, [](const Node& n) { return n.exit == Exit::Switch; });
  const LaneShapes fast_shapes(function, liveness, fast_schedule, warp_row, true);
  Lowering::Version fast{&fast_shapes, &fast_schedule, {}, {}, {}};
  const bool speculates = may_speculate && shapes.differs_from(fast_shapes);
  auto machine = make_target_machine(target);
  if (!machine) return std::unexpected(machine.error());
  llvm::LLVMContext context;
  llvm::Module module(function.name, context);
  Lowering lowering(module, function, liveness, {&shapes, &schedule, {}, {}, {}}, speculates ? &fast : nullptr,
                    speculates ? meeting_points(schedule, flow) : BitSet(schedule.nodes.size()),
                    forms.whole_blocks && can_run_whole_blocks(function, flow), target);
  if (Expected<void> lowered = lowering.run(kKernelSymbol); !lowered) {
    return failure("entry \"" + function.name + "\": " + lowered.error().message);
  }
  define_traits(module, lowering.traits());
  std::string problem;
  llvm::raw_string_ostream stream(problem);
  if (llvm::verifyModule(module, &stream)) {
    return failure("entry \"" + function.name + "\": LLVM refuses the translation: " + problem);
  }
  optimize(module, **machine, target);
  return emit_object(module, **machine);
}

}  // namespace vgpu::jit
