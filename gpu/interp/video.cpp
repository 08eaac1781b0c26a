#include "gpu/warp/video.h"

#include "gpu/interp/machine.h"

// The video instructions on words and parts of words.
namespace vgpu::interp {
namespace {

void operate(Machine& machine, const Step& step) {
  std::uint32_t results[kWarpSize];
  // Without a third operand none is looked at.
  const unsigned last = step.instruction->source_count - 1u;
  vgpu_video(*warp::video_operation(*step.instruction), results, machine.narrow(step.source(0)),
             machine.narrow(step.source(1)), machine.narrow(step.source(last)));
  std::uint32_t* d = machine.narrow(step.destination(0));
  for_each_active(machine.active, [&](unsigned lane) { d[lane] = results[lane]; });
}

}  // namespace

Handler video_handler(const ptx::Instruction& instruction) {
  return warp::video_operation(instruction) ? &operate : nullptr;
}

}  // namespace vgpu::interp
