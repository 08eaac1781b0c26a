#pragma once

#include <vector>

#include "tests/unit/gpu_programs.h"

// Arrays and objects with as few words as their tests need.
namespace vgpu::programs {

struct ArraySize {
  std::size_t width, height = 0, depth = 0;
};

template <class T>
CUarray make_array(const ArraySize& size, CUarray_format format, unsigned channels, const std::vector<T>& texels,
                   unsigned flags = 0) {
  const CUDA_ARRAY3D_DESCRIPTOR descriptor{size.width, size.height, size.depth, format, channels, flags};
  CUarray array = nullptr;
  EXPECT_EQ(cuArray3DCreate_v2(&array, &descriptor), CUDA_SUCCESS);
  if (texels.empty()) return array;
  CUDA_MEMCPY3D copy{};
  copy.source_type = CU_MEMORYTYPE_HOST;
  copy.source_host = texels.data();
  copy.destination_type = CU_MEMORYTYPE_ARRAY;
  copy.destination_array = array;
  copy.width = size.width * channels * sizeof(T);
  copy.height = size.height == 0 ? 1 : size.height;
  copy.depth = size.depth == 0 ? 1 : size.depth;
  EXPECT_EQ(cuMemcpy3D_v2(&copy), CUDA_SUCCESS);
  return array;
}

inline CUDA_RESOURCE_DESC resource_of(CUarray array) {
  CUDA_RESOURCE_DESC resource{};
  resource.type = CU_RESOURCE_TYPE_ARRAY;
  resource.array = array;
  return resource;
}

inline CUtexObject make_texture(const CUDA_RESOURCE_DESC& resource, const CUDA_TEXTURE_DESC& sampling) {
  CUtexObject object = 0;
  EXPECT_EQ(cuTexObjectCreate(&object, &resource, &sampling, nullptr), CUDA_SUCCESS);
  return object;
}

inline CUsurfObject make_surface(CUarray array) {
  const CUDA_RESOURCE_DESC resource = resource_of(array);
  CUsurfObject object = 0;
  EXPECT_EQ(cuSurfObjectCreate(&object, &resource), CUDA_SUCCESS);
  return object;
}

}  // namespace vgpu::programs
