#pragma once

#include "shims/preload/exec/inheritance.h"

// The process that this library is loaded into.
namespace vgpu::preload {

// What its children inherit; filled when the library is loaded, and only read after that.
extern constinit Inheritance inheritance;

// Its environment as it is now; nullptr after clearenv(3).
const char* const* current_environment();

// errno; nullptr where there is no C library.
int* error_number();

}  // namespace vgpu::preload
