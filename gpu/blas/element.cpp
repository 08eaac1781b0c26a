#include "gpu/blas/element.h"

#include <cmath>
#include <cstring>
#include <limits>

namespace vgpu::blas {
namespace {

template <class T>
Scalar load(const void* data, std::int64_t index) {
  T element;
  std::memcpy(&element, static_cast<const std::byte*>(data) + index * static_cast<std::int64_t>(sizeof element),
              sizeof element);
  return Scalar(widen(element));
}

template <class T>
void store(void* data, std::int64_t index, T element) {
  std::memcpy(static_cast<std::byte*>(data) + index * static_cast<std::int64_t>(sizeof element), &element,
              sizeof element);
}

template <class T>
T round_to(double value) {
  using Limits = std::numeric_limits<T>;
  if (!(value > Limits::min())) return value == value ? Limits::min() : T(0);
  return value >= Limits::max() ? Limits::max() : static_cast<T>(std::nearbyint(value));
}

}  // namespace

Scalar load_element(DataType type, const void* data, std::int64_t index) {
  switch (type) {
    case DataType::F16:
      return load<Half>(data, index);
    case DataType::BF16:
      return load<Bfloat>(data, index);
    case DataType::F32:
      return load<float>(data, index);
    case DataType::F64:
      return load<double>(data, index);
    case DataType::C32:
      return load<std::complex<float>>(data, index);
    case DataType::C64:
      return load<std::complex<double>>(data, index);
    case DataType::I8:
      return load<std::int8_t>(data, index);
    case DataType::I32:
      return load<std::int32_t>(data, index);
  }
  return 0;
}

void store_element(DataType type, void* data, std::int64_t index, Scalar value) {
  switch (type) {
    case DataType::F16:
      return store(data, index, narrow<Half>(static_cast<float>(value.real())));
    case DataType::BF16:
      return store(data, index, narrow<Bfloat>(static_cast<float>(value.real())));
    case DataType::F32:
      return store(data, index, static_cast<float>(value.real()));
    case DataType::F64:
      return store(data, index, value.real());
    case DataType::C32:
      return store(data, index, std::complex<float>(value));
    case DataType::C64:
      return store(data, index, value);
    case DataType::I8:
      return store(data, index, round_to<std::int8_t>(value.real()));
    case DataType::I32:
      return store(data, index, round_to<std::int32_t>(value.real()));
  }
}

}  // namespace vgpu::blas
