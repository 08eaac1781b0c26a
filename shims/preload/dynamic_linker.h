#pragma once

// The dynamic linker's functions, for libraries that every program of a container loads. They need no library, because
// each one more costs every program's start, and no symbol in particular, because a program may have another C library
// or an old one: glibc has dlopen in libc from 2.34 on, before in libdl, which not every program loads.
namespace vgpu::preload {

// As dlopen(3) with RTLD_NOW | RTLD_LOCAL. nullptr when that fails, or where the C library has no dynamic linker.
void* open_library(const char* path);

// As dlsym(3), from the calling library where `handle` is RTLD_NEXT. nullptr when there is none.
void* find_symbol(void* handle, const char* name);

// The path of the library that this is linked into, as the dynamic linker knows it; nullptr when it cannot say.
const char* own_path();

// What went wrong last, as dlerror(3); never nullptr.
const char* last_error();

}  // namespace vgpu::preload
