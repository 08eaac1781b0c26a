#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

#include "tests/ptx/jit_runner.h"

// Random control flow through the JIT against a simulation of single threads: nested loops and branches on lane values
// and on uniform ones, breaks, early exits, and graphs that are not reducible at all.
namespace vgpu::test {
namespace {

constexpr std::uint32_t kRegisters = 6;  // 0-3 begin with lane values, 4 and 5 with one value for all lanes
constexpr std::uint32_t kEnd = ~0u;

struct Step {
  enum class Kind { MultiplyAdd, Xor, AddConstant, Copy, GuardedAdd, Store } kind;
  std::uint32_t to, from, constant;
};

// A block ends by going to `taken` when (register & mask) < limit, else to `other`.
struct Block {
  std::vector<Step> steps;
  std::uint32_t tested, mask, limit, taken, other;
};

using Program = std::vector<Block>;
using Memory = std::array<std::array<std::uint32_t, 16>, 32>;

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  // Any block may go to any other.
  Program arbitrary() {
    Program program(3 + pick(8));
    for (Block& block : program) {
      fill(block);
      const auto target = [&] { return pick(8) == 0 ? kEnd : pick(static_cast<std::uint32_t>(program.size())); };
      block.taken = target();
      block.other = target();
    }
    return program;
  }

  // Nested branches and loops with breaks.
  Program structured() {
    program_.clear();
    const std::uint32_t start = add();
    const std::uint32_t last = sequence(start, 3, kEnd);
    program_[last].taken = program_[last].other = kEnd;
    return program_;
  }

 private:
  std::uint32_t pick(std::uint32_t below) { return static_cast<std::uint32_t>(random_()) % below; }

  void fill(Block& block) {
    const std::uint32_t count = 1 + pick(4);
    for (std::uint32_t k = 0; k < count; ++k) {
      Step step{static_cast<Step::Kind>(pick(6)), pick(kRegisters), pick(kRegisters), pick(1000)};
      // The uniform registers change only by constants, so that some branches can be shown to be uniform.
      if (step.to >= 4 && step.kind != Step::Kind::Store) step.kind = Step::Kind::AddConstant;
      block.steps.push_back(step);
    }
    block.tested = pick(kRegisters);
    block.mask = (2u << pick(4)) - 1;
    block.limit = 1 + pick(block.mask);
  }

  std::uint32_t add() {
    Block block;
    fill(block);
    block.taken = block.other = kEnd;
    program_.push_back(block);
    return static_cast<std::uint32_t>(program_.size() - 1);
  }

  // Adds constructs after block `at`; returns the block at the end. A loop's exit, for breaks, is `exit`.
  std::uint32_t sequence(std::uint32_t at, unsigned depth, std::uint32_t exit) {
    const std::uint32_t count = 1 + pick(3);
    for (std::uint32_t k = 0; k < count; ++k) {
      const std::uint32_t kind = depth == 0 ? 3 : pick(4);
      if (kind <= 1) {
        const std::uint32_t yes = add(), no = add(), join = add();
        program_[at].taken = yes;
        program_[at].other = kind == 0 ? no : join;
        const std::uint32_t yes_end = sequence(yes, depth - 1, exit);
        program_[yes_end].taken = program_[yes_end].other = join;
        if (pick(4) == 0) program_[yes_end].taken = exit;
        const std::uint32_t no_end = sequence(no, depth - 1, exit);
        program_[no_end].taken = program_[no_end].other = join;
        at = join;
      } else if (kind == 2) {
        const std::uint32_t header = add(), body = add(), after = add();
        program_[at].taken = program_[at].other = header;
        program_[header].taken = body;
        program_[header].other = after;
        const std::uint32_t latch = sequence(body, depth - 1, after);
        program_[latch].taken = header;
        program_[latch].other = pick(2) == 0 ? header : after;
        at = after;
      } else {
        const std::uint32_t next = add();
        program_[at].taken = program_[at].other = next;
        at = next;
      }
    }
    return at;
  }

