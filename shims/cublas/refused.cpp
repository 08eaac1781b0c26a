// The functions of the tables that do nothing but refuse. Their parameters do not matter: the caller cleans up.
#include "shims/cublas/handle.h"

#define VGPU_FUNCTION_done(name)
#define VGPU_FUNCTION_partial(name)
#define VGPU_FUNCTION_refused(name)          \
  VGPU_CUBLAS_EXPORT cublasStatus_t name() { \
    return vgpu::cublas::refuse(#name);      \
  }
#define FUNCTION(state, name) VGPU_FUNCTION_##state(name)
#include VGPU_FUNCTIONS
