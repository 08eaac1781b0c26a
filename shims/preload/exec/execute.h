#pragma once

// Executing programs as exec(3) says, by system calls alone: what runs between vfork and exec takes no lock and no
// memory. Each returns -1 with errno set when it fails. `environment` is the caller's; the program gets the child's.
namespace vgpu::preload {

using Strings = const char* const*;

int execute(const char* path, Strings arguments, Strings environment);
int execute_at(int folder, const char* path, Strings arguments, Strings environment, int flags);

// Looks for `file` in PATH of the calling process, and runs a file that is no program as a script of /bin/sh.
int execute_in_path(const char* file, Strings arguments, Strings environment);

}  // namespace vgpu::preload
