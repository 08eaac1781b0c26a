#pragma once

#include <cstddef>

#include "shims/cudart/abi.h"

// What nvcc's host code registers when a program starts: only noted, and loaded at the first use.
namespace vgpu::cudart {

// The driver's function for a host stub's address; a CUkernel or CUfunction given instead is returned as it is.
// cudaErrorInvalidDeviceFunction for a stub without an entry in its image. The context must be current.
cudaError_t find_function(const void* symbol, CUfunction& function);
cudaError_t find_kernel(const void* symbol, CUkernel& kernel);

// The host stub whose function was loaded as this one; null for a function that no stub stands for.
const void* symbol_of(CUfunction function);

struct Variable {
  CUdeviceptr address = 0;
  std::size_t size = 0;  // bytes
};
// The device's variable behind a host variable's address. cudaErrorInvalidSymbol for an address never registered.
cudaError_t find_variable(const void* symbol, Variable& variable);

// Functions are looked up again after their device was reset.
void forget_loaded_functions();

}  // namespace vgpu::cudart
