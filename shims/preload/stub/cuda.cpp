#include "shims/preload/stub/stub.h"

namespace vgpu::preload {
namespace {
int fail() {
  return 303;  // CUDA_ERROR_SHARED_OBJECT_INIT_FAILED
}
}  // namespace

const char kLibraryName[] = "libcuda.so.1";
void* failing_function(const char*) {
  return reinterpret_cast<void*>(&fail);
}

}  // namespace vgpu::preload

#define VARIANT_none(name)
#define VARIANT_ptsz(name) VGPU_STUB(name##_ptsz)
#define VARIANT_ptds(name) VGPU_STUB(name##_ptds)
#define FUNCTION(family, state, check, variant, since, name, ...) VGPU_STUB(name) VARIANT_##variant(name)
#define ALIAS(since, name, target) VGPU_STUB(name)
#define REFUSED(variant, since, name) VGPU_STUB(name) VARIANT_##variant(name)
#include "shims/cuda/functions.def"
