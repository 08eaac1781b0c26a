#include <functional>

#include "tests/ptx/cases.h"

// mma, wmma, ldmatrix and movmatrix against the fragment layouts as the PTX manual states them, lane by lane. The
// inputs are small multiples of 1/4, so that every sum is exact in f16 and in f32 and its order does not matter.
namespace vgpu::test {
namespace {

using U32 = std::uint32_t;
using U64 = std::uint64_t;

struct Position {
  unsigned row, column;
};
// The position in the matrix of part `i` of register `reg` in a lane.
using Layout = std::function<Position(unsigned lane, unsigned reg, unsigned i)>;

enum class Element { Half, Brain, Tensor, Single, Signed8, Unsigned8, Integer };

unsigned parts(Element element) {
  switch (element) {
    case Element::Half:
    case Element::Brain:
      return 2;
    case Element::Signed8:
    case Element::Unsigned8:
      return 4;
    default:
      return 1;
  }
}

// Bits that stay of random inputs, and bits that are set: floats become ±1, 1.25, 1.5 or 1.75.
struct Shaping {
  U32 keep, set;
};
Shaping shaping(Element element) {
  switch (element) {
    case Element::Half:
      return {0x83008300, 0x3c003c00};
    case Element::Brain:
      return {0x80608060, 0x3f803f80};
    case Element::Tensor:
    case Element::Single:
      return {0x80600000, 0x3f800000};
    default:
      return {0xffffffff, 0};
  }
}

double value_of(U32 word, unsigned i, Element element) {
  switch (element) {
    case Element::Half:
      return static_cast<double>(as<_Float16>(word >> 16 * i));
    case Element::Brain:
      return as<float>(U64{word >> 16 * i & 0xffff} << 16);
    case Element::Signed8:
      return static_cast<std::int8_t>(word >> 8 * i);
    case Element::Unsigned8:
      return static_cast<std::uint8_t>(word >> 8 * i);
    case Element::Integer:
      return static_cast<std::int32_t>(word);
    default:
      return as<float>(word);
  }
}

U32 bits_of_value(double value, Element element) {
  if (element == Element::Half) return static_cast<U32>(to_bits(static_cast<_Float16>(value)));
  if (element == Element::Integer) return static_cast<U32>(static_cast<std::int64_t>(value));
  return static_cast<U32>(to_bits(static_cast<float>(value)));
}

struct Operand {
  Element element;
  unsigned registers;
  Layout layout;
};

std::string shaped(unsigned first, unsigned count, Element element, const std::string& name) {
  const Shaping s = shaping(element);
  std::string text;
  for (unsigned i = 0; i < count; ++i) {
    const std::string target = "%" + name + std::to_string(i);
    text += ".reg .b32 " + target + "; and.b32 " + target + ", %i" + std::to_string(first + i) + ", " +
            std::to_string(s.keep) + "; or.b32 " + target + ", " + target + ", " + std::to_string(s.set) + ";\n  ";
  }
  return text;
}

std::string list(const std::string& name, unsigned count) {
  std::string text = "{";
  for (unsigned i = 0; i < count; ++i) text += (i == 0 ? "%" : ", %") + name + std::to_string(i);
  return text + "}";
}

// Adds a case for `opcode` d, a, b, c. `group` tells apart the products that lanes form independently (m8n8k4).
void product(
    Cases& cases, const std::string& opcode, unsigned depth, const Operand& a, const Operand& b, const Operand& c,
    std::function<unsigned(unsigned)> group = [](unsigned) { return 0u; }) {
  const unsigned inputs = a.registers + b.registers + c.registers;
  std::string body = shaped(0, a.registers, a.element, "a") + shaped(a.registers, b.registers, b.element, "b") +
                     shaped(a.registers + b.registers, c.registers, c.element, "c");
  body += opcode + " " + list("o", c.registers) + ", " + list("a", a.registers) + ", " + list("b", b.registers) + ", " +
          list("c", c.registers) + ";";
  warp_case(cases, opcode, body, Kinds(inputs, Kind::I32), Kinds(c.registers, Kind::I32),
            [=](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
              static double left[4][32][64], right[4][64][32];
              const auto read = [&](const Operand& operand, unsigned first, auto store) {
                const Shaping s = shaping(operand.element);
                for (unsigned lane = 0; lane < 32; ++lane)
                  for (unsigned reg = 0; reg < operand.registers; ++reg)
                    for (unsigned i = 0; i < parts(operand.element); ++i) {
                      const auto word = (static_cast<U32>(in[first + reg][lane]) & s.keep) | s.set;
                      store(group(lane), operand.layout(lane, reg, i), value_of(word, i, operand.element));
                    }
              };
              read(a, 0, [&](unsigned g, Position p, double value) { left[g][p.row][p.column] = value; });
              read(b, a.registers, [&](unsigned g, Position p, double value) { right[g][p.row][p.column] = value; });
              const Shaping s = shaping(c.element);
              for (unsigned lane = 0; lane < 32; ++lane)
                for (unsigned reg = 0; reg < c.registers; ++reg)
                  for (unsigned i = 0; i < parts(c.element); ++i) {
                    const auto word = (static_cast<U32>(in[a.registers + b.registers + reg][lane]) & s.keep) | s.set;
                    const Position p = c.layout(lane, reg, i);
                    double sum = value_of(word, i, c.element);
                    for (unsigned k = 0; k < depth; ++k)
                      sum += left[group(lane)][p.row][k] * right[group(lane)][k][p.column];
                    out[reg][lane] |= U64{bits_of_value(sum, c.element)} << (i * 16);
                  }
            });
}

// m16n8k*: groupID = lane / 4, threadID_in_group = lane % 4.
Layout left_16(unsigned n) {
  return [n](unsigned lane, unsigned reg, unsigned i) {
    return Position{lane / 4 + (reg % 2) * 8, lane % 4 * n + i + reg / 2 * 4 * n};
  };
}
Layout left_8(unsigned n) {
  return [n](unsigned lane, unsigned, unsigned i) { return Position{lane / 4, lane % 4 * n + i}; };
}
Layout right(unsigned n) {
  return [n](unsigned lane, unsigned reg, unsigned i) { return Position{lane % 4 * n + i + reg * 4 * n, lane / 4}; };
}
Position sum_words(unsigned lane, unsigned reg, unsigned) {
  return {lane / 4 + reg / 2 * 8, lane % 4 * 2 + reg % 2};
}
Position sum_halves(unsigned lane, unsigned reg, unsigned i) {
  return {lane / 4 + reg * 8, lane % 4 * 2 + i};
}

void sixteen_by_eight(Cases& cases) {
  const Operand single{Element::Single, 4, sum_words};
  const Operand half{Element::Half, 2, sum_halves};
  const Operand integer{Element::Integer, 4, sum_words};
  for (const unsigned k : {8u, 16u}) {
    const std::string name = "mma.sync.aligned.m16n8k" + std::to_string(k) + ".row.col";
    const Operand a{Element::Half, k / 4, left_16(2)};
    const Operand b{Element::Half, k / 8, right(2)};
    product(cases, name + ".f32.f16.f16.f32", k, a, b, single);
    product(cases, name + ".f16.f16.f16.f16", k, a, b, half);
    const Operand brain_a{Element::Brain, k / 4, left_16(2)};
    const Operand brain_b{Element::Brain, k / 8, right(2)};
    product(cases, name + ".f32.bf16.bf16.f32", k, brain_a, brain_b, single);
  }
  for (const unsigned k : {4u, 8u})
    product(cases, "mma.sync.aligned.m16n8k" + std::to_string(k) + ".row.col.f32.tf32.tf32.f32", k,
            {Element::Tensor, k / 2, left_16(1)}, {Element::Tensor, k / 4, right(1)}, single);
  for (const Element left : {Element::Signed8, Element::Unsigned8})
    for (const Element other : {Element::Signed8, Element::Unsigned8}) {
      const std::string types = std::string(".s32.") + (left == Element::Signed8 ? "s8." : "u8.") +
                                (other == Element::Signed8 ? "s8" : "u8") + ".s32";
      product(cases, "mma.sync.aligned.m8n8k16.row.col" + types, 16, {left, 1, left_8(4)}, {other, 1, right(4)},
              {Element::Integer, 2, sum_words});
      for (const unsigned k : {16u, 32u})
        product(cases, "mma.sync.aligned.m16n8k" + std::to_string(k) + ".row.col" + types, k, {left, k / 8, left_16(4)},
                {other, k / 16, right(4)}, integer);
    }
}

// m8n8k4: the four quad pairs {l, l + 16} work alone.
void quad_pairs(Cases& cases) {
  const auto group = [](unsigned lane) { return lane % 16 / 4; };
  const auto upper = [](unsigned lane) { return lane < 16 ? 0u : 4u; };
  const Operand single{Element::Single, 8, [=](unsigned lane, unsigned reg, unsigned) {
                         return Position{(lane & 1) + (reg & 2) + upper(lane), (reg & 4) + (lane & 2) + (reg & 1)};
                       }};
  const Operand half{Element::Half, 4, [=](unsigned lane, unsigned reg, unsigned i) {
                       return Position{lane % 4 + upper(lane), reg * 2 + i};
                     }};
  for (const bool row_a : {true, false})
    for (const bool row_b : {true, false}) {
      const Operand a{Element::Half, 2, [=](unsigned lane, unsigned reg, unsigned i) {
                        return row_a ? Position{lane % 4 + upper(lane), reg * 2 + i}
                                     : Position{reg * 2 + i + upper(lane), lane % 4};
                      }};
      const Operand b{Element::Half, 2, [=](unsigned lane, unsigned reg, unsigned i) {
                        return row_b ? Position{lane % 4, reg * 2 + i + upper(lane)}
                                     : Position{reg * 2 + i, lane % 4 + upper(lane)};
                      }};
      const std::string name =
          std::string("mma.sync.aligned.m8n8k4.") + (row_a ? "row." : "col.") + (row_b ? "row" : "col");
      product(cases, name + ".f32.f16.f16.f32", 4, a, b, single, group);
      product(cases, name + ".f16.f16.f16.f16", 4, a, b, half, group);
    }
}

// Accumulators at both ends of their range: products of one sign push some of them over it.
void saturated(Cases& cases, const std::string& opcode, unsigned rows, unsigned depth) {
  const unsigned a = rows / 8 * depth / 16, b = depth / 16, c = rows / 8 * 2;
  std::string body;
  const auto declare = [&](const char* name, unsigned count, unsigned first) {
    for (unsigned i = 0; i < count; ++i) {
      const std::string target = "%" + std::string(name) + std::to_string(i);
      body += ".reg .b32 " + target + "; mov.b32 " + target + ", %i" + std::to_string(first + i) + ";\n  ";
    }
  };
  declare("a", a, 0);
  declare("b", b, a);
  declare("c", c, a + b);
  // Bits 6 to 30 become copies of the sign's opposite: values within 64 of an end.
  for (unsigned i = 0; i < c; ++i) {
    const std::string sum = "%c" + std::to_string(i);
    body += "shr.s32 %r1, " + sum + ", 31; not.b32 %r1, %r1; and.b32 %r1, %r1, 0x7fffffc0; and.b32 " + sum + ", " +
            sum + ", 0x8000003f; or.b32 " + sum + ", " + sum + ", %r1;\n  ";
  }
  body += opcode + " " + list("o", c) + ", " + list("a", a) + ", " + list("b", b) + ", " + list("c", c) + ";";
  warp_case(cases, opcode, body, Kinds(a + b + c, Kind::I32), Kinds(c, Kind::I32),
            [=](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
              const auto byte = [&](unsigned reg, unsigned lane, unsigned i) {
                return std::int64_t{static_cast<std::int8_t>(in[reg][lane] >> 8 * i)};
              };
              for (unsigned reg = 0; reg < c; ++reg)
                for (unsigned lane = 0; lane < 32; ++lane) {
                  const auto given = static_cast<std::int32_t>(in[a + b + reg][lane]);
                  const U32 end = given < 0 ? 0x80000000u : 0x7fffffc0u;
                  std::int64_t sum = static_cast<std::int32_t>((static_cast<U32>(given) & 0x3fu) | end);
                  const unsigned column = lane % 4 * 2 + reg % 2;
                  for (unsigned k = 0; k < depth; ++k)
                    sum += byte(k / 16 * (rows / 8) + reg / 2, lane / 4 * 4 + k / 4 % 4, k % 4) *
                           byte(a + k / 16, column * 4 + k / 4 % 4, k % 4);
                  sum = std::min<std::int64_t>(std::max<std::int64_t>(sum, INT32_MIN), INT32_MAX);
                  out[reg][lane] = static_cast<U32>(sum);
                }
            });
}

// Inputs are small integers, so that no sum is rounded.
void doubles(Cases& cases, unsigned rows, unsigned depth) {
  const unsigned a = rows * depth / 32, b = depth / 4, c = rows / 4;
  const std::string opcode =
      "mma.sync.aligned.m" + std::to_string(rows) + "n8k" + std::to_string(depth) + ".row.col.f64.f64.f64.f64";
  std::string body;
  unsigned next = 0;
  const auto declare = [&](const char* name, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      const std::string target = "%" + std::string(name) + std::to_string(i);
      body += ".reg .f64 " + target + "; cvt.rn.f64.s32 " + target + ", %i" + std::to_string(next++) + ";\n  ";
    }
  };
  declare("a", a);
  declare("b", b);
  declare("c", c);
  body += opcode + " " + list("o", c) + ", " + list("a", a) + ", " + list("b", b) + ", " + list("c", c) + ";";
  // The bits of a product of two 32-bit integers may be rounded: 16 bits of them are kept.
  std::string kept;
  for (unsigned i = 0; i < a + b; ++i) {
    kept += ".reg .b32 %k" + std::to_string(i) + "; ";
    const std::string from = "%i" + std::to_string(i), to = "%k" + std::to_string(i);
    kept += "shr.s32 " + to + ", " + from + ", 16;\n  ";
    const std::size_t at = body.find(", " + from + ";");
    body.replace(at, from.size() + 3, ", " + to + ";");
  }
  warp_case(cases, opcode, kept + body, Kinds(a + b + c, Kind::I32), Kinds(c, Kind::F64),
            [=](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
              const auto value = [&](unsigned reg, unsigned lane) {
                return static_cast<double>(static_cast<std::int32_t>(in[reg][lane]) >> 16);
              };
              for (unsigned reg = 0; reg < c; ++reg)
                for (unsigned lane = 0; lane < 32; ++lane) {
                  double sum = static_cast<std::int32_t>(in[a + b + reg][lane]);
                  const unsigned column = lane % 4 * 2 + reg % 2;
                  for (unsigned k = 0; k < depth; ++k)
                    sum += value(k / 4 * (rows / 8) + reg / 2, lane / 4 * 4 + k % 4) *
                           value(a + k / 4, column * 4 + k % 4);
                  out[reg][lane] = to_bits(sum);
                }
            });
}

void moves(Cases& cases) {
  const auto scratch_word = [](U64 byte) { return ((byte * 37 + 11) & 0xff) | (((byte + 1) * 37 + 11) & 0xff) << 8; };
  for (const unsigned count : {1u, 2u, 4u})
    for (const auto& [transposed, generic] : {std::pair{false, false}, {false, true}, {true, false}, {true, true}}) {
      const bool by_columns = transposed;
      const std::string opcode = "ldmatrix.sync.aligned.m8n8.x" + std::to_string(count) + (transposed ? ".trans" : "") +
                                 (generic ? ".b16" : ".shared.b16");
      const std::string address = generic ? "cvt.u64.u32 %t3, %r2; cvta.shared.u64 %t3, %t3; " : "";
      // Lane l's row: 16 bytes of scratch at 48 l, copied to shared memory at the same offset.
      warp_case(cases, opcode,
                "mul.lo.u32 %r1, %lane, 48; cvt.u64.u32 %t1, %r1; add.s64 %t2, %t1, %scratch; mov.u32 %r2, smem; "
                "add.u32 %r2, %r2, %r1; ld.global.v4.u32 {%r3, %r4, %r5, %r6}, [%t2]; "
                "st.shared.v4.u32 [%r2], {%r3, %r4, %r5, %r6}; bar.warp.sync -1; " +
                    address + opcode + " " + list("o", count) + (generic ? ", [%t3];" : ", [%r2];"),
                {}, Kinds(count, Kind::I32), [=](const std::vector<Lanes>&, std::vector<Lanes>& out) {
                  const auto element = [&](U64 matrix, U64 row, U64 column) {
                    return scratch_word((matrix * 8 + row) * 48 + column * 2);
                  };
                  for (U64 reg = 0; reg < out.size(); ++reg)
                    for (U64 l = 0; l < 32; ++l) {
                      const U64 major = l / 4, minor = l % 4 * 2;
                      out[reg][l] = by_columns ? element(reg, minor, major) | element(reg, minor + 1, major) << 16
                                               : element(reg, major, minor) | element(reg, major, minor + 1) << 16;
                    }
                });
    }
  for (const unsigned count : {1u, 2u, 4u})
    for (const auto& [transposed, generic] : {std::pair{false, false}, {false, true}, {true, false}, {true, true}}) {
      const bool by_columns = transposed;
      const std::string opcode = "stmatrix.sync.aligned.m8n8.x" + std::to_string(count) + (transposed ? ".trans" : "") +
                                 (generic ? ".b16" : ".shared.b16");
      const std::string address = generic ? "cvt.u64.u32 %t3, %r2; cvta.shared.u64 %t3, %t3; " : "";
      // Lane l's row: 16 bytes at 48 l of shared memory; each lane reads a word of its own matrix and row back.
      warp_case(cases, opcode,
                "mul.lo.u32 %r1, %lane, 48; mov.u32 %r2, smem; add.u32 %r2, %r2, %r1; " + address + opcode +
                    (generic ? " [%t3], " : " [%r2], ") + list("i", count) +
                    "; bar.warp.sync -1; and.b32 %r3, %lane, " + std::to_string(count * 8 - 1) +
                    "; mul.lo.u32 %r3, %r3, 48; mov.u32 %r4, smem; add.u32 %r4, %r4, %r3; "
                    "ld.shared.v4.u32 {%o0, %o1, %o2, %o3}, [%r4];",
                Kinds(count, Kind::I32), Kinds(4, Kind::I32),
                [=](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
                  // Element (i, j) of a matrix is half j % 2 of lane 4 i + j / 2.
                  const auto element = [&](U64 matrix, U64 i, U64 j) {
                    return in[matrix][i * 4 + j / 2] >> 16 * (j % 2) & 0xffff;
                  };
                  for (U64 l = 0; l < 32; ++l)
                    for (U64 word = 0; word < 4; ++word) {
                      const U64 matrix = l % (count * 8) / 8, row = l % 8, column = word * 2;
                      out[word][l] = by_columns ? element(matrix, column, row) | element(matrix, column + 1, row) << 16
                                                : element(matrix, row, column) | element(matrix, row, column + 1) << 16;
                    }
                });
    }
  warp_case(cases, "movmatrix.sync.aligned.m8n8.trans.b16", "movmatrix.sync.aligned.m8n8.trans.b16 %o0, %i0;",
            {Kind::I32}, {Kind::I32}, [](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
              const auto element = [&](U64 row, U64 column) {
                return in[0][row * 4 + column / 2] >> 16 * (column % 2) & 0xffff;
              };
              for (U64 l = 0; l < 32; ++l) out[0][l] = element(l % 4 * 2, l / 4) | element(l % 4 * 2 + 1, l / 4) << 16;
            });
}

// wmma: loads A (row-major) and B (column-major) from f16 tiles made of the lane number, multiplies and stores. The
// fragments are the implementation's business; what is stored is not.
void tiles(Cases& cases, unsigned m, unsigned n, bool shared) {
  const unsigned k = 16;
  const std::string shape = "m" + std::to_string(m) + "n" + std::to_string(n) + "k16";
  std::string body =
      "mov.u32 %r1, smem; shl.b32 %r2, %lane, 5; add.u32 %r2, %r2, %r1; mov.u32 %r3, 0;\n"
      // 32 lanes fill 1024 words (2048 f16): word w holds two f16 out of {0, 1, 2, 3} by its number.
      "  mov.u32 %r4, %lane;\n"
      "FILL: and.b32 %r5, %r4, 3; cvt.rn.f16.u32 %h0, %r5; shr.u32 %r6, %r4, 2; and.b32 %r6, %r6, 3; "
      "cvt.rn.f16.u32 %h1, %r6; mov.b32 %r7, {%h0, %h1}; shl.b32 %r8, %r4, 2; add.u32 %r8, %r8, %r1; "
      "st.shared.u32 [%r8], %r7; add.u32 %r4, %r4, 32; setp.lt.u32 %p0, %r4, 1024; @%p0 bra FILL;\n"
      "  bar.warp.sync -1; .reg .b32 %a<8>; .reg .b32 %b<8>; .reg .f32 %c<8>; mov.u32 %r9, " +
      std::to_string(n) + ";\n";
  for (unsigned i = 0; i < 8; ++i) body += "  mov.f32 %c" + std::to_string(i) + ", 0f3F800000;\n";
  body += "  wmma.load.a.sync.aligned.row." + shape + ".shared.f16 " + list("a", 8) + ", [%r1], 16;\n";
  body +=
      "  add.u32 %r2, %r1, 1024; wmma.load.b.sync.aligned.col." + shape + ".shared.f16 " + list("b", 8) + ", [%r2];\n";
  body += "  wmma.mma.sync.aligned.row.col." + shape + ".f32.f32 " + list("c", 8) + ", " + list("a", 8) + ", " +
          list("b", 8) + ", " + list("c", 8) + ";\n";
  // The tiles that were loaded end at byte 4096 of smem.
  const std::string target = shared ? "[%r2]" : "[%scratch]";
  body += "  add.u32 %r2, %r1, 4096; wmma.store.d.sync.aligned.row." + shape + (shared ? ".shared" : ".global") +
          ".f32 " + target + ", " + list("c", 8) + ", %r9;\n";
  body += shared ? "  bar.warp.sync -1; mov.u64 %t2, smem; cvta.shared.u64 %t2, %t2; add.s64 %t2, %t2, 4096;\n"
                 : "  mov.u64 %t2, %scratch;\n";
  body += "  mul.wide.u32 %t1, %lane, 32; add.s64 %t1, %t1, %t2;\n";
  Kinds outputs(8, Kind::F32);
  for (unsigned i = 0; i < 8; ++i)
    body += "  ld.f32 %o" + std::to_string(i) + ", [%t1+" + std::to_string(i * 4) + "];\n";
  warp_case(cases, "wmma.load wmma.mma wmma.store " + shape + (shared ? " shared" : ""), body, {}, outputs,
            [=](const std::vector<Lanes>&, std::vector<Lanes>& out) {
              const auto half = [](unsigned index) { return index % 2 == 0 ? index / 2 & 3 : index / 2 >> 2 & 3; };
              for (unsigned e = 0; e < m * n; ++e) {
                const unsigned row = e / n, column = e % n;
                float sum = 1;
                for (unsigned d = 0; d < k; ++d)
                  sum += static_cast<float>(half(row * 16 + d) * half(512 + column * 16 + d));
                out[e % 8][e / 8] = to_bits(sum);
              }
            });
}

// wmma of tf32: A by rows and B by columns hold small integers, C is 0.
void tensor_float_tiles(Cases& cases) {
  std::string body =
      "mov.u32 %r1, smem; mov.u32 %r2, %lane; "
      // Word w of A is w % 7 - 3, of B, 512 bytes behind, w % 5 - 2.
      "FILL: rem.u32 %r3, %r2, 7; sub.s32 %r3, %r3, 3; cvt.rn.f32.s32 %f0, %r3; rem.u32 %r4, %r2, 5; sub.s32 %r4, %r4, "
      "2; cvt.rn.f32.s32 %f1, %r4; mad.lo.u32 %r5, %r2, 4, %r1; st.shared.f32 [%r5], %f0; st.shared.f32 [%r5+512], "
      "%f1; add.u32 %r2, %r2, 32; setp.lt.u32 %p0, %r2, 128; @%p0 bra FILL; bar.warp.sync -1; "
      ".reg .b32 %a<4>; .reg .b32 %b<4>; .reg .f32 %c<8>; add.u32 %r6, %r1, 512; mov.u32 %r7, 8; ";
  for (unsigned i = 0; i < 8; ++i) body += "mov.f32 %c" + std::to_string(i) + ", 0f00000000; ";
  body += "wmma.load.a.sync.aligned.row.m16n16k8.shared.tf32 " + list("a", 4) + ", [%r1], %r7; " +
          "wmma.load.b.sync.aligned.col.m16n16k8.shared.tf32 " + list("b", 4) + ", [%r6]; " +
          "wmma.mma.sync.aligned.row.col.m16n16k8.f32.tf32.tf32.f32 " + list("c", 8) + ", " + list("a", 4) + ", " +
          list("b", 4) + ", " + list("c", 8) + "; " + "wmma.store.d.sync.aligned.row.m16n16k8.global.f32 [%scratch], " +
          list("c", 8) + ", 16; bar.warp.sync -1; mul.wide.u32 %t1, %lane, 32; add.s64 %t1, %t1, %scratch; ";
  for (unsigned i = 0; i < 8; ++i) {
    body += "ld.global.f32 %o" + std::to_string(i) + ", [%t1+" + std::to_string(4 * i) + "]; ";
  }
  warp_case(cases, "wmma m16n16k8 tf32", body, {}, Kinds(8, Kind::F32),
            [](const std::vector<Lanes>&, std::vector<Lanes>& out) {
              for (unsigned e = 0; e < 256; ++e) {
                int sum = 0;
                for (unsigned k = 0; k < 8; ++k) {
                  sum += (static_cast<int>((e / 16 * 8 + k) % 7) - 3) * (static_cast<int>((e % 16 * 8 + k) % 5) - 2);
                }
                out[e % 8][e / 8] = to_bits(static_cast<float>(sum));
              }
            });
}

}  // namespace

void add_matrix_cases(Cases& cases) {
  sixteen_by_eight(cases);
  quad_pairs(cases);
  saturated(cases, "mma.sync.aligned.m8n8k16.row.col.satfinite.s32.s8.s8.s32", 8, 16);
  saturated(cases, "mma.sync.aligned.m16n8k16.row.col.satfinite.s32.s8.s8.s32", 16, 16);
  saturated(cases, "mma.sync.aligned.m16n8k32.row.col.satfinite.s32.s8.s8.s32", 16, 32);
  doubles(cases, 8, 4);
  for (const unsigned depth : {4u, 8u, 16u}) doubles(cases, 16, depth);
  moves(cases);
  tensor_float_tiles(cases);
  for (const bool shared : {false, true}) {
    tiles(cases, 16, 16, shared);
    tiles(cases, 8, 32, shared);
    tiles(cases, 32, 8, shared);
  }
}

}  // namespace vgpu::test
