#pragma once

#include <algorithm>
#include <complex>
#include <initializer_list>
#include <limits>
#include <type_traits>

#include "gpu/blas/openblas.h"
#include "shims/cublas/arguments.h"
#include "shims/function_table.h"

// What the templates behind level2.def and level3.def share. A template takes sizes in 64 bits, whichever width the
// exported function has.
namespace vgpu::cublas {

// Who calls.
struct Caller {
  cublasHandle_t handle;
  const char* name;
};

template <class T>
inline constexpr bool kIsReal = std::is_floating_point_v<T>;
template <class T>
using RealOf = decltype(std::real(T{}));

// The element type's function of OpenBLAS: choose<T, cblas_sgbmv, …>().
template <class T, auto single_real, auto double_real, auto single_complex, auto double_complex>
constexpr auto choose() {
  if constexpr (std::is_same_v<T, float>)
    return single_real;
  else if constexpr (std::is_same_v<T, double>)
    return double_real;
  else if constexpr (std::is_same_v<T, std::complex<float>>)
    return single_complex;
  else
    return double_complex;
}
#define VGPU_OPENBLAS(routine) choose<T, cblas_s##routine, cblas_d##routine, cblas_c##routine, cblas_z##routine>()
#define VGPU_OPENBLAS_REAL(routine) choose<T, cblas_s##routine, cblas_d##routine, nullptr, nullptr>()
#define VGPU_OPENBLAS_COMPLEX(routine) choose<T, nullptr, nullptr, cblas_c##routine, cblas_z##routine>()

// A scalar as OpenBLAS takes it: real ones by value, complex ones by address.
template <class T>
auto pass(const T& scalar) {
  if constexpr (kIsReal<T>)
    return scalar;
  else
    return static_cast<const void*>(&scalar);
}

template <class T>
T to_scalar(const ScalarArgument& argument) {
  if constexpr (kIsReal<T>)
    return static_cast<T>(argument.value().real());
  else
    return T(argument.value());
}

template <class T>
ScalarArgument scalar(const Caller& caller, const T* pointer) {
  return ScalarArgument(caller.handle->pointer_mode, kDataTypeOf<T>, pointer);
}

inline CBLAS_UPLO to_cblas_fill(cublasFillMode_t fill) {
  return fill == 1 ? CblasUpper : CblasLower;
}
inline CBLAS_SIDE to_cblas_side(cublasSideMode_t side) {
  return side == 0 ? CblasLeft : CblasRight;
}
inline CBLAS_DIAG to_cblas_diagonal(cublasDiagType_t diagonal) {
  return diagonal == 1 ? CblasUnit : CblasNonUnit;
}
inline CBLAS_TRANSPOSE to_cblas_operation(cublasOperation_t operation) {
  return blas::to_cblas(static_cast<blas::Operation>(operation));
}

inline bool is_switch(int value) {
  return value == 0 || value == 1;
}
inline bool is_operation(cublasOperation_t operation) {
  return operation >= 0 && operation <= 2;
}

// Symmetric updates take any real matrix's conjugate for its transpose; Hermitian ones know no plain transpose, and
// complex symmetric ones no conjugate.
template <class T>
bool is_update_operation(cublasOperation_t operation, bool hermitian) {
  if (operation == 0) return true;
  return hermitian ? operation == 2 : operation == 1 || (operation == 2 && kIsReal<T>);
}

// kInvalidValue for a negative size, kNotSupported for a number that OpenBLAS's ints do not hold.
inline cublasStatus_t check_sizes(std::initializer_list<std::int64_t> sizes,
                                  std::initializer_list<std::int64_t> others = {}) {
  constexpr std::int64_t kLargest = std::numeric_limits<int>::max();
  if (std::ranges::any_of(sizes, [](std::int64_t size) { return size < 0; })) return kInvalidValue;
  const auto fits = [](std::int64_t value) { return value <= kLargest && value >= -kLargest; };
  return std::ranges::all_of(sizes, fits) && std::ranges::all_of(others, fits) ? kSuccess : kNotSupported;
}

inline bool is_short(std::int64_t leading_dimension, std::int64_t rows) {
  return leading_dimension < std::max<std::int64_t>(rows, 1);
}

template <class Task>
cublasStatus_t queue(const Caller& caller, Task task) {
  return enqueue(caller.handle, caller.name, [task = std::move(task)] {
    blas::prepare_openblas();
    task();
  });
}

// A routine with one result: in host mode the caller waits for it.
template <class Result, class Compute>
cublasStatus_t queue_result(const Caller& caller, Result* result, Compute compute) {
  if (result == nullptr) return kInvalidValue;
  const cublasStatus_t status = queue(caller, [=] { *result = static_cast<Result>(compute()); });
  return status == kSuccess && caller.handle->pointer_mode == 0 ? synchronize(caller.handle) : status;
}

}  // namespace vgpu::cublas
