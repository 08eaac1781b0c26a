#include "gpu/warp/routines.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "gpu/warp/approximation_lanes.h"
#include "gpu/warp/cpu.h"
#include "gpu/warp/matrix_memory.h"
#include "gpu/warp/matrix_sets.h"
#include "gpu/warp/narrow_products.h"

namespace vgpu::warp {
namespace {

using ptx::Instruction;
using ptx::MatrixLayout;
using ptx::MatrixRole;
using ptx::Opcode;
using ptx::Type;

std::string shape_name(int m, int n, int k) {
  return "m" + std::to_string(m) + "n" + std::to_string(n) + "k" + std::to_string(k);
}

const char* layout_name(MatrixLayout layout) {
  return layout == MatrixLayout::Col ? "col" : "row";
}

std::string mma_name(int m, int n, int k, Type d, Type a, Type b, Type c) {
  return "vgpu_mma_" + shape_name(m, n, k) + "_" + type_name(d) + "_" + type_name(a) + "_" + type_name(b) + "_" +
         type_name(c);
}

std::string quad_name(MatrixLayout a, MatrixLayout b, Type d, Type c) {
  return mma_name(8, 8, 4, d, Type::F16, Type::F16, c) + "_" + layout_name(a) + "_" + layout_name(b);
}

std::string bit_product_name(int m, int k, ptx::Boolean operation) {
  if (operation == ptx::Boolean::None) return "";
  return mma_name(m, 8, k, Type::S32, Type::B1, Type::B1, Type::S32) +
         (operation == ptx::Boolean::And ? "_and" : "_xor");
}

std::string wmma_name(int m, int n, int k, Type d, Type a, Type c) {
  return "vgpu_wmma_" + shape_name(m, n, k) + "_" + type_name(d) + "_" + type_name(a) + "_" + type_name(c);
}

std::string tile_name(bool load, MatrixRole role, int m, int n, int k, Type type, MatrixLayout layout) {
  const char* role_name = role == MatrixRole::A ? "a_" : role == MatrixRole::B ? "b_" : "c_";
  return std::string(load ? "vgpu_wmma_load_" : "vgpu_wmma_store_") + (load ? role_name : "d_") + shape_name(m, n, k) +
         "_" + type_name(type) + "_" + layout_name(layout);
}

std::uint8_t registers(int elements, Type type) {
  return static_cast<std::uint8_t>(elements / per_register(type) / 32);
}

std::uint8_t tile(MatrixRole role, Type type, int m, int n, int k) {
  return static_cast<std::uint8_t>(tile_registers(role, type, m, n, k));
}

struct Table {
  std::unordered_map<std::string, Routine> routines;

