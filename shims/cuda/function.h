#pragma once

#include "shims/cuda/driver.h"

namespace vgpu::cuda {

// The function behind a CUfunction, or behind a CUkernel given as one, on the current device. Null for neither.
std::shared_ptr<Function> find_function(CUfunction handle);

// Dynamic shared memory that one launch may ask for, bytes.
std::uint32_t maximum_dynamic_shared(const Function& function, const model::Profile& profile);

// Blocks of `threads` threads of this function, with so many bytes of dynamic shared memory, that one multiprocessor
// holds at once.
int resident_blocks(const Function& function, const model::Profile& profile, std::uint64_t threads,
                    std::uint64_t dynamic_shared);

// Bytes of an image that begins at `data`: a fatbin or PTX text. 0 for a fatbin whose head is damaged.
std::size_t image_size(const void* data);
// Reads a file that holds an image, with a NUL behind it.
CUresult read_image(const char* path, std::vector<std::byte>& image);
// The fatbin container inside a wrapper; other images are returned as they are.
const void* unwrapped_image(const void* data);

}  // namespace vgpu::cuda
