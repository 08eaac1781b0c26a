#pragma once

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "seccomp/rm/abi/escapes.h"

// Requests of the driver by system calls, for programs without any of NVIDIA's or vgpu's libraries. What fails ends the
// program with status 1 and a line that begins with "FAILED"; the driver's own status is returned.
namespace vgpu::testing {

namespace abi = rm::abi;
using abi::Handle;

[[noreturn]] inline void fail(const char* what, long value) {
  std::printf("FAILED: %s: %ld (errno %d)\n", what, value, errno);
  std::fflush(stdout);
  std::_Exit(1);
}

inline void expect(bool right, const char* what, long value = 0) {
  if (!right) fail(what, value);
}

inline int open_node(const char* path) {
  int descriptor = -1;
  do {
    descriptor = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC));
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) fail(path, descriptor);
  return descriptor;
}

template <class T>
void ask(int descriptor, unsigned number, T& parameters) {
  long result = 0;
  do {
    result = ::syscall(SYS_ioctl, descriptor, _IOC(_IOC_READ | _IOC_WRITE, abi::kEscapeType, number, sizeof parameters),
                       &parameters);
  } while (result < 0 && errno == EINTR);
  if (result != 0) fail("request", number);
}

inline std::uint32_t make(int descriptor, Handle client, Handle parent, Handle& object, std::uint32_t object_class,
                          void* parameters) {
  abi::Allocate allocate{};
  allocate.root = client;
  allocate.parent = parent;
  allocate.object = object;
  allocate.object_class = object_class;
  allocate.parameters = reinterpret_cast<std::uint64_t>(parameters);
  ask(descriptor, 0x2b, allocate);
  object = allocate.object;
  return allocate.status;
}

template <class T>
std::uint32_t control(int descriptor, Handle client, Handle object, std::uint32_t command, T& parameters) {
  abi::Control call{client, object, command, 0, reinterpret_cast<std::uint64_t>(&parameters), sizeof parameters, 0};
  ask(descriptor, 0x2a, call);
  return call.status;
}

inline std::uint32_t free_object(int descriptor, Handle client, Handle object) {
  abi::Free request{client, 0, object, 0};
  ask(descriptor, 0x29, request);
  return request.status;
}

// A client with its device and subdevice.
struct Opened {
  int control = -1;
  Handle client = 0, device = 0, subdevice = 0;
};
inline Opened open_client(std::uint32_t ordinal) {
  Opened opened;
  opened.control = open_node("/dev/nvidiactl");
  Handle made = 0;
  expect(make(opened.control, 0, 0, opened.client, 0x41, &made) == 0 && made == opened.client, "make client");
  std::array<std::uint32_t, 14> device{ordinal};
  expect(make(opened.control, opened.client, opened.client, opened.device, 0x80, device.data()) == 0, "make device");
  std::uint32_t subdevice = 0;
  expect(make(opened.control, opened.client, opened.device, opened.subdevice, 0x2080, &subdevice) == 0,
         "make subdevice");
  return opened;
}

}  // namespace vgpu::testing
