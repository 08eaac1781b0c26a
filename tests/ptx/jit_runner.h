#pragma once

#include <string>

#include "base/error.h"
#include "gpu/jit/compile.h"
#include "gpu/jit/loader.h"
#include "gpu/ptx/module.h"
#include "tests/ptx/harness.h"

namespace vgpu::test {

// Compiles one entry with the JIT for `target`, in one of `forms`.
inline Expected<WarpRunner> compile_runner(const std::string& text, const std::string& entry, WarpRow warp_row,
                                           const jit::Target& target, const jit::CodeForms& forms = {}) {
  auto module = ptx::Module::parse(text);
  if (!module) return std::unexpected(module.error());
  auto function = (*module)->parse_entry(entry);
  if (!function) return std::unexpected(function.error());
  auto object = jit::compile(*function, warp_row, target, forms);
  if (!object) return std::unexpected(object.error());
  auto code = jit::load_object({object->data(), object->size()});
  if (!code) return std::unexpected(code.error());
  return code->function;
}

}  // namespace vgpu::test
