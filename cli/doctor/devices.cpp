#include <cstdio>

#include "cli/doctor/findings.h"
#include "gpu/model/device_file.h"

namespace vgpu::cli::doctor {
namespace {

constexpr const char* kAdvice =
    "start it with `podman run --hooks-dir FOLDER --annotation vgpu.dev/count=1`, where FOLDER is that of "
    "`vgpu hooks install FOLDER`";

// The devices of a running container; a text instead where it has none, or a file that cannot be understood.
Expected<std::vector<model::Device>> read_devices(const Subject& subject) {
  if (!open_file(subject, model::kDeviceFile).valid()) return failure("this container has none");
  const std::string text = read_file(subject, model::kDeviceFile);
  auto devices = model::parse_device_json(text);
  if (!devices) return failure(std::string(model::kDeviceFile) + " " + devices.error().message);
  if (devices->empty()) return failure(std::string(model::kDeviceFile) + " has no device");
  return devices;
}

std::string memory_text(std::uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f GiB", static_cast<double>(bytes) / (1 << 30));
  return text;
}

std::string describe(const model::Device& device, bool planned) {
  const model::DriverVersions& versions = model::versions_for({device});
  return device.profile.name + " (profile " + device.profile.id + "), compute capability " +
         std::to_string(device.profile.compute_major) + "." + std::to_string(device.profile.compute_minor) + ", " +
         memory_text(device.profile.memory) + (planned ? "" : ", " + device.uuid_string()) + ", PCI " +
         device.pci_bus_id() + ", driver " + versions.driver + ", CUDA " + std::to_string(versions.cuda / 1000) + "." +
         std::to_string(versions.cuda % 1000 / 10);
}

}  // namespace

Findings examine_devices(const Subject& subject, std::vector<model::Device>& devices) {
  if (subject.pid) {
    auto read = read_devices(subject);
    if (!read) return {{"vGPU", State::Missing, read.error().message, kAdvice}};
    devices = *std::move(read);
  } else {
    devices = subject.planned_devices;
  }
  Findings findings;
  for (const model::Device& device : devices) {
    const std::string number = std::to_string(findings.size());
    findings.push_back({"vGPU " + number, State::Ok, describe(device, !subject.pid), {}});
  }
  return findings;
}

}  // namespace vgpu::cli::doctor
