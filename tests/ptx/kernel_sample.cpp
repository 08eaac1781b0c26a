#include "tests/ptx/kernel_sample.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "gpu/fatbin/elf_section.h"
#include "gpu/fatbin/fatbin.h"

namespace vgpu::test {
namespace {

using ptx::Opcode;
using ptx::Operand;

// The template's name in an Itanium-mangled one: the first identifier.
std::string family(const std::string& entry) {
  const std::size_t digit = entry.find_first_of("0123456789");
  if (digit == std::string::npos) return entry;
  const std::size_t length = std::stoul(entry.substr(digit));
  std::size_t start = digit;
  while (start < entry.size() && std::isdigit(static_cast<unsigned char>(entry[start])) != 0) ++start;
  return entry.substr(start, length);
}

bool only_traps(const ptx::Function& function) {
  return std::none_of(function.instructions.begin(), function.instructions.end(),
                      [](const ptx::Instruction& i) { return i.op == Opcode::St && i.space == ptx::Space::Global; });
}

}  // namespace

std::vector<SampledKernel> sample_kernels(const std::string& elf_file, unsigned arch, unsigned per_family,
                                          std::size_t maximum_instructions) {
  std::vector<SampledKernel> sample;
  auto file = fatbin::ElfFile::open(elf_file);
  if (!file) return sample;
  std::map<std::string, unsigned> taken;
  for (const auto& container : file->containers()) {
    auto entries = fatbin::read_container(container);
    if (!entries) continue;
    for (const fatbin::Entry& image : *entries) {
      if (image.kind != fatbin::Kind::Ptx || image.arch != arch) continue;
      auto text = fatbin::unpack(image);
      if (!text) continue;
      auto module = ptx::Module::parse(std::move(*text));
      if (!module) continue;
      for (const ptx::EntrySignature& entry : (*module)->entries()) {
        unsigned& count = taken[family(entry.name)];
        if (count >= per_family) continue;
        auto function = (*module)->parse_entry(entry.name);
        if (!function || function->instructions.size() > maximum_instructions || only_traps(*function)) continue;
        ++count;
        sample.push_back({.module = *module, .entry = entry.name});
      }
    }
  }
  return sample;
}

std::vector<ParameterWord> classify_parameters(const ptx::Function& function) {
  std::vector<ParameterWord> words(function.parameter_size / 4 + 2, ParameterWord::Integer);
  std::map<std::uint32_t, std::uint64_t> loaded;  // register -> offset in the parameter block
  for (const ptx::Instruction& instruction : function.instructions) {
    const auto sources = function.sources(instruction);
    const auto destinations = function.destinations(instruction);
    if (instruction.op == Opcode::Ld && instruction.space == ptx::Space::Param && !sources.empty() &&
        sources[0].kind == Operand::Kind::Variable && !function.variables[sources[0].index].local_param) {
      const unsigned size = ptx::byte_size(instruction.types[0]);
      std::uint64_t offset = function.variables[sources[0].index].offset + static_cast<std::uint64_t>(sources[0].value);
      for (const Operand& destination : destinations) {
        loaded[destination.index] = offset;
        if (instruction.types[0] == ptx::Type::F32) words[offset / 4] = ParameterWord::Float;
        if (size == 8 && words[offset / 4] == ParameterWord::Integer)
          words[offset / 4 + 1] = ParameterWord::IntegerHigh;
        offset += size;
      }
    }
    const bool to_global = instruction.op == Opcode::Cvta && instruction.wide_to;
    if (to_global && sources[0].kind == Operand::Kind::Register && loaded.contains(sources[0].index)) {
      const std::uint64_t offset = loaded[sources[0].index];
      words[offset / 4] = ParameterWord::Pointer;
      words[offset / 4 + 1] = ParameterWord::PointerHigh;
    }
  }
  return words;
}

}  // namespace vgpu::test
