// LU and QR of many small matrices, parallel over the batch.
#include <utility>
#include <vector>

#include "gpu/blas/factor.h"
#include "gpu/blas/parallel.h"
#include "shims/cublas/routine.h"

using namespace vgpu::cublas;
namespace blas = vgpu::blas;

namespace {

// Whether each parameter is right, in the order in which `info` counts them from 1.
using Checks = std::initializer_list<bool>;

// The first wrong parameter's position, negated, in the host's `info`; 0 for none.
cublasStatus_t check_into(int* info, Checks right) {
  if (info == nullptr) return kInvalidValue;
  const auto* const wrong = std::ranges::find(right, false);
  *info = wrong == right.end() ? 0 : -static_cast<int>(wrong - right.begin() + 1);
  return *info == 0 ? kSuccess : kInvalidValue;
}

template <class T>
blas::TriangularShape triangle(bool upper, bool unit, blas::Operation operation, std::int64_t n, std::int64_t sides,
                               std::int64_t lda, std::int64_t ldb) {
  return {.left = true,
          .upper = upper,
          .unit_diagonal = unit,
          .operation = operation,
          .m = n,
          .n = sides,
          .lda = lda,
          .ldb = ldb,
          .type = kDataTypeOf<T>};
}

template <class T>
void fill_with_identity(std::int64_t n, T* c, std::int64_t ldc) {
  for (std::int64_t column = 0; column < n; ++column) {
    std::fill_n(c + column * ldc, n, T{});
    c[column + column * ldc] = T(1);
  }
}

// op(P L U) X = B for each of the batch; X overwrites B. Without pivots P is the identity.
template <class T>
struct Solution {
  blas::Operation operation;
  std::int64_t n, sides;
  const T* const* a;
  std::int64_t lda;
  const int* pivots;
  T* const* b;
  std::int64_t ldb;
  std::int64_t batch;

  void run() const {
    const bool plain = operation == blas::Operation::None;
    if (plain) exchange(true);
    solve(!plain);
    solve(plain);
    if (!plain) exchange(false);
  }

