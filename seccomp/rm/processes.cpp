#include "seccomp/rm/processes.h"

#include <map>

#include "seccomp/rm/abi/vgpu.h"
#include "seccomp/rm/chip.h"

namespace vgpu::rm {

std::vector<DeviceProcess> processes_of(const Driver& driver, std::size_t device) {
  const std::uint32_t channel_class = chip_of(driver.devices()[device].profile).channel_class;
  std::map<pid_t, DeviceProcess> found;
  for (const auto& [handle, client] : driver.state().clients()) {
    const File* file = driver.state().find_file(client.file);
    if (file == nullptr) continue;
    for (const auto& [number, object] : client.objects) {
      if (number == handle || object.device != device) continue;
      if (!object.charged && object.object_class != channel_class) continue;
      DeviceProcess& process = found[file->caller.process];
      process.process = file->caller.process;
      process.container_process = file->caller.container_process;
      process.memory += object.charged ? object.size : 0;
    }
  }
  std::vector<DeviceProcess> list;
  for (const auto& [number, process] : found) list.push_back(process);
  return list;
}

}  // namespace vgpu::rm
