#include "tests/ptx/cases.h"

// wmma of f64: tiles that lie in memory by rows or by columns, multiplied and stored.
namespace vgpu::test {
namespace {

// Elements of A and B by row and column of the matrix; C is 3 everywhere.
int a_element(unsigned row, unsigned k) {
  return static_cast<int>(row * 7 + k * 3) % 11 - 5;
}
int b_element(unsigned k, unsigned column) {
  return static_cast<int>(k * 5 + column * 2) % 9 - 4;
}

std::string number(unsigned value) {
  return std::to_string(value);
}

// Stores `value(row, column)` of a matrix of 32 elements, one a lane: lane l has element l of the tile in memory.
std::string fill(const std::string& offset, bool by_rows, unsigned rows, unsigned columns, unsigned row_factor,
                 unsigned column_factor, unsigned modulus, unsigned bias) {
  const unsigned minor = by_rows ? columns : rows;
  return "div.u32 %r2, %lane, " + number(minor) + "; rem.u32 %r3, %lane, " + number(minor) + "; mul.lo.u32 %r4, %r2, " +
         number(by_rows ? row_factor : column_factor) + "; mad.lo.u32 %r4, %r3, " +
         number(by_rows ? column_factor : row_factor) + ", %r4; rem.u32 %r4, %r4, " + number(modulus) +
         "; sub.s32 %r4, %r4, " + number(bias) +
         "; cvt.rn.f64.s32 %d0, %r4; shl.b32 %r5, %lane, 3; add.u32 %r5, %r5, "
         "%r1; st.shared.f64 [%r5+" +
         offset + "], %d0; ";
}

}  // namespace

void add_double_tile_cases(Cases& cases) {
  for (const bool a_rows : {true, false})
    for (const bool b_rows : {true, false})
      for (const bool d_rows : {true, false}) {
        const auto layout = [](bool rows) { return std::string(rows ? "row" : "col"); };
        // C lies in shared memory with a stride of its own, D goes to scratch with 11 elements a row or column.
        std::string body = "mov.u32 %r1, smem; ";
        body += fill("0", a_rows, 8, 4, 7, 3, 11, 5);
        body += fill("256", b_rows, 4, 8, 5, 2, 9, 4);
        body +=
            "mov.f64 %d1, 0d4008000000000000; mul.lo.u32 %r6, %lane, 24; add.u32 %r6, %r6, %r1; st.shared.f64 "
            "[%r6+512], %d1; st.shared.f64 [%r6+520], %d1; st.shared.f64 [%r6+528], %d1; bar.warp.sync -1; "
            "add.u32 %r7, %r1, 256; add.u32 %r8, %r1, 512; ";
        body += "wmma.load.a.sync.aligned." + layout(a_rows) + ".m8n8k4.shared.f64 {%d2}, [%r1]; ";
        body += "wmma.load.b.sync.aligned." + layout(b_rows) + ".m8n8k4.shared.f64 {%d3}, [%r7], " +
                number(b_rows ? 8 : 4) + "; ";
        body += "wmma.load.c.sync.aligned.row.m8n8k4.shared.f64 {%d4, %d5}, [%r8], 9; ";
        body += "wmma.mma.sync.aligned." + layout(a_rows) + "." + layout(b_rows) +
                ".m8n8k4.rn.f64.f64.f64.f64 {%d6, %d7}, {%d2}, {%d3}, {%d4, %d5}; ";
        body += "mov.u32 %r9, 11; wmma.store.d.sync.aligned." + layout(d_rows) +
                ".m8n8k4.global.f64 [%scratch], {%d6, %d7}, %r9; bar.warp.sync -1; ";
        body +=
            "shr.u32 %r10, %lane, 2; and.b32 %r11, %lane, 3; mad.lo.u32 %r12, %r10, 11, %r11; mul.wide.u32 %t1, "
            "%r12, 8; add.s64 %t1, %t1, %scratch; ld.global.f64 %o0, [%t1]; ld.global.f64 %o1, [%t1+32];";
        warp_case(
            cases,
            "wmma.load wmma.mma wmma.store m8n8k4 f64 " + layout(a_rows) + " " + layout(b_rows) + " " + layout(d_rows),
            body, {}, {Kind::F64, Kind::F64}, [=](const std::vector<Lanes>&, std::vector<Lanes>& out) {
              for (unsigned lane = 0; lane < 32; ++lane)
                for (unsigned half = 0; half < 2; ++half) {
                  const unsigned major = lane / 4, minor = lane % 4 + 4 * half;
                  const unsigned row = d_rows ? major : minor, column = d_rows ? minor : major;
                  int sum = 3;
                  for (unsigned k = 0; k < 4; ++k) sum += a_element(row, k) * b_element(k, column);
                  out[half][lane] = to_bits(static_cast<double>(sum));
                }
            });
      }
}

}  // namespace vgpu::test
