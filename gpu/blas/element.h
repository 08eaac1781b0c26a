#pragma once

#include <complex>
#include <cstdint>
#include <type_traits>

#include "gpu/blas/convert.h"
#include "gpu/blas/types.h"

// Elements of vectors and matrices one at a time, whatever type they have in memory.
namespace vgpu::blas {

// The type that an element is computed in: 16-bit floats in F32, the others in themselves.
template <class T>
using WideOf = std::conditional_t<std::is_same_v<T, Half> || std::is_same_v<T, Bfloat>, float, T>;

template <class T>
WideOf<T> widen(T element) {
  if constexpr (std::is_same_v<T, Half>)
    return half_to_float(element.bits);
  else if constexpr (std::is_same_v<T, Bfloat>)
    return bfloat_to_float(element.bits);
  else
    return element;
}

template <class T>
T narrow(WideOf<T> value) {
  if constexpr (std::is_same_v<T, Half>)
    return {float_to_half(value)};
  else if constexpr (std::is_same_v<T, Bfloat>)
    return {float_to_bfloat(value)};
  else
    return value;
}

// Element `index` of an array in memory; a store rounds to nearest even, and saturates to integers.
Scalar load_element(DataType type, const void* data, std::int64_t index);
void store_element(DataType type, void* data, std::int64_t index, Scalar value);

// A vector of BLAS: `n` elements at an increment; a negative one begins at the other end of the memory.
template <class T>
class Strided {
 public:
  Strided(T* data, std::int64_t n, std::int64_t increment)
      : first_(increment < 0 ? data - (n - 1) * increment : data), increment_(increment) {}
  T& operator[](std::int64_t index) const { return first_[index * increment_]; }

 private:
  T* first_;
  std::int64_t increment_;
};

}  // namespace vgpu::blas
