#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gpu/ptx/module.h"

// Kernels of real programs to compare the engines on.
namespace vgpu::test {

struct SampledKernel {
  std::shared_ptr<const ptx::Module> module;
  std::string entry;
};

// Entries of one architecture's PTX in an ELF file: at most `per_family` of each kernel template (entries whose mangled
// names begin alike), none longer than `maximum_instructions`, none that is only a trap. The same for every call.
std::vector<SampledKernel> sample_kernels(const std::string& elf_file, unsigned arch, unsigned per_family,
                                          std::size_t maximum_instructions);

// What is known of four bytes of an entry's parameter block.
enum class ParameterWord : std::uint8_t { Integer, IntegerHigh, Float, Pointer, PointerHigh };

// One for each four bytes of the parameter block: what the entry does with them.
std::vector<ParameterWord> classify_parameters(const ptx::Function& function);

}  // namespace vgpu::test
