#pragma once

#include <array>
#include <cstddef>

#include "shims/preload/text.h"

// What the children of a process get of vgpu's environment although they are started with a cleaned one. Everything
// here may run between vfork and exec in a program of many threads: no memory is taken and nothing is written but the
// caller's stack.
namespace vgpu::preload {

// vgpu's part of an environment. A container's user decides what it is: it is taken from the environment that the
// process itself was started with, so that a variable which the user set keeps the user's value.
class Inheritance {
 public:
  // Copies from `environment`, which ends with nullptr. The copy counts: programs write over the memory of their first
  // environment, and change it. Nothing is inherited unless LD_PRELOAD names libraries of vgpu.
  void take(const char* const* environment);

  [[nodiscard]] bool empty() const { return libraries_.length == 0; }
  [[nodiscard]] Text libraries() const { return libraries_; }  // vgpu's own of LD_PRELOAD, separated by `:`
  [[nodiscard]] Text folder() const { return folder_; }        // theirs
  // NAME=VALUE of a variable of gpu/model/container_environment.def.
  static constexpr std::size_t kVariables = 5;
  [[nodiscard]] const char* variable(std::size_t index) const { return variables_[index]; }  // may be nullptr

 private:
  void take_libraries(Text value);
  void take_variable(const char* entry);

  std::array<char, 2048> memory_{};
  std::size_t used_ = 0;
  Text libraries_;
  Text folder_;
  std::array<const char*, kVariables> variables_{};
};

// The environment of a child, made from the caller's.
//
// LD_PRELOAD ends with vgpu's libraries and LD_LIBRARY_PATH with their folder, each once. Where none of the libraries
// was in LD_PRELOAD, which is how a cleaned environment is told from one without a single variable, the other variables
// are added that are missing.
class ChildEnvironment {
 public:
  // `environment` may be nullptr, which the kernel takes for an empty one. It must live as long as this.
  ChildEnvironment(const Inheritance& inheritance, const char* const* environment);
  ChildEnvironment(const ChildEnvironment&) = delete;
  ChildEnvironment& operator=(const ChildEnvironment&) = delete;

  // The caller's own where nothing is to be changed, or where the changed one is longer than there is room for.
  [[nodiscard]] char* const* entries() const { return const_cast<char* const*>(result_); }

 private:
  struct Edit {
    Text begin;  // NAME=
    Text addition;
    const char* entry = nullptr;  // the caller's, if any
  };
  bool build(const Inheritance& inheritance, const char* const* environment);
  bool add_entry(const char* entry);
  bool add_path(const Edit& edit);

  const char* const* result_;
  std::size_t count_ = 0;
  std::size_t used_ = 0;
  // Not initialised: only what is used of it is touched, on stacks that may be small.
  std::array<const char*, 1024> entries_;
  std::array<char, 3072> memory_;
};

}  // namespace vgpu::preload
