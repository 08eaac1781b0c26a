#include <cmath>
#include <cstring>
#include <random>

#include "tests/ptx/opcode_cases.h"

namespace vgpu::test {
namespace {

constexpr int kRounds = 10;  // edge values in pairings, then two of random ones, then two of equal lanes
constexpr int kFirstRandomRound = 6;
constexpr int kUniformRound = 8;
constexpr std::size_t kMostComplaints = 4;
constexpr std::size_t kScratchBytes = 16384;

std::vector<std::uint64_t> edges(Kind kind) {
  switch (kind) {
    case Kind::Pred:
      return {0, 1};
    case Kind::I8:
      return {0, 1, 0x7f, 0x80, 0xff, 0x55};
    case Kind::I16:
      return {0, 1, 2, 7, 0x7ffe, 0x7fff, 0x8000, 0x8001, 0xfffe, 0xffff, 0x1234, 0x00ff, 0xff00, 0x5555, 0xabcd, 100};
    case Kind::I32:
      return {0,          1,          2,          31,         0x7ffffffe, 0x7fffffff, 0x80000000, 0x80000001,
              0xfffffffe, 0xffffffff, 0x12345678, 0x0000ffff, 0xffff0000, 0x80808080, 0xdeadbeef, 1000003};
    case Kind::I64:
      return {0,
              1,
              2,
              0xffffffff,
              0x100000000,
              0x7fffffffffffffff,
              0x8000000000000000,
              0x8000000000000001,
              0xffffffffffffffff,
              0xfffffffffffffffe,
              0x123456789abcdef0,
              0xffffffff00000000,
              0x80000000,
              0x7fffffff,
              1000000007,
              0xfedcba9876543210};
    case Kind::Shift:
      return {0, 1, 2, 4, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 255, 256, 0xffffffff};
    case Kind::F16:
    case Kind::F16x2:
      return {0x0000, 0x8000, 0x3c00, 0xbc00, 0x0001, 0x8001, 0x03ff, 0x0400, 0x7bff,
              0xfbff, 0x7c00, 0xfc00, 0x7e00, 0x3555, 0x4248, 0xc500, 0x5640, 0x2e66};
    case Kind::BF16:
      return {0x0000, 0x8000, 0x3f80, 0xbf80, 0x0001, 0x7f7f, 0xff7f, 0x7f80, 0xff80, 0x7fc0, 0x4049, 0x3eab};
    case Kind::F64:
      return {0x0000000000000000, 0x8000000000000000, 0x3ff0000000000000, 0xbff0000000000000, 0x0000000000000001,
              0x7fefffffffffffff, 0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000, 0x3ff5555555555555,
              0x4059000000000000, 0xc1e0000000200000, 0x41dfffffffc00000, 0x43e0000000000000, 0x3fe0000000000000,
              0x36a0000000000000, 0x47efffffe0000000, 0xc004000000000000};
    default:
      return {0x00000000, 0x80000000, 0x3f800000, 0xbf800000, 0x00000001, 0x807fffff, 0x00800000,
              0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0x3eaaaaab, 0x3f000000,
              0xbf000000, 0x40200000, 0x4f000000, 0xcf000000, 0x5f000000, 0x42c80000, 0x3fc00000};
  }
}

unsigned bits_of(Kind kind) {
  switch (kind) {
    case Kind::Pred:
      return 1;
    case Kind::I8:
      return 8;
    case Kind::I16:
    case Kind::F16:
    case Kind::BF16:
      return 16;
    case Kind::I64:
    case Kind::F64:
      return 64;
    default:
      return 32;
  }
}

std::uint64_t truncate(std::uint64_t value, Kind kind) {
  const unsigned bits = bits_of(kind);
  return bits == 64 ? value : value & ((std::uint64_t{1} << bits) - 1);
}

// Edge values in every pairing, with random ones between.
Lanes make_input(Kind kind, std::size_t which, int round, std::mt19937_64& random) {
  const std::vector<std::uint64_t> values = edges(kind);
  Lanes lanes{};
  for (unsigned lane = 0; lane < 32; ++lane) {
    const std::size_t number = static_cast<std::size_t>(round) * 32 + lane;
    const std::size_t step = which == 0   ? number
                             : which == 1 ? number / values.size() + number
                                          : number / 7 + 3 * number;
    std::uint64_t value = values[step % values.size()];
    if (kind == Kind::F16x2) value |= values[(step * 5 + 3) % values.size()] << 16;
    if (round >= kFirstRandomRound && kind != Kind::Shift) value = random();
    // Random f32 and f64 of moderate size; random bits are mostly huge or tiny.
    if (round >= kFirstRandomRound && (kind == Kind::F32 || kind == Kind::Approx))
      value = std::bit_cast<std::uint32_t>(static_cast<float>(static_cast<std::int32_t>(value)) * 0x1p-24f);
    if (round >= kUniformRound) value = round == kUniformRound ? values.back() : values.front();
    lanes[lane] = truncate(value, kind);
  }
  return lanes;
}

const char* register_type(Kind kind) {
  switch (bits_of(kind)) {
    case 1:
      return "pred";
    case 64:
      return kind == Kind::F64 ? "f64" : "b64";
    case 32:
      return kind == Kind::F32 || kind == Kind::Approx ? "f32" : "b32";
    default:
      return "b16";
  }
}

bool is_nan(std::uint64_t bits, Kind kind) {
  switch (kind) {
    case Kind::F16:
      return (bits & 0x7fff) > 0x7c00;
    case Kind::BF16:
      return (bits & 0x7fff) > 0x7f80;
    case Kind::F64:
      return (bits & 0x7fffffffffffffff) > 0x7ff0000000000000;
    default:
      return (bits & 0x7fffffff) > 0x7f800000;
  }
}

bool equal(std::uint64_t actual, std::uint64_t expected, Kind kind, const OpcodeCase& test) {
  if (actual == expected) return true;
  switch (kind) {
    case Kind::F16x2:
      return equal(actual & 0xffff, expected & 0xffff, Kind::F16, test) &&
             equal(actual >> 16, expected >> 16, Kind::F16, test);
    case Kind::F16:
    case Kind::BF16:
    case Kind::F32:
    case Kind::F64:
      return is_nan(actual, kind) && is_nan(expected, kind);
    case Kind::Approx: {
      if (is_nan(actual, kind) || is_nan(expected, kind)) return is_nan(actual, kind) && is_nan(expected, kind);
      const double got = std::bit_cast<float>(static_cast<std::uint32_t>(actual));
      const double wanted = std::bit_cast<float>(static_cast<std::uint32_t>(expected));
      return std::fabs(got - wanted) <= test.absolute + test.relative * std::fabs(wanted);
    }
    default:
      return false;
  }
}

std::string hex(std::uint64_t value) {
  char text[32];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

std::string number(std::size_t value) {
  return std::to_string(value);
}

}  // namespace

std::string case_module(const OpcodeCase& test) {
  std::string text =
      ".version 8.4\n.target sm_90\n.address_size 64\n"
      ".visible .entry test(.param .u64 in, .param .u64 out, .param .u64 scratch)\n{\n"
      "  .reg .b64 %in, %out, %scratch, %t<16>;\n  .reg .b32 %lane, %r<16>;\n  .reg .b16 %h<16>;\n  .reg .f32 %f<16>;\n"
      "  .reg .f64 %d<8>;\n  .reg .pred %p<8>;\n  .shared .align 16 .b8 smem[8192];\n  .local .align 16 .b8 "
      "depot[256];\n";
  for (std::size_t i = 0; i < test.inputs.size(); ++i)
    text += std::string("  .reg .") + register_type(test.inputs[i]) + " %i" + number(i) + ";\n";
  for (std::size_t i = 0; i < test.outputs.size(); ++i)
    text += std::string("  .reg .") + register_type(test.outputs[i]) + " %o" + number(i) + ";\n";
  text +=
      "  ld.param.u64 %in, [in];\n  ld.param.u64 %out, [out];\n  ld.param.u64 %scratch, [scratch];\n"
      "  mov.u32 %lane, %laneid;\n  mul.wide.u32 %t0, %lane, 8;\n  add.s64 %in, %in, %t0;\n"
      "  add.s64 %out, %out, %t0;\n";
  for (std::size_t i = 0; i < test.inputs.size(); ++i) {
    const std::string from = "[%in+" + number(i * 256) + "];\n";
    if (test.inputs[i] == Kind::Pred) {
      text += "  ld.global.u32 %r15, " + from + "  setp.ne.s32 %i" + number(i) + ", %r15, 0;\n";
    } else {
      text += "  ld.global.b" + number(bits_of(test.inputs[i])) + " %i" + number(i) + ", " + from;
    }
  }
  text += "  " + test.body + "\n";
  for (std::size_t i = 0; i < test.outputs.size(); ++i) {
    const std::string to = "[%out+" + number(i * 256) + "]";
    if (test.outputs[i] == Kind::Pred) {
      text += "  selp.b32 %r15, 1, 0, %o" + number(i) + ";\n  st.global.u32 " + to + ", %r15;\n";
    } else {
      text += "  st.global.b" + number(bits_of(test.outputs[i])) + " " + to + ", %o" + number(i) + ";\n";
    }
  }
  return text + "  ret;\n}\n";
}

std::vector<std::string> run_case(const OpcodeCase& test, const Engine& engine) {
  auto runner = engine(case_module(test), "test");
  if (!runner) return {runner.error().message};
  std::vector<std::string> complaints;
  std::mt19937_64 random(12345);
  for (int round = 0; round < kRounds; ++round) {
    std::vector<Lanes> in;
    for (std::size_t i = 0; i < test.inputs.size(); ++i) in.push_back(make_input(test.inputs[i], i, round, random));
    std::vector<Lanes> expected(test.outputs.size()), out(test.outputs.size());
    test.reference(in, expected);
    std::vector<std::byte> scratch(kScratchBytes);
    for (std::size_t i = 0; i < scratch.size(); ++i) scratch[i] = static_cast<std::byte>(i * 37 + 11);
    SingleWarp warp;
    warp.add_parameter(in.data());
    warp.add_parameter(out.data());
    warp.add_parameter(scratch.data());
    (*runner)(&warp.context());
    for (std::size_t i = 0; i < out.size(); ++i)
      for (std::size_t lane = 0; lane < 32; ++lane) {
        const Kind kind = test.outputs[i];
        const std::uint64_t wanted = truncate(expected[i][lane], kind);
        if (equal(truncate(out[i][lane], kind), wanted, kind, test)) continue;
        std::string line = "output " + number(i) + " lane " + number(lane) + ": " + hex(out[i][lane]) + ", expected " +
                           hex(wanted) + " for";
        for (const Lanes& lanes : in) line += " " + hex(lanes[lane]);
        complaints.push_back(line);
        if (complaints.size() == kMostComplaints) return complaints;
      }
  }
  return complaints;
}

}  // namespace vgpu::test
