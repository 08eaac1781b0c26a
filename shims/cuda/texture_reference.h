#pragma once

#include <memory>
#include <mutex>

#include "shims/cuda/texture.h"

namespace vgpu::cuda {

struct Module;

// A module's texture or surface reference. Its variable holds the handle of an object that is made anew whenever what
// the reference says changes; 0, which kernels must not use, while it says nothing complete.
struct ImageReference {
  std::weak_ptr<Module> module;
  Context* context = nullptr;
  texture::ObjectKind kind = texture::ObjectKind::Texture;
  CUdeviceptr variable = 0;
  std::mutex mutex;  // what follows
  bool bound = false;
  CUDA_RESOURCE_DESC resource{};
  CUDA_TEXTURE_DESC sampling{};
  CUarray_format format = CU_AD_FORMAT_FLOAT;  // for plain memory
  unsigned channels = 1;
  std::shared_ptr<ImageObject> object;
};

}  // namespace vgpu::cuda
