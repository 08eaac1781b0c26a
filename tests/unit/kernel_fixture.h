#pragma once

#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "rm_fixture.h"
#include "shims/kernel/system_calls.h"

// vgpu's own libraries against the driver, without anything in between: what a system call asks is answered by
// rm::Driver in the same process.
namespace vgpu::kernel {

class Machine {
 public:
  // The descriptor of an opened node, or an errno.
  std::expected<FileDescriptor, int> open(const std::string& path, pid_t process) {
    const std::lock_guard lock(mutex_);
    reap();
    rm::Node node{rm::NodeKind::Control, 0};
    constexpr std::string_view kPrefix = "/dev/nvidia";
    if (path != "/dev/nvidiactl") {
      node = {rm::NodeKind::Device, static_cast<unsigned>(std::stoul(path.substr(kPrefix.size())))};
    }
    auto opened = driver.open(node, rm::Caller{process, process});
    if (!opened) return std::unexpected(opened.error());
    watched_.push_back({opened->id, opened->watched});
    return std::move(opened->given);
  }

  int ioctl(int descriptor, unsigned long request, void* argument) {
    const std::lock_guard lock(mutex_);
    reap();
    struct stat status{};
    if (::fstat(descriptor, &status) != 0) return EBADF;
    const rm::File* file = driver.find_file(status.st_dev, status.st_ino);
    if (file == nullptr) return ENOTTY;
    const OwnMemory memory;
    const rm::Answer answer = driver.ioctl(
        {file->id, static_cast<std::uint32_t>(request), reinterpret_cast<std::uint64_t>(argument), 1}, memory);
    for (const rm::MemoryWrite& write : answer.writes) {
      std::memcpy(reinterpret_cast<void*>(write.address), write.bytes.data(), write.bytes.size());
    }
    if (answer.replacement) ::dup2(answer.replacement->source, answer.replacement->target);
    return answer.error;
  }

  // Closes what the last descriptor is gone of.
  void reap() {
    std::erase_if(watched_, [&](const Watched& watched) {
      pollfd entry{watched.descriptor, 0, 0};
      if (::poll(&entry, 1, 0) != 1 || (entry.revents & POLLERR) == 0) return false;
      driver.close(watched.file);
      driver.close_dropped();
      return true;
    });
  }

  const std::vector<model::Device> devices = rm::two_cards();
  rm::RecordingJournal journal;
  rm::FakeHost host;
  rm::Driver driver{devices, journal, host};

 private:
  struct OwnMemory final : rm::CallerMemory {
    bool read(std::uint64_t address, std::span<std::byte> bytes) const override {
      std::memcpy(bytes.data(), reinterpret_cast<const void*>(address), bytes.size());
      return true;
    }
  };
  struct Watched {
    rm::FileId file;
    int descriptor;
  };
  std::mutex mutex_;
  std::vector<Watched> watched_;
};

// The system calls of one process of it.
class FakeCalls final : public SystemCalls {
 public:
  FakeCalls(Machine& machine, pid_t process) : machine_(machine), process_(process) {}

  FileDescriptor open(const char* path) override {
    ++opened;
    if (refused != 0) {
      errno = refused;
      return {};
    }
    auto file = machine_.open(path, process_);
    if (!file) {
      errno = file.error();
      return {};
    }
    descriptors.push_back(file->get());
    return std::move(*file);
  }
  int ioctl(int descriptor, unsigned long request, void* argument) override {
    if (interruptions > 0) {
      --interruptions;
      errno = EINTR;
      return -1;
    }
    ++asked;
    const int error = machine_.ioctl(descriptor, request, argument);
    errno = error;
    return error == 0 ? 0 : -1;
  }
  bool map_over(void* address, std::size_t size, int descriptor) override {
    return !unmappable &&
           ::mmap(address, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, descriptor, 0) != MAP_FAILED;
  }

  int refused = 0;  // errno of all that is opened
  bool unmappable = false;
  int interruptions = 0;  // of the next calls
  int opened = 0, asked = 0;
  std::vector<int> descriptors;  // all that were ever opened

 private:
  Machine& machine_;
  const pid_t process_;
};

}  // namespace vgpu::kernel
