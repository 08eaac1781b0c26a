#include "shims/preload/stub/stub.h"
#include "shims/preload/text.h"

namespace vgpu::preload {
namespace {
int fail() {
  return 12;  // NVML_ERROR_LIBRARY_NOT_FOUND
}
const char* text() {
  return "Library Not Found";
}
}  // namespace

const char kLibraryName[] = "libnvidia-ml.so.1";
void* failing_function(const char* name) {
  return equal(whole(name), whole("nvmlErrorString")) ? reinterpret_cast<void*>(&text) : reinterpret_cast<void*>(&fail);
}

}  // namespace vgpu::preload

#define FUNCTION(check, name, ...) VGPU_STUB(name)
#define ALIAS(name, target, ...) VGPU_STUB(name)
#define REFUSED(name) VGPU_STUB(name)
#include "shims/nvml/functions.def"
VGPU_STUB(nvmlErrorString)
