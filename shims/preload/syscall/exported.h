#pragma once

// A function of libc's that this library replaces in the whole program.
#define VGPU_EXPORTED extern "C" [[gnu::visibility("default")]]
