#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "gpu/texture/registry.h"
#include "shims/cuda/abi.h"

namespace vgpu::cuda {

struct Context;

// Bytes, of addresses of textures in plain memory: the device's attribute 14.
inline constexpr std::size_t kTextureAlignment = 512;

// A texture or surface object, as long as it lives known to kernels by its handle.
class ImageObject {
 public:
  ImageObject(Context& context, texture::ObjectKind kind, const texture::Texture& texture,
              const CUDA_RESOURCE_DESC& resource, const CUDA_TEXTURE_DESC& sampling);
  ImageObject(const ImageObject&) = delete;
  ImageObject& operator=(const ImageObject&) = delete;
  ~ImageObject();

  Context* const context;
  const texture::ObjectKind kind;
  const CUDA_RESOURCE_DESC resource;
  const CUDA_TEXTURE_DESC sampling;  // of textures
  // 0: there are as many objects as there can be.
  const std::uint64_t handle;
};

// What a texture or surface with these descriptions reads. CUDA_ERROR_INVALID_HANDLE for an array that is not alive,
// CUDA_ERROR_INVALID_VALUE where documented rules are broken, CUDA_ERROR_NOT_SUPPORTED for mipmaps.
CUresult describe_texture(const CUDA_RESOURCE_DESC& resource, const CUDA_TEXTURE_DESC& sampling,
                          texture::Texture& texture);
CUresult describe_surface(const CUDA_RESOURCE_DESC& resource, texture::Texture& surface);

// The objects that programs have created, by handle. Thread-safe.
class ImageObjects {
 public:
  void insert(std::shared_ptr<ImageObject> object);
  // Null for a handle that is not alive or of the other kind.
  [[nodiscard]] std::shared_ptr<ImageObject> find(std::uint64_t handle, texture::ObjectKind kind) const;
  std::shared_ptr<ImageObject> remove(std::uint64_t handle, texture::ObjectKind kind);
  void remove_all(const Context& context);

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::shared_ptr<ImageObject>> objects_;
};

}  // namespace vgpu::cuda
