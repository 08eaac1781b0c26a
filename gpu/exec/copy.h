#pragma once

#include "gpu/backend.h"

namespace vgpu::exec {

// Carry out copies and fills; a bad address is a fault of the calling thread.
void copy(const gpu::CopyWork& work);
void fill(const gpu::FillWork& work);

}  // namespace vgpu::exec
