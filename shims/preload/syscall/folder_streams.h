#pragma once

#include <dirent.h>

// Streams of opendir(3) that give entries of the driver's. Each is one of libc's, over the same folder or, where the
// kernel has no such folder, over another one: so functions that are not replaced do no harm.
namespace vgpu::preload {

// A stream for a folder, nullptr with errno set when that fails.
DIR* open_folder(const char* path);

bool is_ours(DIR* stream);

// As the functions of libc, for all streams.
dirent* read_folder(DIR* stream);
int close_folder(DIR* stream);
void rewind_folder(DIR* stream);

// libc's number of a stream's folder; -1 with ENOTSUP where the kernel has no such folder.
int descriptor_of(DIR* stream);

}  // namespace vgpu::preload
