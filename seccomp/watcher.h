#pragma once

#include <sys/epoll.h>
#include <sys/types.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include "base/file_descriptor.h"

// What a worker waits for: descriptors that become ready and processes that end. Thread-safe.
namespace vgpu::seccomp {

// What an event is about: a kind, the container, and a number of the kind.
struct About {
  enum class Kind : std::uint8_t { Signal, Socket, Connection, Listener, File, Process, Query };
  Kind kind = Kind::Signal;
  std::uint32_t container = 0;  // below 2^24
  std::uint32_t number = 0;
};

class Watcher {
 public:
  Watcher();
  [[nodiscard]] bool valid() const { return epoll_.valid(); }

  // EPOLLERR and EPOLLHUP are always among the events. It ends when the descriptor is closed.
  void add(int descriptor, std::uint32_t events, About about);
  void remove(int descriptor);

  // Watches a process, unless it is watched already. One that is gone ends at once.
  void add_process(std::uint32_t container, pid_t process);
  void remove_process(std::uint32_t container, pid_t process);
  void remove_processes(std::uint32_t container);

  // The descriptors that it owns.
  [[nodiscard]] std::vector<int> descriptors();

  // The next event; false when there is none within `milliseconds` (-1: wait for ever).
  bool next(About& about, int milliseconds);

 private:
  FileDescriptor epoll_;
  std::mutex mutex_;
  std::map<std::pair<std::uint32_t, pid_t>, FileDescriptor> processes_;
};

}  // namespace vgpu::seccomp
