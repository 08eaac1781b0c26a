#include "shims/cudart/library_version.h"
#include "shims/preload/stub/stub.h"
#include "shims/preload/text.h"

namespace vgpu::preload {
namespace {
int fail() {
  return 303;  // cudaErrorSharedObjectInitFailed
}
const char* text() {
  return "shared object initialization failed";
}
}  // namespace

const char kLibraryName[] = "libcudart.so.12";
void* failing_function(const char* name) {
  const bool gives_text =
      equal(whole(name), whole("cudaGetErrorName")) || equal(whole(name), whole("cudaGetErrorString"));
  return gives_text ? reinterpret_cast<void*>(&text) : reinterpret_cast<void*>(&fail);
}

}  // namespace vgpu::preload

#define VARIANT_none(name)
#define VARIANT_ptsz(name) VGPU_STUB(name##_ptsz)
#define VARIANT_ptds(name) VGPU_STUB(name##_ptds)
#define FUNCTION(library, family, state, check, variant, name, ...) \
  VGPU_IN_##library(VGPU_STUB(name) VARIANT_##variant(name))
#define DIRECT(library, family, name) VGPU_IN_##library(VGPU_STUB(name))
#define REFUSED(library, variant, name) VGPU_IN_##library(VGPU_STUB(name) VARIANT_##variant(name))
#include "shims/cudart/functions.def"
