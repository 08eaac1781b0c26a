#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "shims/cuda/exported.h"
#include "shims/cudart/abi.h"
#include "shims/cudart/library_version.h"
#include "shims/function_table.h"

#define FUNCTION(library, family, state, check, variant, name, ...) \
  VGPU_IN_##library(extern "C" cudaError_t name(VGPU_PARAMETERS(__VA_ARGS__));)
#define DIRECT(library, family, name)
#define REFUSED(library, variant, name)
#include "shims/cudart/functions.def"
#undef FUNCTION
#undef DIRECT
#undef REFUSED

// Arrays, textures and surfaces of the runtime API: its own units, descriptions and errors.
namespace vgpu::cudart {
namespace {

constexpr cudaChannelFormatDesc kShort2{16, 16, 0, 0, cudaChannelFormatKindSigned};
constexpr cudaChannelFormatDesc kFloat{32, 0, 0, 0, cudaChannelFormatKindFloat};
constexpr unsigned kSurface = 2;

class CudartTextureTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(cudaDeviceReset(), cudaSuccess); }

  static CUarray make_array(const cudaChannelFormatDesc& format, std::size_t width, std::size_t height,
                            unsigned flags = 0) {
    CUarray array = nullptr;
    EXPECT_EQ(cudaMallocArray(&array, &format, width, height, flags), cudaSuccess);
    return array;
  }
  // All of an array of 16-bit channels.
  static std::vector<short> all_of(CUarray array, std::size_t width, std::size_t height) {
    std::vector<short> values(2 * width * height);
    EXPECT_EQ(cudaMemcpy2DFromArray(values.data(), width * 4, array, 0, 0, width * 4, height, cudaMemcpyDeviceToHost),
              cudaSuccess);
    return values;
  }
  static std::vector<short> counted(std::size_t count) {
    std::vector<short> values(count);
    std::iota(values.begin(), values.end(), short{1});
    return values;
  }
};

TEST_F(CudartTextureTest, DescribesArrays) {
  CUarray array = nullptr;
  ASSERT_EQ(cudaMalloc3DArray(&array, &kShort2, {5, 6, 7}, kSurface), cudaSuccess);
  cudaChannelFormatDesc format{};
  cudaExtent extent{};
  unsigned flags = 0;
  ASSERT_EQ(cudaArrayGetInfo(&format, &extent, &flags, array), cudaSuccess);
  EXPECT_EQ(format.x, 16);
  EXPECT_EQ(format.y, 16);
  EXPECT_EQ(format.z, 0);
  EXPECT_EQ(format.kind, cudaChannelFormatKindSigned);
  EXPECT_EQ(extent.width, 5u);
  EXPECT_EQ(extent.height, 6u);
  EXPECT_EQ(extent.depth, 7u);
  EXPECT_EQ(flags, kSurface);
  ASSERT_EQ(cudaGetChannelDesc(&format, array), cudaSuccess);
  EXPECT_EQ(cudaFreeArray(array), cudaSuccess);
  EXPECT_EQ(cudaFreeArray(nullptr), cudaSuccess);
  EXPECT_NE(cudaFreeArray(array), cudaSuccess);
}

TEST_F(CudartTextureTest, RefusesWrongFormats) {
  CUarray array = nullptr;
  for (const cudaChannelFormatDesc& wrong : {cudaChannelFormatDesc{8, 8, 8, 0, cudaChannelFormatKindUnsigned},
                                             cudaChannelFormatDesc{8, 16, 0, 0, cudaChannelFormatKindUnsigned},
                                             cudaChannelFormatDesc{0, 8, 0, 0, cudaChannelFormatKindUnsigned},
                                             cudaChannelFormatDesc{8, 0, 0, 0, cudaChannelFormatKindFloat},
                                             cudaChannelFormatDesc{64, 0, 0, 0, cudaChannelFormatKindFloat}}) {
    EXPECT_EQ(cudaMallocArray(&array, &wrong, 4, 4, 0), cudaErrorInvalidChannelDescriptor);
  }
  EXPECT_EQ(cudaMallocArray(&array, &kFloat, 0, 4, 0), cudaErrorInvalidValue);
}

