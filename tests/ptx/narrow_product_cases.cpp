#include "tests/ptx/cases.h"

// mma of four-bit elements and of single bits, against the fragment layouts as the PTX manual states them.
namespace vgpu::test {
namespace {

using U32 = std::uint32_t;

std::string registers(const std::string& name, unsigned first, unsigned count) {
  std::string text = "{";
  for (unsigned i = 0; i < count; ++i) text += (i == 0 ? "%" : ", %") + name + std::to_string(first + i);
  return text + "}";
}

// Element (row, k) of A, or (column, k) of B: which register and lane holds it, and which of its elements it is.
struct Place {
  unsigned reg, lane, element;
};
Place place(unsigned row, unsigned k, unsigned rows, unsigned per_word) {
  const unsigned word = k / per_word;
  return {word / 4 * (rows / 8) + row / 8, row % 8 * 4 + word % 4, k % per_word};
}

template <class Product>
void products(Cases& cases, const std::string& opcode, unsigned m, unsigned k, unsigned per_word, Product product) {
  const unsigned a = m / 8 * (k / per_word / 4), b = k / per_word / 4, c = m / 4;
  warp_case(cases, opcode,
            opcode + " " + registers("o", 0, c) + ", " + registers("i", 0, a) + ", " + registers("i", a, b) + ", " +
                registers("i", a + b, c) + ";",
            Kinds(a + b + c, Kind::I32), Kinds(c, Kind::I32),
            [=](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
              for (unsigned reg = 0; reg < c; ++reg)
                for (unsigned lane = 0; lane < 32; ++lane) {
                  const unsigned row = lane / 4 + reg / 2 * 8, column = lane % 4 * 2 + reg % 2;
                  U32 sum = static_cast<U32>(in[a + b + reg][lane]);
                  for (unsigned step = 0; step < k; ++step) {
                    const Place left = place(row, step, m, per_word), right = place(column, step, 8, per_word);
                    sum += static_cast<U32>(product(static_cast<U32>(in[left.reg][left.lane]),
                                                    static_cast<U32>(in[a + right.reg][right.lane]), left.element));
                  }
                  out[reg][lane] = sum;
                }
            });
}

int nibble(U32 word, unsigned element, bool is_signed) {
  const int value = static_cast<int>(word >> 4 * element & 15);
  return is_signed && value > 7 ? value - 16 : value;
}

}  // namespace

void add_narrow_product_cases(Cases& cases) {
  struct Shape {
    unsigned m, k;
  };
  const auto prefix = [](const Shape& shape) {
    return "mma.sync.aligned.m" + std::to_string(shape.m) + "n8k" + std::to_string(shape.k) + ".row.col";
  };
  for (const Shape shape : {Shape{8, 32}, Shape{16, 32}, Shape{16, 64}})
    for (const bool a : {false, true})
      for (const bool b : {false, true}) {
        const std::string types = std::string(".s32.") + (a ? "s4" : "u4") + (b ? ".s4" : ".u4") + ".s32";
        products(cases, prefix(shape) + types, shape.m, shape.k, 8,
                 [=](U32 x, U32 y, unsigned element) { return nibble(x, element, a) * nibble(y, element, b); });
      }
  for (const Shape shape : {Shape{8, 128}, Shape{16, 128}, Shape{16, 256}}) {
    products(cases, prefix(shape) + ".s32.b1.b1.s32.xor.popc", shape.m, shape.k, 32,
             [](U32 x, U32 y, unsigned element) { return ((x ^ y) >> element & 1) != 0 ? 1 : 0; });
    products(cases, prefix(shape) + ".s32.b1.b1.s32.and.popc", shape.m, shape.k, 32,
             [](U32 x, U32 y, unsigned element) { return ((x & y) >> element & 1) != 0 ? 1 : 0; });
  }
}

}  // namespace vgpu::test
