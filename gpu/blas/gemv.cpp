#include "gpu/blas/gemv.h"

#include <vector>

#include "gpu/blas/element.h"

namespace vgpu::blas {
namespace {

std::vector<float> sums_of(const NarrowGemv& product, std::int64_t terms, std::int64_t results) {
  const bool plain = product.operation == Operation::None;
  std::vector<float> x(static_cast<std::size_t>(terms));
  const Strided<const std::uint16_t> elements(static_cast<const std::uint16_t*>(product.x), terms, product.incx);
  for (std::int64_t index = 0; index < terms; ++index) to_float(product.type, &elements[index], &x[index], 1);

  std::vector<float> sums(static_cast<std::size_t>(results));
  std::vector<float> column(static_cast<std::size_t>(product.m));
  for (std::int64_t index = 0; index < product.n; ++index) {
    to_float(product.type, static_cast<const std::uint16_t*>(product.a) + index * product.lda, column.data(),
             product.m);
    float sum = 0;
    for (std::int64_t row = 0; row < product.m; ++row) {
      if (plain) {
        sums[row] += x[index] * column[row];
      } else {
        sum += x[row] * column[row];
      }
    }
    if (!plain) sums[index] = sum;
  }
  return sums;
}

template <class T>
void write(const NarrowGemv& product, std::int64_t results, const std::vector<float>& sums, float alpha, float beta) {
  const Strided<T> y(static_cast<T*>(product.y), results, product.incy);
  for (std::int64_t index = 0; index < results; ++index) {
    const float old = beta == 0 ? 0 : beta * widen(y[index]);
    y[index] = narrow<T>((sums.empty() ? 0 : alpha * sums[static_cast<std::size_t>(index)]) + old);
  }
}

}  // namespace

void multiply(const NarrowGemv& product, float alpha, float beta) {
  const bool plain = product.operation == Operation::None;
  const std::int64_t results = plain ? product.m : product.n;
  std::vector<float> sums;
  if (alpha != 0) sums = sums_of(product, plain ? product.n : product.m, results);
  switch (product.type_y) {
    case DataType::F16:
      return write<Half>(product, results, sums, alpha, beta);
    case DataType::BF16:
      return write<Bfloat>(product, results, sums, alpha, beta);
    default:
      return write<float>(product, results, sums, alpha, beta);
  }
}

}  // namespace vgpu::blas
