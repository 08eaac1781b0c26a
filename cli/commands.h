#pragma once

#include <CLI/CLI.hpp>

#include "base/error.h"

// The commands of `vgpu`. Each function adds its command to the program; the command's work throws CommandFailed.
namespace vgpu::cli {

// A command's end with one line for the user.
struct CommandFailed {
  Error error;
};

// The value, or CommandFailed.
template <class T>
T value_or_fail(Expected<T> expected) {
  if (!expected) throw CommandFailed{std::move(expected.error())};
  if constexpr (!std::is_void_v<T>) return *std::move(expected);
}

void add_run(CLI::App& program);
void add_hooks(CLI::App& program);
void add_cdi(CLI::App& program);
void add_seccomp(CLI::App& program);
void add_profiles(CLI::App& program);
void add_version(CLI::App& program);
void add_coverage(CLI::App& program);
void add_doctor(CLI::App& program);
void add_node(CLI::App& program);
void add_ps(CLI::App& program);
void add_top(CLI::App& program);
void add_cache(CLI::App& program);

}  // namespace vgpu::cli