TEST_F(CudartTextureTest, RunsGoOnInTheNextRow) {
  const CUarray array = make_array(kShort2, 3, 4);  // rows of 12 bytes
  std::vector<short> wanted(24);
  ASSERT_EQ(cudaMemcpy2DToArray(array, 0, 0, wanted.data(), 12, 12, 4, cudaMemcpyHostToDevice), cudaSuccess);
  const std::vector<short> values = counted(14);
  ASSERT_EQ(cudaMemcpyToArray(array, 8, 0, values.data(), 28, cudaMemcpyHostToDevice), cudaSuccess);
  std::copy(values.begin(), values.end(), wanted.begin() + 4);
  EXPECT_EQ(all_of(array, 3, 4), wanted);
  std::vector<short> back(10);
  ASSERT_EQ(cudaMemcpyFromArray(back.data(), array, 4, 1, 20, cudaMemcpyDeviceToHost), cudaSuccess);
  EXPECT_EQ(back, std::vector<short>(wanted.begin() + 8, wanted.begin() + 18));
  const CUarray wider = make_array(kShort2, 6, 2);
  ASSERT_EQ(cudaMemcpyArrayToArray(wider, 0, 0, array, 0, 0, 48, cudaMemcpyDeviceToDevice), cudaSuccess);
  EXPECT_EQ(all_of(wider, 6, 2), wanted);
  EXPECT_EQ(cudaMemcpyToArray(array, 0, 3, values.data(), 16, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpyToArray(array, 0, 0, values.data(), 4, cudaMemcpyDeviceToHost), cudaErrorInvalidMemcpyDirection);
}

// With an array the extent's width and positions in the array count elements.
TEST_F(CudartTextureTest, BoxesCountElements) {
  const CUarray array = make_array(kShort2, 4, 3);
  const std::vector<short> zeros(24);
  ASSERT_EQ(cudaMemcpy2DToArray(array, 0, 0, zeros.data(), 16, 16, 3, cudaMemcpyHostToDevice), cudaSuccess);
  std::vector<short> source = counted(18);  // three rows of three elements
  cudaMemcpy3DParms copy{};
  copy.source = {source.data(), 12, 3, 3};
  copy.source_position = {4, 1, 0};  // bytes: the second element of the second row
  copy.destination_array = array;
  copy.destination_position = {2, 1, 0};
  copy.extent = {2, 2, 1};
  copy.kind = cudaMemcpyHostToDevice;
  ASSERT_EQ(cudaMemcpy3D(&copy), cudaSuccess);
  std::vector<short> wanted(24);
  for (std::size_t y = 0; y < 2; ++y) {
    for (std::size_t i = 0; i < 4; ++i) wanted[(y + 1) * 8 + 4 + i] = source[(y + 1) * 6 + 2 + i];
  }
  EXPECT_EQ(all_of(array, 4, 3), wanted);
  copy.extent = {3, 2, 1};
  EXPECT_EQ(cudaMemcpy3D(&copy), cudaErrorInvalidValue);
}

TEST_F(CudartTextureTest, CopiesInAStream) {
  const CUarray array = make_array(kShort2, 4, 3);
  const CUarray other = make_array(kShort2, 4, 3);
  const std::vector<short> values = counted(24);
  CUstream stream = nullptr;
  ASSERT_EQ(cudaStreamCreate(&stream), cudaSuccess);
  ASSERT_EQ(cudaMemcpy2DToArrayAsync(array, 0, 0, values.data(), 16, 16, 3, cudaMemcpyHostToDevice, stream),
            cudaSuccess);
  std::vector<short> back(24);
  ASSERT_EQ(cudaMemcpyFromArrayAsync(back.data(), array, 0, 0, 48, cudaMemcpyDeviceToHost, stream), cudaSuccess);
  ASSERT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(back, values);
  ASSERT_EQ(cudaMemcpy2DArrayToArray(other, 0, 0, array, 0, 0, 16, 3, cudaMemcpyDeviceToDevice), cudaSuccess);
  EXPECT_EQ(all_of(other, 4, 3), values);
}

TEST_F(CudartTextureTest, DescribesObjects) {
  void* memory = nullptr;
  ASSERT_EQ(cudaMalloc(&memory, 4096), cudaSuccess);
  cudaResourceDesc resource{};
  resource.type = CU_RESOURCE_TYPE_PITCH2D;
  resource.pitch2d = {memory, kShort2, 8, 16, 256};
  cudaTextureDesc texture{};
  texture.address_mode[1] = CU_TR_ADDRESS_MODE_MIRROR;
  texture.filter_mode = CU_TR_FILTER_MODE_LINEAR;
  texture.read_mode = cudaReadModeNormalizedFloat;
  texture.normalized_coordinates = 1;
  texture.border_color[3] = 0.5f;
  texture.maximum_anisotropy = 4;
  std::uint64_t object = 0;
  ASSERT_EQ(cudaCreateTextureObject(&object, &resource, &texture, nullptr), cudaSuccess);
  cudaResourceDesc found{};
  ASSERT_EQ(cudaGetTextureObjectResourceDesc(&found, object), cudaSuccess);
  EXPECT_EQ(found.type, CU_RESOURCE_TYPE_PITCH2D);
  EXPECT_EQ(found.pitch2d.pointer, memory);
  EXPECT_EQ(found.pitch2d.format.y, 16);
  EXPECT_EQ(found.pitch2d.width, 8u);
  EXPECT_EQ(found.pitch2d.pitch, 256u);
  cudaTextureDesc reading{};
  ASSERT_EQ(cudaGetTextureObjectTextureDesc(&reading, object), cudaSuccess);
  EXPECT_EQ(reading.address_mode[1], CU_TR_ADDRESS_MODE_MIRROR);
  EXPECT_EQ(reading.filter_mode, CU_TR_FILTER_MODE_LINEAR);
  EXPECT_EQ(reading.read_mode, cudaReadModeNormalizedFloat);
  EXPECT_EQ(reading.normalized_coordinates, 1);
  EXPECT_EQ(reading.border_color[3], 0.5f);
  EXPECT_EQ(reading.maximum_anisotropy, 4u);
  EXPECT_EQ(cudaDestroyTextureObject(object), cudaSuccess);
  EXPECT_EQ(cudaDestroyTextureObject(object), cudaErrorInvalidValue);
  EXPECT_EQ(cudaGetTextureObjectResourceDesc(&found, object), cudaErrorInvalidValue);
}

TEST_F(CudartTextureTest, HasErrorsOfItsOwn) {
  cudaResourceDesc resource{};
  resource.array = make_array(kShort2, 4, 4);
  cudaTextureDesc texture{};
  std::uint64_t object = 0;
  EXPECT_EQ(cudaCreateTextureObject(&object, &resource, &texture, nullptr), cudaSuccess);
  texture.filter_mode = CU_TR_FILTER_MODE_LINEAR;
  EXPECT_EQ(cudaCreateTextureObject(&object, &resource, &texture, nullptr), cudaErrorInvalidFilterSetting);
  texture.read_mode = cudaReadModeNormalizedFloat;
  EXPECT_EQ(cudaCreateTextureObject(&object, &resource, &texture, nullptr), cudaSuccess);
  resource.array = make_array({32, 0, 0, 0, cudaChannelFormatKindUnsigned}, 4, 4);
  EXPECT_EQ(cudaCreateTextureObject(&object, &resource, &texture, nullptr), cudaErrorInvalidNormSetting);
  EXPECT_EQ(cudaCreateSurfaceObject(&object, &resource), cudaErrorInvalidValue);
  resource.array = make_array(kFloat, 4, 4, kSurface);
  ASSERT_EQ(cudaCreateSurfaceObject(&object, &resource), cudaSuccess);
  EXPECT_EQ(cudaDestroySurfaceObject(object), cudaSuccess);
  EXPECT_EQ(cudaCreateTextureObject(nullptr, &resource, &texture, nullptr), cudaErrorInvalidValue);
  std::size_t width = 0;
  EXPECT_EQ(cudaDeviceGetTexture1DLinearMaxWidth(&width, &kFloat, 0), cudaSuccess);
  EXPECT_EQ(width, std::size_t{1} << 28);
}

}  // namespace
}  // namespace vgpu::cudart
