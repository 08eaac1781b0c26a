#pragma once

#include "shims/preload/syscall/driver_interface.h"

// System calls as the kernel would carry them out if it had the driver. Each returns the kernel's result: a negative
// errno when it fails. Whatever comes of a path that is none of the driver's is the kernel's own.
namespace vgpu::preload {

long open_at(int folder, const char* path, int flags, unsigned mode);
long control(int descriptor, unsigned long request, unsigned long argument);

// `number` is SYS_stat, SYS_lstat or SYS_newfstatat, and the others are its arguments.
long status_call(long number, long a, long b, long c, long d);
long extended_status(int folder, const char* path, int flags, unsigned mask, void* status);
// `number` is SYS_access, SYS_faccessat or SYS_faccessat2, and the others are its arguments.
long access_call(long number, long a, long b, long c, long d);

// The driver, when it is to be asked about a path that the kernel's call has given `result` for; else nullptr. The
// kernel has read the path then, so it can be read here; but for a filter's refusal, which comes before, and a call
// about a descriptor, which needs none.
const DriverInterface* driver_for(long result, const char* path);

// What a path names of the driver's, after the kernel's call about it has given `result`: kNotOurs when that counts,
// else 0 with `entry` filled, or a negative errno.
int look_up_after(long result, const char* path, Entry& entry);

// Whether the driver's entry may be used in the ways of access(2)'s `mode`: 0 or a negative errno.
int check_access(const Entry& entry, int mode);

}  // namespace vgpu::preload