  std::mt19937 random_;
  Program program_;
};

constexpr std::uint32_t kFuel = 60;

std::string ptx_of(const Program& program) {
  std::string text =
      ".version 8.0\n.target sm_61\n.address_size 64\n.visible .entry flow(.param .u64 memory)\n{\n"
      ".reg .pred %p<4>;\n.reg .b32 %r<16>;\n.reg .b64 %rd<4>;\n"
      "ld.param.u64 %rd0, [memory];\nmov.u32 %r10, %tid.x;\nmul.wide.u32 %rd1, %r10, 64;\n"
      "add.s64 %rd0, %rd0, %rd1;\nmov.u32 %r9, " +
      std::to_string(kFuel) +
      ";\nmov.u32 %r0, %r10;\n"
      "mul.lo.s32 %r1, %r10, 7;\nmad.lo.s32 %r2, %r10, %r10, 3;\nshr.u32 %r3, %r10, 1;\n"
      "mov.u32 %r4, 0;\nmov.u32 %r5, 5;\n";
  const auto reg = [](std::uint32_t r) { return "%r" + std::to_string(r); };
  const auto label = [](std::uint32_t block) {
    return block == kEnd ? std::string("$END") : "$B" + std::to_string(block);
  };
  for (std::uint32_t b = 0; b < program.size(); ++b) {
    const Block& block = program[b];
    text += label(b) + ":\nsetp.eq.u32 %p0, %r9, 0;\n@%p0 bra $END;\nsub.u32 %r9, %r9, 1;\n";
    for (const Step& step : block.steps) {
      const std::string to = reg(step.to), from = reg(step.from), constant = std::to_string(step.constant);
      switch (step.kind) {
        case Step::Kind::MultiplyAdd:
          text += "mad.lo.s32 " + to + ", " + to + ", 5, " + from + ";\n";
          break;
        case Step::Kind::Xor:
          text += "xor.b32 " + to + ", " + to + ", " + constant + ";\n";
          break;
        case Step::Kind::AddConstant:
          text += "add.u32 " + to + ", " + to + ", " + constant + ";\n";
          break;
        case Step::Kind::Copy:
          text += "mov.u32 " + to + ", " + from + ";\n";
          break;
        case Step::Kind::GuardedAdd:
          text += "and.b32 %r11, " + from + ", 3;\nsetp.eq.u32 %p1, %r11, 1;\n@%p1 add.u32 " + to + ", " + to + ", " +
                  constant + ";\n";
          break;
        case Step::Kind::Store:
          text += "st.global.u32 [%rd0+" + std::to_string(32 + step.constant % 8 * 4) + "], " + from + ";\n";
          break;
      }
    }
    text += "and.b32 %r12, " + reg(block.tested) + ", " + std::to_string(block.mask) + ";\nsetp.lt.u32 %p2, %r12, " +
            std::to_string(block.limit) + ";\n@%p2 bra " + label(block.taken) + ";\nbra " + label(block.other) + ";\n";
  }
  text += "$END:\n";
  for (std::uint32_t r = 0; r < kRegisters; ++r) {
    text += "st.global.u32 [%rd0+" + std::to_string(4 * r) + "], " + reg(r) + ";\n";
  }
  return text + "st.global.u32 [%rd0+28], %r9;\nret;\n}\n";
}

void simulate(const Program& program, std::uint32_t lane, std::array<std::uint32_t, 16>& memory) {
  std::array<std::uint32_t, kRegisters> r = {lane, lane * 7, lane * lane + 3, lane >> 1, 0, 5};
  std::uint32_t fuel = kFuel, b = 0;
  while (b != kEnd && fuel != 0) {
    --fuel;
    const Block& block = program[b];
    for (const Step& step : block.steps) {
      switch (step.kind) {
        case Step::Kind::MultiplyAdd:
          r[step.to] = r[step.to] * 5 + r[step.from];
          break;
        case Step::Kind::Xor:
          r[step.to] ^= step.constant;
          break;
        case Step::Kind::AddConstant:
          r[step.to] += step.constant;
          break;
        case Step::Kind::Copy:
          r[step.to] = r[step.from];
          break;
        case Step::Kind::GuardedAdd:
          if ((r[step.from] & 3) == 1) r[step.to] += step.constant;
          break;
        case Step::Kind::Store:
          memory[8 + step.constant % 8] = r[step.from];
          break;
      }
    }
    b = (r[block.tested] & block.mask) < block.limit ? block.taken : block.other;
  }
  for (std::uint32_t k = 0; k < kRegisters; ++k) memory[k] = r[k];
  memory[7] = fuel;
}

void check(const Program& program, unsigned seed, WarpRow warp_row, std::uint32_t live,
           const jit::CodeForms& forms = {}) {
  const std::string text = ptx_of(program);
  const auto runner = compile_runner(text, "flow", warp_row, jit::host_target(), forms);
  ASSERT_TRUE(runner.has_value()) << runner.error().message << "\n" << text;
  Memory got{}, want{};
  SingleWarp warp;
  warp.add_parameter(got.data());
  warp.context().live = live;
  (*runner)(&warp.context());
  for (std::uint32_t lane = 0; lane < 32; ++lane) {
    if ((live >> lane & 1) != 0) simulate(program, lane, want[lane]);
  }
  ASSERT_EQ(got, want) << "seed " << seed << "\n" << text;
}

// All that can be known of a block with one warp, in turn.
WarpRow row_for(unsigned seed) {
  constexpr std::array<WarpRow, 5> kRows{kAnyBlock, kWholeRow, kOneWarp, kRowOfWarps, kColumnOfWarps};
  return kRows[seed % kRows.size()];
}

TEST(CompiledFlow, ArbitraryGraphs) {
  for (unsigned seed = 1; seed <= 30; ++seed) check(Generator(seed).arbitrary(), seed, row_for(seed), ~0u);
}

TEST(CompiledFlow, NestedLoopsAndBranches) {
  for (unsigned seed = 1; seed <= 30; ++seed) check(Generator(seed).structured(), seed, row_for(seed), ~0u);
}

TEST(CompiledFlow, MaskedAlone) {
  for (unsigned seed = 50; seed < 60; ++seed)
    check(Generator(seed).structured(), seed, kWholeRow, ~0u, {.speculating = false, .whole_blocks = true});
}

TEST(CompiledFlow, WarpByWarp) {
  for (unsigned seed = 60; seed < 70; ++seed)
    check(Generator(seed).structured(), seed, kWholeRow, ~0u, {.speculating = true, .whole_blocks = false});
}

TEST(CompiledFlow, LanesThatDoNotExist) {
  for (unsigned seed = 100; seed < 110; ++seed) check(Generator(seed).structured(), seed, kAnyBlock, 0x000fffffu);
}

}  // namespace
}  // namespace vgpu::test
