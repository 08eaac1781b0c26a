#pragma once

// Which paths may be the driver's, by their text alone: what a program pays that has nothing to do with it.
namespace vgpu::preload {

// The kernel has failed with `error`, a positive errno, as where there is no driver.
bool is_missing(long error);

// The driver may have the path where the kernel has none.
bool may_be_ours(const char* path);

// The driver may have the path though the kernel has it, too: the numbers of devices, and a PCI device of the machine's
// own at the place of a vGPU.
bool may_be_covered(const char* path);

// The folder may have entries of the driver's.
bool may_list_ours(const char* folder);

}  // namespace vgpu::preload
