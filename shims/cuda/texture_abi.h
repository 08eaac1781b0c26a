#pragma once

#include <cstddef>
#include <cstdint>

// Arrays, textures and surfaces in the driver API's binary interface. Facts are from the public documentation of the
// CUDA driver API (CUDA 12.8).

using CUdeviceptr = std::uint64_t;
using CUarray = struct CUarray_st*;
using CUtexref = struct CUtexref_st*;
using CUsurfref = struct CUsurfref_st*;
using CUtexObject = std::uint64_t;
using CUsurfObject = std::uint64_t;
using CUarray_format = int;
using CUresourcetype = int;
using CUaddress_mode = int;
using CUfilter_mode = int;

inline constexpr CUarray_format CU_AD_FORMAT_UNSIGNED_INT8 = 0x01;
inline constexpr CUarray_format CU_AD_FORMAT_UNSIGNED_INT16 = 0x02;
inline constexpr CUarray_format CU_AD_FORMAT_UNSIGNED_INT32 = 0x03;
inline constexpr CUarray_format CU_AD_FORMAT_SIGNED_INT8 = 0x08;
inline constexpr CUarray_format CU_AD_FORMAT_SIGNED_INT16 = 0x09;
inline constexpr CUarray_format CU_AD_FORMAT_SIGNED_INT32 = 0x0a;
inline constexpr CUarray_format CU_AD_FORMAT_HALF = 0x10;
inline constexpr CUarray_format CU_AD_FORMAT_FLOAT = 0x20;

inline constexpr unsigned CUDA_ARRAY3D_LAYERED = 0x01;
inline constexpr unsigned CUDA_ARRAY3D_SURFACE_LDST = 0x02;
inline constexpr unsigned CUDA_ARRAY3D_CUBEMAP = 0x04;
inline constexpr unsigned CUDA_ARRAY3D_TEXTURE_GATHER = 0x08;

inline constexpr CUresourcetype CU_RESOURCE_TYPE_ARRAY = 0;
inline constexpr CUresourcetype CU_RESOURCE_TYPE_MIPMAPPED_ARRAY = 1;
inline constexpr CUresourcetype CU_RESOURCE_TYPE_LINEAR = 2;
inline constexpr CUresourcetype CU_RESOURCE_TYPE_PITCH2D = 3;

inline constexpr CUaddress_mode CU_TR_ADDRESS_MODE_WRAP = 0;
inline constexpr CUaddress_mode CU_TR_ADDRESS_MODE_CLAMP = 1;
inline constexpr CUaddress_mode CU_TR_ADDRESS_MODE_MIRROR = 2;
inline constexpr CUaddress_mode CU_TR_ADDRESS_MODE_BORDER = 3;
inline constexpr CUfilter_mode CU_TR_FILTER_MODE_POINT = 0;
inline constexpr CUfilter_mode CU_TR_FILTER_MODE_LINEAR = 1;

inline constexpr unsigned CU_TRSA_OVERRIDE_FORMAT = 0x01;
inline constexpr unsigned CU_TRSF_READ_AS_INTEGER = 0x01;
inline constexpr unsigned CU_TRSF_NORMALIZED_COORDINATES = 0x02;
inline constexpr unsigned CU_TRSF_SRGB = 0x10;
inline constexpr unsigned CU_TRSF_DISABLE_TRILINEAR_OPTIMIZATION = 0x20;
inline constexpr unsigned CU_TRSF_SEAMLESS_CUBEMAP = 0x40;

struct CUDA_ARRAY_DESCRIPTOR {
  std::size_t width, height;  // elements; height 0: one dimension
  CUarray_format format;
  unsigned channels;
};
static_assert(sizeof(CUDA_ARRAY_DESCRIPTOR) == 24);

struct CUDA_ARRAY3D_DESCRIPTOR {
  std::size_t width, height, depth;  // elements; depth: layers of a layered array
  CUarray_format format;
  unsigned channels;
  unsigned flags;
};
static_assert(sizeof(CUDA_ARRAY3D_DESCRIPTOR) == 40);

struct CUDA_RESOURCE_DESC {
  CUresourcetype type;
  union {
    CUarray array;
    struct {
      CUdeviceptr address;
      CUarray_format format;
      unsigned channels;
      std::size_t size;  // bytes
    } linear;
    struct {
      CUdeviceptr address;
      CUarray_format format;
      unsigned channels;
      std::size_t width, height;  // elements
      std::size_t pitch;          // bytes
    } pitch2d;
    int reserved[32];
  };
  unsigned flags;
};
static_assert(sizeof(CUDA_RESOURCE_DESC) == 144);

struct CUDA_TEXTURE_DESC {
  CUaddress_mode address_mode[3];
  CUfilter_mode filter_mode;
  unsigned flags;  // CU_TRSF_…
  unsigned maximum_anisotropy;
  CUfilter_mode mipmap_filter_mode;
  float mipmap_level_bias, least_mipmap_level, most_mipmap_level;
  float border_color[4];
  int reserved[12];
};
static_assert(sizeof(CUDA_TEXTURE_DESC) == 104);

struct CUDA_RESOURCE_VIEW_DESC {
  int format;
  std::size_t width, height, depth;
  unsigned first_mipmap_level, last_mipmap_level, first_layer, last_layer;
  unsigned reserved[16];
};
static_assert(sizeof(CUDA_RESOURCE_VIEW_DESC) == 112);
