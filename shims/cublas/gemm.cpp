// GEMM and TRSM in both of cuBLAS's integer widths.
#include <algorithm>
#include <vector>

#include "shims/cublas/arguments.h"
#include "shims/cublas/complex_bytes.h"

using namespace vgpu::cublas;

namespace {

struct Sizes {
  std::int64_t m, n, k;
};
struct DataTypes {
  cudaDataType_t a, b, c;
};

template <class T>
GemmCall typed_gemm(const char* name, cublasOperation_t operation_a, cublasOperation_t operation_b, Sizes sizes,
                    const T* alpha, Matrices a, std::int64_t lda, Matrices b, std::int64_t ldb, const T* beta,
                    Matrices c, std::int64_t ldc, std::int64_t batch, bool arrays) {
  using vgpu::blas::ComputeType;
  using vgpu::blas::DataType;
  constexpr auto kType = kDataTypeOf<T>;
  constexpr bool kDouble = kType == DataType::F64 || kType == DataType::C64;
  constexpr auto kSums = kDouble ? ComputeType::F64 : kType == DataType::F16 ? ComputeType::F16 : ComputeType::F32;
  return {.name = name,
          .operation_a = operation_a,
          .operation_b = operation_b,
          .m = sizes.m,
          .n = sizes.n,
          .k = sizes.k,
          .alpha = alpha,
          .a = a,
          .type_a = kType,
          .lda = lda,
          .b = b,
          .type_b = kType,
          .ldb = ldb,
          .beta = beta,
          .c = c,
          .type_c = kType,
          .ldc = ldc,
          .batch = batch,
          .arrays = arrays,
          .kind = {kSums, kType}};
}

// False for types that no gemm has in common.
bool set_types(GemmCall& call, DataTypes types, cublasComputeType_t compute) {
  const auto type_a = to_data_type(types.a);
  const auto type_b = to_data_type(types.b);
  const auto type_c = to_data_type(types.c);
  if (!type_a || !type_b || !type_c) return false;
  const auto kind = to_compute(compute, *type_a);
  if (!kind) return false;
  call.type_a = *type_a;
  call.type_b = *type_b;
  call.type_c = *type_c;
  call.kind = *kind;
  return true;
}

cublasStatus_t enqueue_extended_gemm(cublasHandle_t handle, GemmCall call, DataTypes types,
                                     cublasComputeType_t compute) {
  const bool bytes = types.a == kC8I && types.b == kC8I && types.c == kC32F;
  if (bytes) types.a = types.b = kC32F;
  if (!set_types(call, types, compute)) return kNotSupported;
  return bytes ? enqueue_complex_byte_gemm(handle, call) : enqueue_gemm(handle, call);
}

bool is_complex(cudaDataType_t type) {
  return type == kC32F;
}
bool is_real(cudaDataType_t type) {
  return type != kC32F;
}

// Groups are products of fewer kinds than single ones.
bool is_grouped_kind(DataTypes types, cublasComputeType_t compute) {
  if (types.b != types.a || types.c != types.a) return false;
  switch (compute) {
    case kCompute32F:
      return types.a == kR16F || types.a == kR16BF || types.a == kR32F;
    case kCompute32FPedantic:
    case kCompute32FFastTF32:
      return types.a == kR32F;
    case kCompute64F:
      return types.a == kR64F;
    default:
      return false;
  }
}

// Arrays of one value a group.
template <class Integer>
struct Groups {
  Integer count;
  const Integer* sizes;
  const cublasOperation_t *operations_a, *operations_b;
  const Integer *m, *n, *k, *lda, *ldb, *ldc;

  [[nodiscard]] bool complete() const {
    const auto all = {sizes, m, n, k, lda, ldb, ldc};
    return operations_a != nullptr && operations_b != nullptr && std::ranges::find(all, nullptr) == all.end();
  }
};

const void* advance(const void* pointer, std::int64_t bytes) {
  return static_cast<const std::byte*>(pointer) + bytes;
}

// Every group is checked before the first one is computed. `common` has the types and what all groups share; alpha and
// beta have one value a group, and are the host's.
template <class Integer>
cublasStatus_t enqueue_grouped_gemm(cublasHandle_t handle, const GemmCall& common, const Groups<Integer>& groups) {
  struct Group {
    GemmCall call;
    vgpu::blas::GemmShape shape;
    ScalarArgument alpha, beta;
  };
  if (handle->pointer_mode != 0) return kNotSupported;
  if (groups.count < 0) return kInvalidValue;
  if (groups.count == 0) return kSuccess;
  if (!groups.complete() || common.alpha == nullptr || common.beta == nullptr) return kInvalidValue;
  const auto scalar_size = static_cast<std::int64_t>(vgpu::blas::size_of(common.kind.scale));
  std::vector<Group> prepared;
  std::int64_t first = 0;
  for (Integer index = 0; index < groups.count; ++index) {
    GemmCall call = common;
    call.operation_a = groups.operations_a[index];
    call.operation_b = groups.operations_b[index];
    call.m = groups.m[index];
    call.n = groups.n[index];
    call.k = groups.k[index];
    call.lda = groups.lda[index];
    call.ldb = groups.ldb[index];
    call.ldc = groups.ldc[index];
    call.batch = groups.sizes[index];
    call.alpha = advance(common.alpha, index * scalar_size);
    call.beta = advance(common.beta, index * scalar_size);
    for (Matrices* each : {&call.a, &call.b, &call.c}) {
      each->pointer = advance(each->pointer, first * static_cast<std::int64_t>(sizeof(void*)));
    }
    vgpu::blas::GemmShape shape;
    if (const auto status = check_gemm(call, shape); status != kSuccess) return status;
    prepared.push_back({call, shape, ScalarArgument(handle->pointer_mode, call.kind.scale, call.alpha),
                        ScalarArgument(handle->pointer_mode, call.kind.scale, call.beta)});
    first += call.batch;
  }
  return enqueue(handle, common.name, [prepared = std::move(prepared)] {
    for (const Group& group : prepared) {
      vgpu::blas::gemm(group.shape, group.alpha.value(), group.beta.value(), group.call.batch,
                       [&](std::int64_t index) { return operands_of(group.call, index); });
    }
  });
}

}  // namespace

#define INTEGER int
#define NAME(name) name
#include "shims/cublas/gemm.inc"
#undef INTEGER
#undef NAME

#define INTEGER std::int64_t
#define NAME(name) name##_64
#include "shims/cublas/gemm.inc"
