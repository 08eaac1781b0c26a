#include "seccomp/rm/use.h"

#include "seccomp/rm/processes.h"

namespace vgpu::rm {

std::vector<DeviceUse> use_of(const Driver& driver) {
  std::vector<DeviceUse> list;
  for (std::size_t device = 0; device < driver.devices().size(); ++device) {
    DeviceUse& use = list.emplace_back();
    use.memory = driver.state().used(device);
    use.utilisation = driver.activity().utilisation(device);
    use.busy = driver.activity().busy_time(device);
    for (const DeviceProcess& process : processes_of(driver, device)) {
      use.processes.push_back({process.process, process.container_process, process.memory,
                               driver.activity().utilisation_of(device, process.process)});
    }
  }
  return list;
}

}  // namespace vgpu::rm
