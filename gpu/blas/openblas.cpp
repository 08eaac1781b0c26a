#include "gpu/blas/openblas.h"

#include <mutex>

// OpenBLAS's constructor calls this to start a thread per CPU in every process that merely loads the library, and
// keeps them through fork. We split the work ourselves (parallel.h), so that conversions run on the same threads.
extern "C" int __wrap_blas_thread_init() {
  return 0;
}

namespace vgpu::blas {

void prepare_openblas() {
  static std::once_flag once;
  std::call_once(once, [] { openblas_set_num_threads(1); });
}

#define VGPU_REAL_TILE(type, function)                                                                             \
  void multiply(const Tile<type>& t) {                                                                             \
    prepare_openblas();                                                                                            \
    function(CblasColMajor, to_cblas(t.operation_a), to_cblas(t.operation_b), static_cast<blasint>(t.m),           \
             static_cast<blasint>(t.n), static_cast<blasint>(t.k), t.alpha, t.a, static_cast<blasint>(t.lda), t.b, \
             static_cast<blasint>(t.ldb), t.beta, t.c, static_cast<blasint>(t.ldc));                               \
  }
#define VGPU_COMPLEX_TILE(type, function)                                                                           \
  void multiply(const Tile<type>& t) {                                                                              \
    prepare_openblas();                                                                                             \
    function(CblasColMajor, to_cblas(t.operation_a), to_cblas(t.operation_b), static_cast<blasint>(t.m),            \
             static_cast<blasint>(t.n), static_cast<blasint>(t.k), &t.alpha, t.a, static_cast<blasint>(t.lda), t.b, \
             static_cast<blasint>(t.ldb), &t.beta, t.c, static_cast<blasint>(t.ldc));                               \
  }
VGPU_REAL_TILE(float, cblas_sgemm)
VGPU_REAL_TILE(double, cblas_dgemm)
VGPU_COMPLEX_TILE(std::complex<float>, cblas_cgemm)
VGPU_COMPLEX_TILE(std::complex<double>, cblas_zgemm)
#undef VGPU_REAL_TILE
#undef VGPU_COMPLEX_TILE

}  // namespace vgpu::blas
