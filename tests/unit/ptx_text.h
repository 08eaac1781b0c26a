#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "gpu/ptx/module.h"

namespace vgpu::ptx {

// A module of version 8.4 for sm_75 with this text behind its head. Line 4 is the text's first.
inline Expected<std::shared_ptr<const Module>> parse_module(const std::string& text) {
  return Module::parse(".version 8.4\n.target sm_75\n.address_size 64\n" + text);
}

// The function of `.visible .entry k(.param .u64 p) {` BODY `}` behind `globals`.
inline Expected<Function> parse_kernel(const std::string& body, const std::string& globals = "") {
  const auto module = parse_module(globals + "\n.visible .entry k(.param .u64 p)\n{\n" + body + "\n}\n");
  if (!module) return std::unexpected(module.error());
  return (*module)->parse_entry("k");
}

}  // namespace vgpu::ptx