 private:
  void exchange(bool forward) const {
    if (pivots == nullptr) return;
    blas::parallel_for(
        batch, [&](std::int64_t index) { blas::exchange_rows(n, sides, b[index], ldb, pivots + index * n, forward); });
  }
  void solve(bool upper) const {
    blas::triangular_solve(triangle<T>(upper, !upper, operation, n, sides, lda, ldb), 1, batch,
                           [&](std::int64_t index) { return blas::TriangularOperands{a[index], b[index]}; });
  }
};

template <class T>
cublasStatus_t getrfBatched(const Caller& caller, int n, T* const* a, int lda, int* pivots, int* info, int batch) {
  if (n < 0 || batch < 0 || is_short(lda, n)) return kInvalidValue;
  if (batch == 0) return kSuccess;
  if (info == nullptr || (n > 0 && a == nullptr)) return kInvalidValue;
  return queue(caller, [=] {
    blas::parallel_for(batch, [&](std::int64_t index) {
      info[index] = n == 0 ? 0 : blas::factor_lu(n, a[index], lda, pivots == nullptr ? nullptr : pivots + index * n);
    });
  });
}

template <class T>
cublasStatus_t getrsBatched(const Caller& caller, cublasOperation_t operation, int n, int sides, const T* const* a,
                            int lda, const int* pivots, T* const* b, int ldb, int* info, int batch) {
  const bool some = n > 0 && sides > 0 && batch > 0;
  const auto status =
      check_into(info, {is_operation(operation), n >= 0, sides >= 0, !some || a != nullptr, !is_short(lda, n), true,
                        !some || b != nullptr, !is_short(ldb, n), true, batch >= 0});
  if (status != kSuccess || !some) return status;
  const Solution<T> solution{*to_operation(operation), n, sides, a, lda, pivots, b, ldb, batch};
  return queue(caller, [=] { solution.run(); });
}

template <class T>
cublasStatus_t getriBatched(const Caller& caller, int n, const T* const* a, int lda, const int* pivots, T* const* c,
                            int ldc, int* info, int batch) {
  if (n < 0 || batch < 0 || is_short(lda, n) || is_short(ldc, n)) return kInvalidValue;
  if (batch == 0) return kSuccess;
  if (info == nullptr || (n > 0 && (a == nullptr || c == nullptr))) return kInvalidValue;
  const Solution<T> solution{blas::Operation::None, n, n, a, lda, pivots, c, ldc, batch};
  return queue(caller, [=] {
    blas::parallel_for(batch, [&](std::int64_t index) {
      info[index] = n == 0 ? 0 : blas::zero_on_diagonal(n, a[index], lda);
      if (n > 0) fill_with_identity(n, c[index], ldc);
    });
    if (n > 0) solution.run();
  });
}

template <class T>
cublasStatus_t matinvBatched(const Caller& caller, int n, const T* const* a, int lda, T* const* c, int ldc, int* info,
                             int batch) {
  constexpr int kLargest = 32;
  if (n < 0 || batch < 0 || is_short(lda, n) || is_short(ldc, n)) return kInvalidValue;
  if (batch == 0) return kSuccess;
  if (n > kLargest || info == nullptr || (n > 0 && (a == nullptr || c == nullptr))) return kInvalidValue;
  return queue(caller, [=] {
    blas::parallel_for(batch, [&](std::int64_t index) {
      info[index] = 0;
      if (n == 0) return;
      std::vector<T> factors(static_cast<std::size_t>(n) * static_cast<std::size_t>(n));
      for (std::int64_t column = 0; column < n; ++column) {
        std::copy_n(a[index] + column * lda, n, factors.data() + column * n);
      }
      int pivots[kLargest];
      info[index] = blas::factor_lu(n, factors.data(), n, pivots);
      const T* const factored = factors.data();
      fill_with_identity(n, c[index], ldc);
      Solution<T>{blas::Operation::None, n, n, &factored, n, pivots, c + index, ldc, 1}.run();
    });
  });
}

template <class T>
cublasStatus_t geqrfBatched(const Caller& caller, int m, int n, T* const* a, int lda, T* const* tau, int* info,
                            int batch) {
  const bool some = m > 0 && n > 0 && batch > 0;
  const auto status = check_into(
      info, {m >= 0, n >= 0, !some || a != nullptr, !is_short(lda, m), !some || tau != nullptr, true, batch >= 0});
  if (status != kSuccess || !some) return status;
  return queue(caller, [=] {
    blas::parallel_for(batch, [&](std::int64_t index) { blas::factor_qr(m, n, a[index], lda, tau[index]); });
  });
}

// Only what cuBLAS has too: as many equations as unknowns or more, and A itself. Its `info` counts the parameters from
// m on, and the number of right-hand sides before n.
template <class T>
cublasStatus_t gelsBatched(const Caller& caller, cublasOperation_t operation, int m, int n, int sides, T* const* a,
                           int lda, T* const* c, int ldc, int* info, int* device_info, int batch) {
  const bool some = n > 0 && batch > 0;
  const auto status = check_into(info, {m >= 0, sides >= 0, n >= 0, !some || a != nullptr, !is_short(lda, m),
                                        !some || sides == 0 || c != nullptr, !is_short(ldc, m), batch >= 0});
  if (status != kSuccess || batch == 0) return status;
  if (!is_operation(operation)) return kInvalidValue;
  if (operation != 0 || m < n) return kNotSupported;
  return queue(caller, [=] {
    blas::parallel_for(batch, [&](std::int64_t index) {
      int singular = 0;
      if (n > 0) {
        std::vector<T> tau(static_cast<std::size_t>(n));
        blas::factor_qr(m, n, a[index], lda, tau.data());
        singular = blas::zero_on_diagonal(n, a[index], lda);
        if (sides > 0) blas::apply_qr(m, n, a[index], lda, tau.data(), sides, c[index], ldc);
      }
      if (device_info != nullptr) device_info[index] = singular;
      if (singular != 0) return;
      blas::triangular_solve(triangle<T>(true, false, blas::Operation::None, n, sides, lda, ldc), 1, 1,
                             [&](std::int64_t) { return blas::TriangularOperands{a[index], c[index]}; });
    });
  });
}

}  // namespace

#define VGPU_ROUTINES "shims/cublas/factors.def"
#include "shims/cublas/export_routines.inc"
