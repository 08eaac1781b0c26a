#include "shims/kernel/device.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include "seccomp/rm/abi/control_gpu.h"

namespace vgpu::kernel {
namespace {

constexpr std::uint32_t kDeviceClass = 0x80, kSubdeviceClass = 0x2080;
constexpr std::uint32_t kGetClasses = 0x00800201;                                  // ctrl0080gpu.h
constexpr std::uint32_t kGetProcesses = 0x2080018d, kGetProcessInfo = 0x2080018e;  // ctrl2080gpu.h
constexpr std::uint32_t kGetUtilisation = 0x2080a097;  // in no header: observed with nvidia-smi 535

constexpr std::uint32_t kWithObjectsOfClass = 0;
constexpr std::uint32_t kComputeClassEnding = 0xc0;  // class/clc5c0.h and its like
constexpr std::size_t kMostClasses = 256;

// NV0080_ALLOC_PARAMETERS
struct DeviceParameters {
  std::uint32_t device;
  std::uint32_t words[13];
};
static_assert(sizeof(DeviceParameters) == 56);

struct Utilisation {
  std::uint32_t words[2];
  std::uint32_t percent;
  std::uint32_t rest[289];
};
static_assert(sizeof(Utilisation) == 1168);

std::string node_name(unsigned minor) {
  return "/dev/nvidia" + std::to_string(minor);
}

}  // namespace

Expected<Device> Device::connect(SystemCalls& calls, const model::Device& model, unsigned ordinal) {
  auto client = Client::connect(calls);
  if (!client) return std::unexpected(std::move(client.error()));
  Device made(std::move(*client), model.minor);
  auto node = made.open_node();
  if (!node) return std::unexpected(std::move(node.error()));
  made.node_ = std::move(*node);
  DeviceParameters parameters{.device = ordinal, .words = {}};
  const auto device = made.client_.make(made.client_.handle(), kDeviceClass, parameters);
  if (!device) return std::unexpected(device.error());
  std::uint32_t subdevice_parameters = 0;
  const auto subdevice = made.client_.make(*device, kSubdeviceClass, subdevice_parameters);
  if (!subdevice) return std::unexpected(subdevice.error());
  made.device_ = *device;
  made.subdevice_ = *subdevice;
  return made;
}

Expected<FileDescriptor> Device::open_node() const {
  const std::string name = node_name(minor_);
  FileDescriptor node = client_.calls().open(name.c_str());
  if (!node.valid()) return system_failure("open", name, errno);
  rm::abi::RegisterDescriptor parameters{client_.descriptor()};
  if (const int error = client_.ask(node.get(), kRegisterEscape, parameters); error != 0) {
    return system_failure("register", name, error);
  }
  return node;
}

std::optional<DeviceMemory> Device::memory() const {
  // Asked of the heap, which answers in bytes: the control of the frame buffer does in KiB.
  rm::abi::HeapControl heap{};
  heap.root = client_.handle();
  heap.parent = device_;
  heap.function = rm::abi::kHeapInfo;
  if (client_.ask(client_.descriptor(), kHeapEscape, heap) != 0 || heap.status != 0) return std::nullopt;
  return DeviceMemory{heap.total, std::min(heap.free, heap.total)};
}

// Processes are asked for by the class of their objects, which is another one for each generation of chips.
std::optional<std::uint32_t> Device::find_compute_class() const {
  std::array<std::uint32_t, kMostClasses> classes{};
  rm::abi::InfoPointer list{classes.size(), 0, reinterpret_cast<std::uint64_t>(classes.data())};
  if (client_.control(device_, kGetClasses, list) != Status::Ok) return std::nullopt;
  const auto end = classes.begin() + std::min<std::size_t>(list.count, classes.size());
  const auto found =
      std::find_if(classes.begin(), end, [](std::uint32_t number) { return (number & 0xff) == kComputeClassEnding; });
  if (found == end) return std::nullopt;
  return *found;
}

std::optional<std::vector<DeviceProcess>> Device::processes() const {
  const std::optional<std::uint32_t> compute_class = find_compute_class();
  if (!compute_class) return std::nullopt;
  rm::abi::ProcessIds ids{};
  ids.kind = kWithObjectsOfClass;
  ids.id = *compute_class;
  if (client_.control(subdevice_, kGetProcesses, ids) != Status::Ok) return std::nullopt;
  std::vector<DeviceProcess> processes;
  const std::uint32_t count = std::min<std::uint32_t>(ids.count, std::size(ids.processes));
  for (std::uint32_t first = 0; first < count;) {
    rm::abi::ProcessInfoList list{};
    list.count = std::min<std::uint32_t>(count - first, std::size(list.entries));
    for (std::uint32_t at = 0; at < list.count; ++at) list.entries[at].process = ids.processes[first + at];
    if (client_.control(subdevice_, kGetProcessInfo, list) != Status::Ok) return std::nullopt;
    for (std::uint32_t at = 0; at < list.count; ++at) {
      const rm::abi::ProcessInfo& entry = list.entries[at];
      // One that ended in between has no entry any more.
      if (entry.result == 0) processes.push_back({static_cast<pid_t>(entry.process), entry.private_memory});
    }
    first += list.count;
  }
  return processes;
}

std::optional<unsigned> Device::utilisation() const {
  Utilisation utilisation{};
  if (client_.control(subdevice_, kGetUtilisation, utilisation) != Status::Ok) return std::nullopt;
  return std::min(utilisation.percent, 100u);
}

void Device::abandon() {
  client_.abandon();
  static_cast<void>(node_.release());
}

}  // namespace vgpu::kernel
