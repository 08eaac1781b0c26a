#include "shims/kernel/client.h"

#include <linux/ioctl.h>

#include <cerrno>
#include <cstdio>

namespace vgpu::kernel {
namespace {

constexpr const char* kControlNode = "/dev/nvidiactl";
constexpr std::uint32_t kClientClass = 0x41;  // NV01_ROOT_CLIENT

std::uint64_t address_of(const void* pointer) {
  return reinterpret_cast<std::uint64_t>(pointer);
}

}  // namespace

std::string describe(Status status) {
  char text[32];
  std::snprintf(text, sizeof text, "status 0x%x", static_cast<unsigned>(status));
  return text;
}

Expected<Client> Client::connect(SystemCalls& calls) {
  Client client(calls, calls.open(kControlNode));
  if (!client.control_.valid()) return system_failure("open", kControlNode, errno);
  const Expected<Handle> handle = client.make(0, kClientClass);
  if (!handle) return std::unexpected(handle.error());
  client.handle_ = *handle;
  return client;
}

int Client::ask(int descriptor, std::uint32_t escape, void* parameters, std::size_t size) const {
  const unsigned long request = _IOC(_IOC_READ | _IOC_WRITE, rm::abi::kEscapeType, escape, size);
  while (calls_->ioctl(descriptor, request, parameters) != 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

Expected<Handle> Client::make(Handle parent, std::uint32_t object_class, void* parameters, std::uint32_t size) const {
  rm::abi::Allocate allocate{};
  allocate.root = handle_;
  allocate.parent = parent;
  allocate.object_class = object_class;
  allocate.parameters = address_of(parameters);
  allocate.parameters_size = size;
  char name[32];
  std::snprintf(name, sizeof name, "class 0x%x", object_class);
  if (const int error = ask(descriptor(), kAllocateEscape, allocate); error != 0) {
    return system_failure("make object of", name, error);
  }
  const auto status = static_cast<Status>(allocate.status);
  if (status != Status::Ok) return failure(std::string("make object of \"") + name + "\": " + describe(status));
  return allocate.object;
}

Status Client::control(Handle object, std::uint32_t command, void* parameters, std::uint32_t size) const {
  rm::abi::Control control{};
  control.client = handle_;
  control.object = object;
  control.command = command;
  control.parameters = address_of(parameters);
  control.parameters_size = size;
  if (ask(descriptor(), kControlEscape, control) != 0) return Status::OperatingSystem;
  return static_cast<Status>(control.status);
}

}  // namespace vgpu::kernel
