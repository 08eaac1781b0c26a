#pragma once

#include "shims/cuda/abi.h"

// Values that a runtime library keeps for a context, by a key of its own; a null context is the current one. In an
// export table, see export_tables.h.
namespace vgpu::cuda {

using EndOfContext = void (*)(CUcontext context, void* key, void* value);

// `at_end`, unless null, is called when the context ends and the value is still there. InvalidContext without a
// context.
CUresult put_context_value(CUcontext context, void* key, void* value, EndOfContext at_end) noexcept;
// InvalidHandle when there is none of that key.
CUresult remove_context_value(CUcontext context, void* key) noexcept;
CUresult get_context_value(void** value, CUcontext context, void* key) noexcept;

}  // namespace vgpu::cuda
