#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/file_descriptor.h"
#include "seccomp/rm/call.h"
#include "seccomp/rm/host.h"

// Looking at the processes of containers, by /proc and process_vm_readv(2). All of it is of the process only if the
// notification that named the process is still waiting afterwards.
namespace vgpu::seccomp {

// Memory of a thread's process.
class ThreadMemory final : public rm::CallerMemory {
 public:
  explicit ThreadMemory(pid_t thread) : thread_(thread) {}
  bool read(std::uint64_t address, std::span<std::byte> bytes) const override;

 private:
  pid_t thread_;
};

// Writes several pieces into a thread's process. False when not all of it could be written.
bool write_memory(pid_t thread, std::span<const rm::MemoryWrite> writes);

class Processes final : public rm::Host {
 public:
  // Called with lines for whoever runs the container.
  using Log = void (*)(const std::string& container, const std::string& line);
  Processes(std::string container, Log log_function);

  std::uint64_t real_time() override;
  std::uint64_t monotonic_time() override;
  std::string library_version(pid_t thread) override;
  std::optional<DescriptorIdentity> descriptor(pid_t thread, int number) override;
  bool read(const rm::Caller& process, std::uint64_t address, std::span<std::byte> bytes) override;
  bool write(const rm::Caller& process, std::uint64_t address, std::span<const std::byte> bytes) override;
  void log(const std::string& line) override;

  // The descriptor that it owns.
  [[nodiscard]] int own_descriptor() const { return proc_.get(); }

  // The process of a thread, here and in its innermost PID namespace; nullopt when it is gone.
  std::optional<rm::Caller> caller(pid_t thread);

  // The device number of the character device that a thread's path leads to, from `folder` where it is relative
  // (a descriptor of the thread or AT_FDCWD). The path is resolved in the thread's own root, and nothing is opened that
  // could be used. nullopt when it leads to anything else.
  std::optional<dev_t> device_at(pid_t thread, int folder, const std::string& path);

 private:
  // Of a process outside of a call, for channels; -1 when it has ended, or may do more than when it opened the file: a
  // program that it has become with the rights of another user is not to be written to.
  int memory_of(const rm::Caller& process);
  [[nodiscard]] std::string link_of(pid_t thread, const std::string& name) const;
  std::string container_;
  Log log_;
  FileDescriptor proc_;
  // Of /proc/PID/mem, by process and start time: it stays that of the program that ran when it was opened.
  std::map<std::pair<pid_t, std::uint64_t>, FileDescriptor> memories_;
};

// The text at an address, up to its 0; nullopt when it cannot be read or is longer than paths can be.
std::optional<std::string> read_path(const rm::CallerMemory& memory, std::uint64_t address);

}  // namespace vgpu::seccomp
