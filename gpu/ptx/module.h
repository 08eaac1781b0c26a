#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "gpu/ptx/ir.h"

namespace vgpu::ptx {

// What the head of an entry says, known without reading its body.
struct EntrySignature {
  std::string name;
  std::vector<Variable> parameters;  // Space::Param, offsets assigned with PTX's natural alignment
  std::uint32_t parameter_size = 0;
  std::array<std::uint32_t, 3> maximum_block{};   // .maxntid, 0 when absent
  std::array<std::uint32_t, 3> required_block{};  // .reqntid, 0 when absent
  std::uint32_t minimum_blocks_per_sm = 0;        // .minnctapersm
  std::string_view text;                          // head and body, inside Module::text()
  std::uint32_t line = 0;
};

// A `.func`: parse_entry puts its body in the place of each call, where it can (see procedures.h). One without a body
// (vprintf) stays a call.
struct DeviceFunction {
  std::string name;
  std::vector<Variable> results;
  std::vector<Variable> parameters;
  std::string_view body;   // braces included, inside Module::text(); empty when there is none
  std::uint32_t line = 0;  // of the body's start
  // What a pointer to it holds: not 0, and no address of memory. The same in all entries of the module.
  std::uint64_t address = 0;
};

// One PTX module: its variables and the heads of its entries, read in one quick scan. Bodies are parsed on demand.
class Module {
 public:
  // Reads a module's text (a trailing NUL is accepted). Fails on text that is not PTX: names line and token.
  static Expected<std::shared_ptr<const Module>> parse(std::string text);

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] unsigned target() const { return target_; }    // 61 for sm_61
  [[nodiscard]] unsigned version() const { return version_; }  // 84 for .version 8.4
  [[nodiscard]] const std::vector<Variable>& variables() const { return variables_; }
  [[nodiscard]] const std::vector<EntrySignature>& entries() const { return entries_; }
  // nullptr when there is none of that name.
  [[nodiscard]] const EntrySignature* find_entry(std::string_view name) const;
  [[nodiscard]] const Variable* find_variable(std::string_view name) const;
  // A declaration or, where there is one, the definition.
  [[nodiscard]] const DeviceFunction* find_function(std::string_view name) const;
  [[nodiscard]] const std::vector<DeviceFunction>& functions() const { return functions_; }
  // The functions that a pointer may refer to. The first call reads the whole text.
  [[nodiscard]] const std::vector<const DeviceFunction*>& address_taken() const;

  // Parses an entry's body. Fails with the line and the full opcode for an instruction that vgpu does not know.
  // The result depends on the text alone, so that two parses agree on register, variable and global numbering.
  [[nodiscard]] Expected<Function> parse_entry(std::string_view name) const;

 private:
  std::string text_;
  unsigned target_ = 0;
  unsigned version_ = 0;
  std::vector<Variable> variables_;
  std::vector<EntrySignature> entries_;
  std::vector<DeviceFunction> functions_;
  mutable std::once_flag addresses_found_;
  mutable std::vector<const DeviceFunction*> address_taken_;
};

}  // namespace vgpu::ptx
