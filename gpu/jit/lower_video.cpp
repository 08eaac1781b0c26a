#include "gpu/jit/lowering.h"
#include "gpu/warp/video.h"

// The video instructions on words and parts of words: through memory to the routine of gpu/warp.
namespace vgpu::jit {

bool Lowering::lower_video(const ptx::Instruction& i) {
  const auto operation = warp::video_operation(i);
  if (!operation) return unsupported(i);
  scalar_ = false;
  const auto sources = function_.sources(i);
  llvm::Type* lanes = lanes_of(integer(32));
  Value* result = slot(lanes);
  call("vgpu_video", builder_.getVoidTy(),
       {builder_.getInt32(*operation), result, spill(read_lanes(sources[0], 32)), spill(read_lanes(sources[1], 32)),
        spill(read_lanes(sources.back(), 32))});
  write(function_.destinations(i)[0], builder_.CreateAlignedLoad(lanes, result, llvm::Align(64)));
  return true;
}

}  // namespace vgpu::jit
