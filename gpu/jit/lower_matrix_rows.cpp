#include "gpu/jit/lane_memory.h"
#include "gpu/jit/lowering.h"

// ldmatrix without .trans, in registers.
namespace vgpu::jit {
namespace {

constexpr unsigned kRows = 8;      // of one matrix
constexpr unsigned kRowWords = 4;  // 32-bit words

}  // namespace

// False where the way through memory is as good. Lane l of register r receives word l % 4 of the row at the address
// that lane 8 r + l / 4 passes (PTX manual, "ldmatrix").
bool Lowering::lower_rows(const ptx::Instruction& i) {
  const auto sources = function_.sources(i);
  const auto destinations = function_.destinations(i);
  if (i.op != ptx::Opcode::Ldmatrix || i.transposed || destinations.size() > kWarpSize / kRows) return false;
  const Address where = address(sources[0], i.space);
  llvm::SmallVector<llvm::SmallVector<int, kWarpSize>, 4> lane_of_row(destinations.size());
  for (unsigned r = 0; r < destinations.size(); ++r) {
    for (unsigned l = 0; l < kWarpSize; ++l) lane_of_row[r].push_back(static_cast<int>(kRows * r + l / kRowWords));
  }
  const auto word = [](unsigned lane) { return std::int64_t{4} * (lane % kRowWords); };
  std::vector<Value*> values;
  scalar_ = false;
  if (where.shape.kind == Kind::Pattern) {
    const LanePattern& rows = shapes_->pattern(where.shape);
    std::vector<LanePattern> patterns(destinations.size());
    std::vector<PatternLoad> loads;
    for (unsigned r = 0; r < destinations.size(); ++r) {
      for (unsigned l = 0; l < kWarpSize; ++l) {
        patterns[r][l] = rows[static_cast<unsigned>(lane_of_row[r][l])] + word(l);
      }
      loads.push_back({.pattern = patterns[r], .displacement = 0, .element = integer(32), .count = 1});
    }
    // All rows are there to be read, however far they lie apart.
    for (const auto& loaded : load_words(i, where.base, loads, INT32_MAX)) values.push_back(loaded[0]);
  } else if (Value* offsets = short_offsets(where); offsets != nullptr && target_.has_gather()) {
    LanePattern words;
    for (unsigned l = 0; l < kWarpSize; ++l) words[l] = word(l);
    for (const auto& lanes : lane_of_row) {
      Value* of_words = builder_.CreateAdd(builder_.CreateShuffleVector(offsets, lanes), lane_constants(32, words));
      values.push_back(emit_gather(builder_, integer(32), where.base, of_words, mask_));
    }
  }
  if (values.empty()) return false;
  for (std::size_t d = 0; d < destinations.size(); ++d) write(destinations[d], values[d]);
  return true;
}

}  // namespace vgpu::jit
