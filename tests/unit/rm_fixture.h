#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstring>
#include <map>
#include <vector>

#include "gpu/model/device_file.h"
#include "gpu/model/uuid.h"
#include "seccomp/rm/abi/escapes.h"
#include "seccomp/rm/abi/status.h"
#include "seccomp/rm/driver.h"

// A driver for two cards, T4s by default, with processes that are no processes: their memory is this one's, and their
// descriptors too.
namespace vgpu::rm {

class RecordingJournal final : public Journal {
 public:
  void append(const Record& record) override { records.push_back(record); }
  std::vector<Record> records;
};

class FakeHost final : public Host {
 public:
  std::uint64_t real_time() override { return 1'700'000'000'000'000'000; }
  std::uint64_t monotonic_time() override { return now; }
  std::string library_version(pid_t) override { return version; }
  std::optional<DescriptorIdentity> descriptor(pid_t, int number) override {
    struct stat status{};
    if (::fstat(number, &status) != 0) return std::nullopt;
    return DescriptorIdentity{status.st_dev, status.st_ino};
  }
  bool read(const Caller&, std::uint64_t address, std::span<std::byte> bytes) override {
    if (!is_in_window(address, bytes.size())) return false;
    std::memcpy(bytes.data(), window.data() + (address - kWindow), bytes.size());
    return true;
  }
  bool write(const Caller&, std::uint64_t address, std::span<const std::byte> bytes) override {
    if (!is_in_window(address, bytes.size())) return false;
    std::memcpy(window.data() + (address - kWindow), bytes.data(), bytes.size());
    return true;
  }
  void log(const std::string& line) override { lines.push_back(line); }

  [[nodiscard]] bool is_in_window(std::uint64_t address, std::size_t size) const {
    return address >= kWindow && address - kWindow <= window.size() && size <= window.size() - (address - kWindow);
  }

  static constexpr std::uint64_t kWindow = 0x100000;
  std::vector<std::byte> window = std::vector<std::byte>(65536);  // what a process has in memory, at kWindow
  std::uint64_t now = 1'000'000'000;
  std::string version = "535.309.01";
  std::vector<std::string> lines;
};

// Only what was said to be readable can be read.
class FakeMemory final : public CallerMemory {
 public:
  bool read(std::uint64_t address, std::span<std::byte> bytes) const override {
    for (const auto& [begin, size] : readable) {
      if (address < begin || address - begin > size || bytes.size() > size - (address - begin)) continue;
      std::memcpy(bytes.data(), reinterpret_cast<const void*>(address), bytes.size());
      return true;
    }
    return bytes.empty();
  }
  template <class T>
  std::uint64_t add(T& object) {
    readable[reinterpret_cast<std::uint64_t>(&object)] = sizeof object;
    return reinterpret_cast<std::uint64_t>(&object);
  }
  std::map<std::uint64_t, std::size_t> readable;
};

inline constexpr std::uint32_t request_of(std::uint32_t number, std::size_t size) {
  return 0xc0000000 | static_cast<std::uint32_t>(size) << 16 | abi::kEscapeType << 8 | number;
}

inline std::vector<model::Device> two_cards(const char* profile = "t4") {
  std::vector<model::Device> devices;
  for (unsigned ordinal = 0; ordinal < 2; ++ordinal) {
    devices.push_back(model::make_device(*model::find_profile(profile), ordinal));
    devices.back().uuid = model::uuid_from_seed("container", ordinal);
  }
  return devices;
}

class RmTest : public testing::Test {
 protected:
  explicit RmTest(const char* profile = "t4") : devices(two_cards(profile)) {}

  OpenedFile open(Node node, pid_t process = 100) {
    auto opened = driver.open(node, Caller{process, process - 90});
    EXPECT_TRUE(opened.has_value());
    return *std::move(opened);
  }

  // The errno of a request; what it answers is in the parameters afterwards.
  template <class T>
  int ask(FileId file, std::uint32_t number, T& parameters) {
    FakeMemory memory = extra;
    return carry_out(driver.ioctl({file, request_of(number, sizeof parameters), memory.add(parameters), 100}, memory));
  }

  static int carry_out(const Answer& answer) {
    for (const MemoryWrite& write : answer.writes) {
      std::memcpy(reinterpret_cast<void*>(write.address), write.bytes.data(), write.bytes.size());
    }
    return answer.error;
  }

  // RM's status for making an object; its handle is in `handle`.
  template <class T>
  abi::Status make(FileId file, Handle client, Handle parent, Handle& handle, std::uint32_t object_class,
                   T& parameters) {
    abi::Allocate allocate{};
    allocate.root = client;
    allocate.parent = parent;
    allocate.object = handle;
    allocate.object_class = object_class;
    allocate.parameters = extra.add(parameters);
    EXPECT_EQ(ask(file, 0x2b, allocate), 0);
    handle = allocate.object;
    return static_cast<abi::Status>(allocate.status);
  }

  template <class T>
  abi::Status control(FileId file, Handle client, Handle object, std::uint32_t command, T& parameters) {
    abi::Control call{client, object, command, 0, extra.add(parameters), sizeof parameters, 0};
    EXPECT_EQ(ask(file, 0x2a, call), 0);
    return static_cast<abi::Status>(call.status);
  }

  // A client with a device and a subdevice of ordinal 0 or 1.
  struct Clients {
    OpenedFile control;
    Handle client = 0, device = 0, subdevice = 0;
  };
  Clients make_clients(std::uint32_t ordinal = 0, pid_t process = 100) {
    Clients made;
    made.control = open({NodeKind::Control, 0}, process);
    Handle out = 0;
    EXPECT_EQ(make(made.control.id, 0, 0, made.client, 0x41, out), abi::Status::Ok);
    std::uint32_t device[14] = {ordinal};
    EXPECT_EQ(make(made.control.id, made.client, made.client, made.device, 0x80, device), abi::Status::Ok);
    std::uint32_t subdevice = 0;
    EXPECT_EQ(make(made.control.id, made.client, made.device, made.subdevice, 0x2080, subdevice), abi::Status::Ok);
    return made;
  }

  const std::vector<model::Device> devices;
  RecordingJournal journal;
  FakeHost host;
  FakeMemory extra;
  Driver driver{devices, journal, host};
};

}  // namespace vgpu::rm
