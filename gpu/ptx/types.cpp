#include "gpu/ptx/types.h"

#include <array>
#include <string_view>

#include "gpu/ptx/modifiers.h"

namespace vgpu::ptx {
namespace {

enum class Family : std::uint8_t { Bits, Unsigned, Signed, Float };

struct TypeInfo {
  Type type;
  const char* name;
  std::uint8_t bits;
  Family family;
};

constexpr TypeInfo kTypes[] = {
    {Type::None, "none", 0, Family::Bits},
    {Type::Pred, "pred", 1, Family::Bits},
    {Type::B8, "b8", 8, Family::Bits},
    {Type::B16, "b16", 16, Family::Bits},
    {Type::B32, "b32", 32, Family::Bits},
    {Type::B64, "b64", 64, Family::Bits},
    {Type::B128, "b128", 128, Family::Bits},
    {Type::U8, "u8", 8, Family::Unsigned},
    {Type::U16, "u16", 16, Family::Unsigned},
    {Type::U32, "u32", 32, Family::Unsigned},
    {Type::U64, "u64", 64, Family::Unsigned},
    {Type::S8, "s8", 8, Family::Signed},
    {Type::S16, "s16", 16, Family::Signed},
    {Type::S32, "s32", 32, Family::Signed},
    {Type::S64, "s64", 64, Family::Signed},
    {Type::U4, "u4", 4, Family::Unsigned},
    {Type::S4, "s4", 4, Family::Signed},
    {Type::B1, "b1", 1, Family::Bits},
    {Type::U16x2, "u16x2", 32, Family::Unsigned},
    {Type::S16x2, "s16x2", 32, Family::Bits},
    {Type::F16, "f16", 16, Family::Float},
    {Type::F16x2, "f16x2", 32, Family::Float},
    {Type::BF16, "bf16", 16, Family::Float},
    {Type::BF16x2, "bf16x2", 32, Family::Float},
    {Type::TF32, "tf32", 32, Family::Float},
    {Type::F32, "f32", 32, Family::Float},
    {Type::F64, "f64", 64, Family::Float},
    {Type::E4M3, "e4m3", 8, Family::Float},
    {Type::E5M2, "e5m2", 8, Family::Float},
    {Type::E4M3x2, "e4m3x2", 16, Family::Float},
    {Type::E5M2x2, "e5m2x2", 16, Family::Float},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < std::size(kTypes); ++i) {
    if (kTypes[i].type != static_cast<Type>(i)) return false;
  }
  return std::size(kTypes) == static_cast<std::size_t>(Type::E5M2x2) + 1;
}
static_assert(in_order());

const TypeInfo& info(Type type) {
  return kTypes[static_cast<std::size_t>(type)];
}

}  // namespace

unsigned bit_width(Type type) {
  return info(type).bits;
}

unsigned byte_size(Type type) {
  return (info(type).bits + 7u) / 8u;
}

bool is_float(Type type) {
  return info(type).family == Family::Float;
}

bool is_signed_integer(Type type) {
  return info(type).family == Family::Signed;
}

const char* type_name(Type type) {
  return info(type).name;
}

Type find_type(std::string_view name) {
  for (std::size_t i = 1; i < std::size(kTypes); ++i) {
    if (kTypes[i].name == name) return kTypes[i].type;
  }
  return Type::None;
}

}  // namespace vgpu::ptx
