#pragma once

#include <cstddef>

#include "shims/cuda/texture_abi.h"

// Arrays, textures and surfaces in the runtime API's binary interface. Facts are from the public documentation of the
// CUDA runtime API (12.8 and 13.0).

inline constexpr int cudaChannelFormatKindSigned = 0;
inline constexpr int cudaChannelFormatKindUnsigned = 1;
inline constexpr int cudaChannelFormatKindFloat = 2;

struct cudaChannelFormatDesc {
  int x, y, z, w, kind;  // bits of each channel
};

inline constexpr int cudaReadModeElementType = 0;
inline constexpr int cudaReadModeNormalizedFloat = 1;

// Resource types, address modes and filters have the driver's numbers.
struct cudaResourceDesc {
  int type;
  union {
    CUarray array;
    struct {
      void* pointer;
      cudaChannelFormatDesc format;
      std::size_t size;  // bytes
    } linear;
    struct {
      void* pointer;
      cudaChannelFormatDesc format;
      std::size_t width, height;  // elements
      std::size_t pitch;          // bytes
    } pitch2d;
  };
};
static_assert(sizeof(cudaResourceDesc) == 64);

struct cudaTextureDesc {
  int address_mode[3];
  int filter_mode;
  int read_mode;
  int srgb;
  float border_color[4];
  int normalized_coordinates;
  unsigned maximum_anisotropy;
  int mipmap_filter_mode;
  float mipmap_level_bias, least_mipmap_level, most_mipmap_level;
  int disable_trilinear_optimization;
  int seamless_cubemap;
};
static_assert(sizeof(cudaTextureDesc) == 72);

struct cudaResourceViewDesc;
