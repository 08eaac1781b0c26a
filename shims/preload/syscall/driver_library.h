#pragma once

#include "shims/preload/syscall/driver_interface.h"

namespace vgpu::preload {

// The driver in this process. It is loaded by the first call. nullptr where there is nothing to answer: no
// /etc/vgpu/device.json, or somebody else answers, a supervisor or NVIDIA's own driver; and to the thread that is
// loading it. Does not change errno.
const DriverInterface* driver();

// The driver if it has been loaded, else nullptr.
const DriverInterface* loaded_driver();

}  // namespace vgpu::preload
