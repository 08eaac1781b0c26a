#include "gpu/blas/triangle.h"

#include <algorithm>
#include <complex>
#include <vector>

#include "gpu/blas/openblas.h"
#include "gpu/blas/parallel.h"

namespace vgpu::blas {
namespace {

constexpr std::int64_t kBlock = 64;  // columns; the block on the diagonal is computed whole

template <class T>
class Blocks {
 public:
  Blocks(const TriangleUpdate<T>& update, T alpha, T beta) : update_(update), alpha_(alpha), beta_(beta) {}

  void columns(std::int64_t first) const {
    const std::int64_t width = std::min(kBlock, update_.n - first);
    const std::int64_t end = first + width;
    const std::int64_t row = update_.upper ? 0 : end;
    const std::int64_t rows = update_.upper ? first : update_.n - end;
    if (rows > 0) product(row, rows, first, width, beta_, update_.c + row + first * update_.ldc, update_.ldc);
    diagonal(first, width);
  }

 private:
  void product(std::int64_t row, std::int64_t rows, std::int64_t column, std::int64_t columns, T keep, T* to,
               std::int64_t ld) const {
    const bool plain = update_.operation == Operation::None;
    const Operation other = update_.hermitian ? Operation::ConjugateTranspose : Operation::Transpose;
    multiply(Tile<T>{update_.operation, plain ? other : Operation::None, rows, columns, update_.k, alpha_,
                     update_.a + (plain ? row : row * update_.lda), update_.lda,
                     update_.b + (plain ? column : column * update_.ldb), update_.ldb, keep, to, ld});
  }
  void diagonal(std::int64_t first, std::int64_t width) const {
    std::vector<T> block(static_cast<std::size_t>(width * width));
    product(first, width, first, width, T{}, block.data(), width);
    for (std::int64_t column = 0; column < width; ++column) {
      const std::int64_t end = update_.upper ? column + 1 : width;
      for (std::int64_t row = update_.upper ? 0 : column; row < end; ++row) {
        T& to = update_.c[first + row + (first + column) * update_.ldc];
        T sum = block[static_cast<std::size_t>(row + column * width)];
        if (beta_ != T{}) sum += beta_ * to;
        to = update_.hermitian && row == column ? T(std::real(sum)) : sum;
      }
    }
  }

  const TriangleUpdate<T>& update_;
  const T alpha_, beta_;
};

}  // namespace

template <class T>
void update_triangle(const TriangleUpdate<T>& update, T alpha, T beta) {
  const Blocks<T> blocks(update, alpha, beta);
  parallel_for((update.n + kBlock - 1) / kBlock, [&](std::int64_t index) { blocks.columns(index * kBlock); });
}
template void update_triangle(const TriangleUpdate<float>&, float, float);
template void update_triangle(const TriangleUpdate<double>&, double, double);
template void update_triangle(const TriangleUpdate<std::complex<float>>&, std::complex<float>, std::complex<float>);
template void update_triangle(const TriangleUpdate<std::complex<double>>&, std::complex<double>, std::complex<double>);

}  // namespace vgpu::blas
