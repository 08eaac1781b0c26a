#include "gpu/blas/triangular.h"

#include <algorithm>
#include <cstddef>

#include "gpu/blas/openblas.h"
#include "gpu/blas/parallel.h"

namespace vgpu::blas {
namespace {

void solve(const TriangularShape& shape, Scalar alpha, const void* a, void* b, blasint m, blasint n) {
  const CBLAS_SIDE side = shape.left ? CblasLeft : CblasRight;
  const CBLAS_UPLO half = shape.upper ? CblasUpper : CblasLower;
  const CBLAS_TRANSPOSE operation = to_cblas(shape.operation);
  const CBLAS_DIAG diagonal = shape.unit_diagonal ? CblasUnit : CblasNonUnit;
  const auto lda = static_cast<blasint>(shape.lda);
  const auto ldb = static_cast<blasint>(shape.ldb);
  const std::complex<float> alpha_float(alpha);
  switch (shape.type) {
    case DataType::F32:
      return cblas_strsm(CblasColMajor, side, half, operation, diagonal, m, n, alpha_float.real(),
                         static_cast<const float*>(a), lda, static_cast<float*>(b), ldb);
    case DataType::F64:
      return cblas_dtrsm(CblasColMajor, side, half, operation, diagonal, m, n, alpha.real(),
                         static_cast<const double*>(a), lda, static_cast<double*>(b), ldb);
    case DataType::C32:
      return cblas_ctrsm(CblasColMajor, side, half, operation, diagonal, m, n, &alpha_float, a, lda, b, ldb);
    case DataType::C64:
      return cblas_ztrsm(CblasColMajor, side, half, operation, diagonal, m, n, &alpha, a, lda, b, ldb);
    default:
      return;
  }
}

}  // namespace

void triangular_solve(const TriangularShape& shape, Scalar alpha, std::int64_t batch,
                      const std::function<TriangularOperands(std::int64_t)>& operands) {
  if (shape.m <= 0 || shape.n <= 0 || batch <= 0) return;
  prepare_openblas();
  // Right-hand sides do not depend on each other: columns of B on the left, rows of B on the right.
  const std::int64_t sides = shape.left ? shape.n : shape.m;
  const std::int64_t pieces = batch >= thread_count() ? 1 : std::clamp<std::int64_t>(sides / 32, 1, thread_count());
  const std::int64_t width = (sides + pieces - 1) / pieces;
  parallel_for(batch * pieces, [&](std::int64_t index) {
    const std::int64_t first = index % pieces * width;
    const std::int64_t count = std::min(width, sides - first);
    if (count <= 0) return;
    const TriangularOperands with = operands(index / pieces);
    const std::int64_t offset = static_cast<std::int64_t>(size_of(shape.type)) * first * (shape.left ? shape.ldb : 1);
    solve(shape, alpha, with.a, static_cast<std::byte*>(with.b) + offset,
          static_cast<blasint>(shape.left ? shape.m : count), static_cast<blasint>(shape.left ? count : shape.n));
  });
}

}  // namespace vgpu::blas
