#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

// The table by which a worker finds what the one before it had: in memory that both share, with descriptors that both
// have. An entry counts once `used` is set.
namespace vgpu::seccomp {

inline constexpr std::size_t kMostContainers = 1024;
inline constexpr std::size_t kMostListeners = 4096;

struct ContainerEntry {
  std::atomic<std::uint32_t> used;
  std::int32_t journal;                // descriptor of a SharedJournal's file
  std::array<char, 256> state_folder;  // with its final 0
};

struct ListenerEntry {
  std::atomic<std::uint32_t> used;
  std::int32_t descriptor;  // the listener
  std::int32_t slot;        // descriptor of an AnswerSlot's file
  std::int32_t connection;  // on which it came, until that is closed; then -1
  std::uint32_t container;  // index of its entry
};

struct Table {
  std::atomic<std::uint32_t> had_listener;  // 1 once there was one
  std::array<ContainerEntry, kMostContainers> containers;
  std::array<ListenerEntry, kMostListeners> listeners;
};

}  // namespace vgpu::seccomp
