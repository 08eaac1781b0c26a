#include "gpu/jit/float_mode.h"

namespace vgpu::jit {
namespace {

// True when the result of `i` would change if subnormal f32 and f64 operands or results became zero.
bool is_sensitive(const ptx::Instruction& i) {
  const bool f32 = i.types[0] == ptx::Type::F32 || i.types[1] == ptx::Type::F32;
  const bool f64 = i.types[0] == ptx::Type::F64 || i.types[1] == ptx::Type::F64;
  if (!f32 && !f64) return false;
  switch (i.op) {
    case ptx::Opcode::Add:
    case ptx::Opcode::Sub:
    case ptx::Opcode::Mul:
    case ptx::Opcode::Fma:
    case ptx::Opcode::Mad:
    case ptx::Opcode::Div:
    case ptx::Opcode::Rcp:
    case ptx::Opcode::Sqrt:
    case ptx::Opcode::Rsqrt:
    case ptx::Opcode::Ex2:
    case ptx::Opcode::Lg2:
    case ptx::Opcode::Sin:
    case ptx::Opcode::Cos:
    case ptx::Opcode::Tanh:
    case ptx::Opcode::Min:
    case ptx::Opcode::Max:
    case ptx::Opcode::Set:
    case ptx::Opcode::Setp:
    case ptx::Opcode::Slct:
    case ptx::Opcode::Testp:
    case ptx::Opcode::Atom:
    case ptx::Opcode::Red:
      return true;
    case ptx::Opcode::Cvt:
      // Integers to floats never make subnormals, and halves are exact in f32 or vanish either way.
      if (f64) return ptx::is_float(i.types[1]) || i.rounding != ptx::Rounding::Rzi;
      return i.types[1] == ptx::Type::F32 &&
             (i.types[0] == ptx::Type::F32 || i.rounding == ptx::Rounding::Rmi || i.rounding == ptx::Rounding::Rpi ||
              i.types[0] == ptx::Type::BF16 || i.types[0] == ptx::Type::BF16x2);
    default:
      return false;
  }
}

}  // namespace

FlushMode flush_mode(const ptx::Function& function) {
  bool flushed = false, plain = false;
  for (const ptx::Instruction& i : function.instructions) {
    flushed |= i.ftz;
    plain |= !i.ftz && is_sensitive(i);
  }
  if (!flushed) return FlushMode::None;
  return plain ? FlushMode::Explicit : FlushMode::Hardware;
}

}  // namespace vgpu::jit
