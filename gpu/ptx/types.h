#pragma once

#include <cstdint>

namespace vgpu::ptx {

// Fundamental and packed types of PTX (PTX ISA, "State Spaces, Types, and Variables"). A register has only a width;
// the type of an operation says how its bits are read.
enum class Type : std::uint8_t {
  None,
  Pred,
  B8,
  B16,
  B32,
  B64,
  B128,
  U8,
  U16,
  U32,
  U64,
  S8,
  S16,
  S32,
  S64,
  U4,
  S4,
  B1,  // operands of mma only
  U16x2,
  S16x2,
  F16,
  F16x2,
  BF16,
  BF16x2,
  TF32,
  F32,
  F64,
  E4M3,
  E5M2,
  E4M3x2,
  E5M2x2,
};

enum class Space : std::uint8_t { Generic, Global, Shared, Local, Param, Const };

enum class Rounding : std::uint8_t { None, Rn, Rz, Rm, Rp, Rna, Rni, Rzi, Rmi, Rpi };

enum class Comparison : std::uint8_t {
  None,
  Eq,
  Ne,
  Lt,
  Le,
  Gt,
  Ge,
  Lo,
  Ls,
  Hi,
  Hs,  // unsigned spellings
  Equ,
  Neu,
  Ltu,
  Leu,
  Gtu,
  Geu,  // true as well when an operand is NaN
  Num,
  Nan,
  Finite,
  Infinite,
  Normal,
  Subnormal,  // of testp, besides Num and Nan
};

enum class Boolean : std::uint8_t { None, And, Or, Xor };

// .lo, .hi and .wide of mul and mad.
enum class Half : std::uint8_t { None, Lo, Hi, Wide };

enum class MemoryOrder : std::uint8_t {
  Weak,
  Volatile,
  Relaxed,
  Acquire,
  Release,
  AcquireRelease,
  SequentiallyConsistent
};
enum class Scope : std::uint8_t { None, Cta, Cluster, Gpu, Sys };

// Cache operators of ld and st: hints, without effect on the result.
enum class CacheOperator : std::uint8_t { None, Ca, Cg, Cs, Lu, Cv, Wb, Wt };

enum class ShuffleMode : std::uint8_t { None, Up, Down, Butterfly, Index };
enum class VoteMode : std::uint8_t { None, All, Any, Uni, Ballot };
enum class AtomicOperation : std::uint8_t { None, And, Or, Xor, Exch, Add, Inc, Dec, Min, Max, Cas };
// What bar and barrier do; the last three are .red with its operation.
enum class BarrierOperation : std::uint8_t { None, Sync, Arrive, ReducePopc, ReduceAnd, ReduceOr };
enum class PermuteMode : std::uint8_t { None, F4e, B4e, Rc8, Ecl, Ecr, Rc16 };
// Which part of a texture or surface an instruction addresses: A1d and A2d are layers of 1D or 2D images.
enum class Geometry : std::uint8_t { None, D1, D2, D3, A1d, A2d, Cube, CubeArray, Samples, SamplesArray };
// What a surface instruction does outside of the surface.
enum class Boundary : std::uint8_t { Trap, Clamp, Zero };
// What txq and suq ask for.
enum class ImageQuery : std::uint8_t {
  None,
  Width,
  Height,
  Depth,
  ChannelDataType,
  ChannelOrder,
  NormalizedCoordinates,
  ArraySize,
  MipmapLevels,
  Samples,
  FilterMode,
  AddressMode0,
  AddressMode1,
  AddressMode2,
  ForceUnnormalized,
  MemoryLayout
};
enum class OpaqueType : std::uint8_t { None, Texture, Sampler, Surface };
enum class MatrixLayout : std::uint8_t { None, Row, Col };
// Which fragment wmma.load and wmma.store move.
enum class MatrixRole : std::uint8_t { None, A, B, C, D };

// mMnNkK of mma and wmma, or the 8x8 of ldmatrix and movmatrix (k = 0).
struct MatrixShape {
  std::uint16_t m = 0, n = 0, k = 0;
  friend bool operator==(const MatrixShape&, const MatrixShape&) = default;
};

enum class SpecialRegister : std::uint8_t {
  TidX,
  TidY,
  TidZ,
  NtidX,
  NtidY,
  NtidZ,
  CtaidX,
  CtaidY,
  CtaidZ,
  NctaidX,
  NctaidY,
  NctaidZ,
  LaneId,
  WarpId,
  NwarpId,
  WarpSize,
  SmId,
  NsmId,
  GridId,
  LanemaskEq,
  LanemaskLt,
  LanemaskLe,
  LanemaskGt,
  LanemaskGe,
  Clock,
  ClockHi,
  Clock64,
  GlobalTimer,
  GlobalTimerLo,
  GlobalTimerHi,
  EnvReg0,
  EnvReg1,
  EnvReg2,
  EnvReg3,
  DynamicSharedSize,
  TotalSharedSize,
};

// Bits of one value of `type`; 1 for Pred, 0 for None.
unsigned bit_width(Type type);
// Bytes that a value of `type` takes in memory (at least 1; 0 for None).
unsigned byte_size(Type type);
bool is_float(Type type);
// True for S8, S16, S32, S64, S4.
bool is_signed_integer(Type type);
// "s32", "f16x2", …: the spelling without the dot.
const char* type_name(Type type);

}  // namespace vgpu::ptx
