#include "shims/preload/syscall/driver/process_host.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>

#include "base/log.h"
#include "seccomp/rm/library_version.h"
#include "shims/preload/syscall/driver/own_memory.h"
#include "shims/preload/syscall/driver/read_text.h"

namespace vgpu::preload {
namespace {

std::uint64_t time_of(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace

std::uint64_t ProcessHost::real_time() {
  return time_of(CLOCK_REALTIME);
}

std::uint64_t ProcessHost::monotonic_time() {
  return time_of(CLOCK_MONOTONIC);
}

std::string ProcessHost::library_version(pid_t) {
  return rm::library_version_in(read_text("/proc/self/maps"));
}

std::optional<rm::Host::DescriptorIdentity> ProcessHost::descriptor(pid_t, int number) {
  struct stat status{};
  if (::fstat(number, &status) != 0) return std::nullopt;
  return DescriptorIdentity{status.st_dev, status.st_ino};
}

bool ProcessHost::read(const rm::Caller& process, std::uint64_t address, std::span<std::byte> bytes) {
  return process.process == ::getpid() && OwnMemory().read(address, bytes);
}

bool ProcessHost::write(const rm::Caller& process, std::uint64_t address, std::span<const std::byte> bytes) {
  return process.process == ::getpid() && write_own_memory(address, bytes);
}

void ProcessHost::log(const std::string& line) {
  vgpu::log(LogLevel::Warn, line);
}

}  // namespace vgpu::preload
