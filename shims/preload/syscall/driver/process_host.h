#pragma once

#include "seccomp/rm/host.h"

namespace vgpu::preload {

// The system as a driver sees it that serves its own process alone.
class ProcessHost final : public rm::Host {
 public:
  std::uint64_t real_time() override;
  std::uint64_t monotonic_time() override;
  std::string library_version(pid_t thread) override;
  std::optional<DescriptorIdentity> descriptor(pid_t thread, int number) override;
  bool read(const rm::Caller& process, std::uint64_t address, std::span<std::byte> bytes) override;
  bool write(const rm::Caller& process, std::uint64_t address, std::span<const std::byte> bytes) override;
  void log(const std::string& line) override;
};

}  // namespace vgpu::preload
