#pragma once

#include "shims/cudart/abi.h"

namespace vgpu::cudart {

// The driver's format of a channel description. cudaErrorInvalidChannelDescriptor unless one, two or four channels of
// 8, 16 or 32 bits.
cudaError_t to_driver_format(const cudaChannelFormatDesc& description, CUarray_format& format, unsigned& channels);

// The other way round, for formats that to_driver_format() makes.
cudaChannelFormatDesc to_channel_description(CUarray_format format, unsigned channels);

}  // namespace vgpu::cudart
