#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "gpu/warp/context.h"

// Runs one warp of a kernel by itself: no other warps, so that barriers are passed at once.
namespace vgpu::test {

// What carries out a kernel: the interpreter, or code of the JIT.
using WarpRunner = std::function<void(WarpContext*)>;
// Makes a runner for the entry `entry` of the PTX text.
using Engine = std::function<Expected<WarpRunner>(const std::string& text, const std::string& entry)>;

// Thrown by the fault service, to leave the kernel.
struct Fault {
  FaultKind kind;
};

// A warp's surroundings: parameters, shared and local memory, services.
class SingleWarp {
 public:
  SingleWarp();
  SingleWarp(const SingleWarp&) = delete;
  SingleWarp& operator=(const SingleWarp&) = delete;

  // Appends a parameter at its natural alignment.
  void add_parameter(std::uint64_t value, std::size_t bytes = 8);
  void add_parameter(const void* pointer) { add_parameter(reinterpret_cast<std::uint64_t>(pointer)); }

  // Gives each lane a frame of so many bytes; 4096 without it.
  void reserve_local(std::uint32_t bytes);

  // The context to run with; its fields may be changed first.
  WarpContext& context() { return context_; }

  // Counts of what the kernel asked for.
  unsigned barriers = 0;
  unsigned yields = 0;
  // Formats passed to vprintf.
  std::vector<std::string> printed;
  // Addresses passed to free.
  std::vector<std::uint64_t> released;

 private:
  // malloc: a block as long as the warp lives.
  std::uint64_t allocate(std::uint64_t size);

  WarpContext context_{};
  WarpServices services_{};
  std::vector<std::byte> parameters_;
  std::vector<std::uint64_t> globals_;
  alignas(64) std::byte shared_[16384]{};
  alignas(64) std::byte waiting_[16384]{};
  std::vector<std::byte> local_;
  std::vector<std::unique_ptr<std::byte[]>> blocks_;
};

}  // namespace vgpu::test
