#include "gpu/warp/matrix_generic.h"
#include "gpu/warp/matrix_sets.h"

namespace vgpu::warp {

const MultiplyFunction* avx2_matrix_functions() {
#include "gpu/warp/matrix_table.inc"
  return kFunctions;
}

}  // namespace vgpu::warp