  template <class Function>
  void add(const std::string& name, RoutineKind kind, Function* function, int d, int a = 0, int b = 0, int c = 0) {
    const auto count = [](int value) { return static_cast<std::uint8_t>(value); };
    const auto [entry, fresh] = routines.try_emplace(
        name, Routine{nullptr, reinterpret_cast<void*>(function), kind, count(d), count(a), count(b), count(c)});
    entry->second.name = entry->first.c_str();
  }
};

const MultiplyFunction* matrix_functions() {
  switch (best_instruction_set()) {
    case InstructionSet::Avx512:
      return avx512_matrix_functions();
    case InstructionSet::Avx2:
      return avx2_matrix_functions();
    default:
      return baseline_matrix_functions();
  }
}

void add_products(Table& table) {
  const MultiplyFunction* next = matrix_functions();
#define VGPU_MMA(m, n, k, d, a, b, c)                                                              \
  table.add(mma_name(m, n, k, Type::d, Type::a, Type::b, Type::c), RoutineKind::Multiply, *next++, \
            registers(m* n, Type::d), registers(m* k, Type::a), registers(k* n, Type::b), registers(m* n, Type::c));
#define VGPU_MMA_QUAD(a, b, d, c)                                                                          \
  table.add(quad_name(MatrixLayout::a, MatrixLayout::b, Type::d, Type::c), RoutineKind::Multiply, *next++, \
            registers(256, Type::d), 2, 2, registers(256, Type::c));
#define VGPU_WMMA(m, n, k, d, a, c)                                                        \
  table.add(wmma_name(m, n, k, Type::d, Type::a, Type::c), RoutineKind::Multiply, *next++, \
            tile(MatrixRole::D, Type::d, m, n, k), tile(MatrixRole::A, Type::a, m, n, k),  \
            tile(MatrixRole::B, Type::a, m, n, k), tile(MatrixRole::C, Type::c, m, n, k));
#include "gpu/warp/matrix.def"
#undef VGPU_MMA
#undef VGPU_MMA_QUAD
#undef VGPU_WMMA
}

template <int M, int K, Type A, Type B>
void add_narrow_product(Table& table) {
  constexpr int kPerRegister = narrow_elements(A) * 32;
  table.add(mma_name(M, 8, K, Type::S32, A, B, Type::S32), RoutineKind::Multiply, &multiply_narrow<M, K, A, B>, M / 4,
            M * K / kPerRegister, K * 8 / kPerRegister, M / 4);
}

template <int M, int K>
void add_narrow_products(Table& table) {
  add_narrow_product<M, K, Type::S4, Type::S4>(table);
  add_narrow_product<M, K, Type::S4, Type::U4>(table);
  add_narrow_product<M, K, Type::U4, Type::S4>(table);
  add_narrow_product<M, K, Type::U4, Type::U4>(table);
}

template <int M, int K>
void add_bit_products(Table& table) {
  constexpr int kA = M * K / (32 * 32), kB = 8 * K / (32 * 32);
  table.add(bit_product_name(M, K, ptx::Boolean::Xor), RoutineKind::Multiply,
            &multiply_narrow<M, K, Type::B1, Type::B1, BitProduct::Xor>, M / 4, kA, kB, M / 4);
  table.add(bit_product_name(M, K, ptx::Boolean::And), RoutineKind::Multiply,
            &multiply_narrow<M, K, Type::B1, Type::B1, BitProduct::And>, M / 4, kA, kB, M / 4);
}

void add_products_below_bytes(Table& table) {
  add_narrow_products<8, 32>(table);
  add_narrow_products<16, 32>(table);
  add_narrow_products<16, 64>(table);
  add_bit_products<8, 128>(table);
  add_bit_products<16, 128>(table);
  add_bit_products<16, 256>(table);
}

template <MatrixRole Role, int M, int N, int K, Type T, MatrixLayout Layout>
void add_tile_load(Table& table) {
  table.add(tile_name(true, Role, M, N, K, T, Layout), RoutineKind::LoadTile, &load_tile<Role, M, N, K, T, Layout>,
            tile_registers(Role, T, M, N, K));
}

template <int M, int N, int K, Type T, MatrixLayout Layout>
void add_tile_store(Table& table) {
  table.add(tile_name(false, MatrixRole::D, M, N, K, T, Layout), RoutineKind::StoreTile,
            &store_tile<M, N, K, T, Layout>, 0, tile_registers(MatrixRole::D, T, M, N, K));
}

void add_moves(Table& table) {
#define VGPU_TILE_LOAD(role, m, n, k, type)                                       \
  add_tile_load<MatrixRole::role, m, n, k, Type::type, MatrixLayout::Row>(table); \
  add_tile_load<MatrixRole::role, m, n, k, Type::type, MatrixLayout::Col>(table);
#define VGPU_TILE_STORE(m, n, k, type)                           \
  add_tile_store<m, n, k, Type::type, MatrixLayout::Row>(table); \
  add_tile_store<m, n, k, Type::type, MatrixLayout::Col>(table);
#include "gpu/warp/tile.def"
#undef VGPU_TILE_LOAD
#undef VGPU_TILE_STORE
  table.add("vgpu_ldmatrix_x1", RoutineKind::LoadRows, &load_matrix<1, false>, 1);
  table.add("vgpu_ldmatrix_x2", RoutineKind::LoadRows, &load_matrix<2, false>, 2);
  table.add("vgpu_ldmatrix_x4", RoutineKind::LoadRows, &load_matrix<4, false>, 4);
  table.add("vgpu_ldmatrix_x1_trans", RoutineKind::LoadRows, &load_matrix<1, true>, 1);
  table.add("vgpu_ldmatrix_x2_trans", RoutineKind::LoadRows, &load_matrix<2, true>, 2);
  table.add("vgpu_ldmatrix_x4_trans", RoutineKind::LoadRows, &load_matrix<4, true>, 4);
  table.add("vgpu_stmatrix_x1", RoutineKind::StoreRows, &store_matrix<1, false>, 0, 1);
  table.add("vgpu_stmatrix_x2", RoutineKind::StoreRows, &store_matrix<2, false>, 0, 2);
  table.add("vgpu_stmatrix_x4", RoutineKind::StoreRows, &store_matrix<4, false>, 0, 4);
  table.add("vgpu_stmatrix_x1_trans", RoutineKind::StoreRows, &store_matrix<1, true>, 0, 1);
  table.add("vgpu_stmatrix_x2_trans", RoutineKind::StoreRows, &store_matrix<2, true>, 0, 2);
  table.add("vgpu_stmatrix_x4_trans", RoutineKind::StoreRows, &store_matrix<4, true>, 0, 4);
  table.add("vgpu_movmatrix_trans", RoutineKind::Unary, &transpose_matrix, 1, 1);
}

template <float (*Function)(float)>
void add_approximation(Table& table, const std::string& name) {
  table.add("vgpu_" + name + "_approx_f32", RoutineKind::Unary, &approximate<Function, false>, 1, 1);
  table.add("vgpu_" + name + "_approx_ftz_f32", RoutineKind::Unary, &approximate<Function, true>, 1, 1);
}

const Table& table() {
  static const Table built = [] {
    Table made;
    add_products(made);
    add_products_below_bytes(made);
    add_moves(made);
    add_approximation<ex2_approx>(made, "ex2");
    add_approximation<lg2_approx>(made, "lg2");
    add_approximation<rcp_approx>(made, "rcp");
    add_approximation<sqrt_approx>(made, "sqrt");
    add_approximation<rsqrt_approx>(made, "rsqrt");
    add_approximation<sin_approx>(made, "sin");
    add_approximation<cos_approx>(made, "cos");
    add_approximation<tanh_approx>(made, "tanh");
    return made;
  }();
  return built;
}

std::string approximation_name(const Instruction& instruction, const char* name) {
  if (instruction.types[0] != Type::F32) return "";
  if (!instruction.approx && instruction.op != Opcode::Sin && instruction.op != Opcode::Cos) return "";
  return std::string("vgpu_") + name + "_approx_" + (instruction.ftz ? "ftz_f32" : "f32");
}

std::string routine_name(const Instruction& instruction) {
  const auto& types = instruction.types;
  const auto [m, n, k] = instruction.shape;
  switch (instruction.op) {
    case Opcode::Mma:
      if (instruction.satfinite && types[0] != Type::S32) return "";
      if (k == 4 && m == 8 && types[1] == Type::F16)
        return quad_name(instruction.layout_a, instruction.layout_b, types[0], types[3]);
      if (types[1] == Type::B1) return bit_product_name(m, k, instruction.boolean);
      return mma_name(m, n, k, types[0], types[1], types[2], types[3]);
    case Opcode::WmmaMma:
      if (instruction.satfinite && types[0] != Type::S32) return "";
      // The f16 forms name only d and c, the others all four.
      if (types[2] == Type::None) return wmma_name(m, n, k, types[0], Type::F16, types[1]);
      return types[1] == types[2] ? wmma_name(m, n, k, types[0], types[1], types[3]) : "";
    case Opcode::WmmaLoad:
      return tile_name(true, instruction.role, m, n, k, types[0], instruction.layout_a);
    case Opcode::WmmaStore:
      return tile_name(false, MatrixRole::D, m, n, k, types[0], instruction.layout_a);
    case Opcode::Ldmatrix:
      return "vgpu_ldmatrix_x" + std::to_string(instruction.vector) + (instruction.transposed ? "_trans" : "");
    case Opcode::Stmatrix:
      if (types[0] != Type::B16) return "";
      return "vgpu_stmatrix_x" + std::to_string(instruction.vector) + (instruction.transposed ? "_trans" : "");
    case Opcode::Movmatrix:
      return "vgpu_movmatrix_trans";
    case Opcode::Ex2:
      return approximation_name(instruction, "ex2");
    case Opcode::Lg2:
      return approximation_name(instruction, "lg2");
    case Opcode::Rcp:
      return approximation_name(instruction, "rcp");
    case Opcode::Sqrt:
      return approximation_name(instruction, "sqrt");
    case Opcode::Rsqrt:
      return approximation_name(instruction, "rsqrt");
    case Opcode::Sin:
      return approximation_name(instruction, "sin");
    case Opcode::Cos:
      return approximation_name(instruction, "cos");
    case Opcode::Tanh:
      return approximation_name(instruction, "tanh");
    default:
      return "";
  }
}

}  // namespace

const Routine* find_routine(std::string_view name) {
  const auto entry = table().routines.find(std::string(name));
  return entry == table().routines.end() ? nullptr : &entry->second;
}

const Routine* find_routine(const Instruction& instruction) {
  return find_routine(routine_name(instruction));
}

bool is_double_product(const Instruction& instruction) {
  const auto [m, n, k] = instruction.shape;
  if (instruction.op != Opcode::Mma && instruction.op != Opcode::WmmaMma) return false;
  if (instruction.op == Opcode::WmmaMma && m != 8) return false;
  if (instruction.types[0] != Type::F64 || n != 8 || (m != 8 && m != 16)) return false;
  const bool nearest = instruction.rounding == ptx::Rounding::None || instruction.rounding == ptx::Rounding::Rn;
  if (!nearest || (m == 8 ? k != 4 : k != 4 && k != 8 && k != 16)) return false;
  const int a = m * k / 32, b = k * n / 32, c = m * n / 32;
  return instruction.source_count == a + b + c && instruction.destination_count == c;
}

std::uint32_t natural_tile_stride(const Instruction& instruction) {
  const auto [m, n, k] = instruction.shape;
  const bool row = instruction.layout_a != MatrixLayout::Col;
  if (instruction.role == MatrixRole::A) return row ? k : m;
  if (instruction.role == MatrixRole::B) return row ? n : k;
  return row ? n : m;
}

}  // namespace vgpu::warp
