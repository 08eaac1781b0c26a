#include "gpu/blas/instructions.h"
#include "gpu/blas/multiply.h"
#include "gpu/blas/pack_avx512.h"
#include "gpu/blas/packed.h"

namespace vgpu::blas {
namespace {

constexpr PackedMethod kAmxBfloats = {.fewest_columns = 5,
                                      .left_in_place = true,
                                      .pack_left = avx512::pack_bfloats_left,
                                      .pack_right = avx512::pack_bfloats_right,
                                      .check = avx512::no_bfloat_is_subnormal,
                                      .multiply = amx::multiply_bfloats,
                                      .transpose = avx512::transpose};
constexpr PackedMethod kAvx512Bfloats = {.largest_short_side = 64,
                                         .left_in_place = true,
                                         .pack_left = avx512::pack_bfloats_left,
                                         .pack_right = avx512::pack_bfloats_right,
                                         .check = avx512::no_bfloat_is_subnormal,
                                         .multiply = avx512::multiply_bfloats,
                                         .transpose = avx512::transpose};
constexpr PackedMethod kAmxHalves = {.tiles_in_step = 2,
                                     .pack_left = avx512::pack_halves_left,
                                     .pack_right = avx512::pack_halves_right,
                                     .multiply = amx::multiply_split_halves,
                                     .transpose = avx512::transpose};
constexpr PackedMethod kAmxBytes = {.fewest_columns = 3,
                                    .values_in_group = 4,
                                    .left_in_place = true,
                                    .pack_left = avx512::pack_bytes_left,
                                    .pack_right = avx512::pack_bytes_right,
                                    .multiply = amx::multiply_bytes,
                                    .transpose = avx512::transpose};
constexpr PackedMethod kAvx512Bytes = {.values_in_group = 4,
                                       .pack_left = avx512::pack_unsigned_bytes_left,
                                       .pack_right = avx512::pack_bytes_right,
                                       .multiply = avx512::multiply_unsigned_bytes,
                                       .transpose = avx512::transpose};
constexpr PackedMethod kAvx2Bytes = {.pack_left = avx2::pack_bytes_left,
                                     .pack_right = avx2::pack_bytes_right,
                                     .multiply = avx2::multiply_bytes,
                                     .transpose = avx2::transpose};

}  // namespace

const PackedMethod* packed_method(DataType type) {
  switch (type) {
    case DataType::BF16:
      if (!has_bfloat_products()) return nullptr;
      return instructions() == Instructions::Amx ? &kAmxBfloats : &kAvx512Bfloats;
    case DataType::F16:
      return instructions() == Instructions::Amx ? &kAmxHalves : nullptr;
    case DataType::I8:
      switch (instructions()) {
        case Instructions::Amx:
          return &kAmxBytes;
        case Instructions::Avx512:
          return &kAvx512Bytes;
        case Instructions::Avx2:
          return &kAvx2Bytes;
        case Instructions::Baseline:
          return nullptr;
      }
      return nullptr;
    default:
      return nullptr;
  }
}

}  // namespace vgpu::blas
