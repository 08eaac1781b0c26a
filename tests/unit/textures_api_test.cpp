#include "tests/unit/textures_fixture.h"

// What the driver API refuses about arrays, textures and surfaces, and what it tells of them.
namespace vgpu::programs {
namespace {

class TexturesApiTest : public ProgramTest {};

CUresult create(const CUDA_ARRAY3D_DESCRIPTOR& descriptor) {
  CUarray array = nullptr;
  const CUresult result = cuArray3DCreate_v2(&array, &descriptor);
  if (result == CUDA_SUCCESS) {
    EXPECT_EQ(cuArrayDestroy(array), CUDA_SUCCESS);
  }
  return result;
}

TEST_F(TexturesApiTest, ArraysAreWhatTheyWereMadeAs) {
  const CUDA_ARRAY3D_DESCRIPTOR wanted{7, 5, 3, CU_AD_FORMAT_HALF, 2, CUDA_ARRAY3D_LAYERED};
  CUarray array = nullptr;
  ASSERT_EQ(cuArray3DCreate_v2(&array, &wanted), CUDA_SUCCESS);
  CUDA_ARRAY3D_DESCRIPTOR found{};
  ASSERT_EQ(cuArray3DGetDescriptor_v2(&found, array), CUDA_SUCCESS);
  EXPECT_EQ(found.width, 7u);
  EXPECT_EQ(found.height, 5u);
  EXPECT_EQ(found.depth, 3u);
  EXPECT_EQ(found.format, CU_AD_FORMAT_HALF);
  EXPECT_EQ(found.channels, 2u);
  EXPECT_EQ(found.flags, CUDA_ARRAY3D_LAYERED);
  CUDA_ARRAY_DESCRIPTOR plane{};
  ASSERT_EQ(cuArrayGetDescriptor_v2(&plane, array), CUDA_SUCCESS);
  EXPECT_EQ(plane.width, 7u);
  EXPECT_EQ(plane.channels, 2u);
  EXPECT_EQ(cuArrayDestroy(array), CUDA_SUCCESS);
  EXPECT_EQ(cuArrayDestroy(array), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuArray3DGetDescriptor_v2(&found, array), CUDA_ERROR_INVALID_HANDLE);
}

TEST_F(TexturesApiTest, ArraysTakeTheDevicesMemory) {
  std::size_t before = 0, with = 0, after = 0, total = 0;
  ASSERT_EQ(cuMemGetInfo_v2(&before, &total), CUDA_SUCCESS);
  const CUarray array = make_array<float>({1024, 1024}, CU_AD_FORMAT_FLOAT, 4, {});
  ASSERT_EQ(cuMemGetInfo_v2(&with, &total), CUDA_SUCCESS);
  EXPECT_EQ(before - with, std::size_t{16} << 20);
  ASSERT_EQ(cuArrayDestroy(array), CUDA_SUCCESS);
  ASSERT_EQ(cuMemGetInfo_v2(&after, &total), CUDA_SUCCESS);
  EXPECT_EQ(after, before);
}

TEST_F(TexturesApiTest, RefusesWrongArrays) {
  EXPECT_EQ(create({8, 8, 8, CU_AD_FORMAT_FLOAT, 1, 0}), CUDA_SUCCESS);
  EXPECT_EQ(create({0, 8, 0, CU_AD_FORMAT_FLOAT, 1, 0}), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(create({8, 0, 8, CU_AD_FORMAT_FLOAT, 1, 0}), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(create({8, 0, 8, CU_AD_FORMAT_FLOAT, 1, CUDA_ARRAY3D_LAYERED}), CUDA_SUCCESS);
  EXPECT_EQ(create({131073, 0, 0, CU_AD_FORMAT_FLOAT, 1, 0}), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(create({8, 8, 0, CU_AD_FORMAT_FLOAT, 3, 0}), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(create({8, 8, 0, 0x21, 1, 0}), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(create({8, 8, 0, 0x91, 4, 0}), CUDA_ERROR_NOT_SUPPORTED);  // block-compressed
  EXPECT_EQ(create({8, 8, 6, CU_AD_FORMAT_FLOAT, 1, CUDA_ARRAY3D_CUBEMAP}), CUDA_ERROR_NOT_SUPPORTED);
  EXPECT_EQ(create({16384, 16384, 16384, CU_AD_FORMAT_FLOAT, 4, 0}), CUDA_ERROR_OUT_OF_MEMORY);
  EXPECT_EQ(cuArray3DCreate_v2(nullptr, nullptr), CUDA_ERROR_INVALID_VALUE);
}

CUresult create_texture(const CUDA_RESOURCE_DESC& resource, const CUDA_TEXTURE_DESC& sampling) {
  CUtexObject object = 0;
  return cuTexObjectCreate(&object, &resource, &sampling, nullptr);
}

TEST_F(TexturesApiTest, RefusesWrongTextures) {
  const CUarray array = make_array<float>({8, 8}, CU_AD_FORMAT_FLOAT, 1, {});
  const CUDA_RESOURCE_DESC resource = resource_of(array);
  EXPECT_EQ(create_texture(resource, {}), CUDA_SUCCESS);
  CUDA_TEXTURE_DESC sampling{};
  sampling.address_mode[1] = 4;
  EXPECT_EQ(create_texture(resource, sampling), CUDA_ERROR_INVALID_VALUE);
  sampling = {};
  sampling.filter_mode = 2;
  EXPECT_EQ(create_texture(resource, sampling), CUDA_ERROR_INVALID_VALUE);
  sampling = {};
  sampling.flags = 0x1000;
  EXPECT_EQ(create_texture(resource, sampling), CUDA_ERROR_INVALID_VALUE);
  CUDA_RESOURCE_DESC wrong = resource;
  wrong.flags = 1;
  EXPECT_EQ(create_texture(wrong, {}), CUDA_ERROR_INVALID_VALUE);
  wrong = resource;
  wrong.type = CU_RESOURCE_TYPE_MIPMAPPED_ARRAY;
  EXPECT_EQ(create_texture(wrong, {}), CUDA_ERROR_NOT_SUPPORTED);
  wrong.type = 9;
  EXPECT_EQ(create_texture(wrong, {}), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(create_texture(resource_of(nullptr), {}), CUDA_ERROR_INVALID_HANDLE);
  CUtexObject object = 0;
  EXPECT_EQ(cuTexObjectCreate(nullptr, &resource, &sampling, nullptr), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuTexObjectCreate(&object, nullptr, &sampling, nullptr), CUDA_ERROR_INVALID_VALUE);
  const CUDA_RESOURCE_VIEW_DESC view{};
  sampling = {};
  EXPECT_EQ(cuTexObjectCreate(&object, &resource, &sampling, &view), CUDA_ERROR_NOT_SUPPORTED);
  EXPECT_EQ(cuTexObjectDestroy(0), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(TexturesApiTest, RefusesFiltersBetweenIntegers) {
  const CUarray bytes = make_array<unsigned char>({8, 8}, CU_AD_FORMAT_UNSIGNED_INT8, 1, {});
  CUDA_TEXTURE_DESC sampling{};
  sampling.filter_mode = CU_TR_FILTER_MODE_LINEAR;
  EXPECT_EQ(create_texture(resource_of(bytes), sampling), CUDA_SUCCESS);
  sampling.flags = CU_TRSF_READ_AS_INTEGER;
  EXPECT_EQ(create_texture(resource_of(bytes), sampling), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(TexturesApiTest, RefusesMemoryThatDoesNotFit) {
  const CUdeviceptr memory = copy_in(std::vector<float>(1024));
  CUDA_RESOURCE_DESC resource{};
  resource.type = CU_RESOURCE_TYPE_LINEAR;
  resource.linear = {memory, CU_AD_FORMAT_FLOAT, 1, 4096};
  EXPECT_EQ(create_texture(resource, {}), CUDA_SUCCESS);
  resource.linear.size = 4100;
  EXPECT_EQ(create_texture(resource, {}), CUDA_ERROR_INVALID_VALUE);
  resource.linear = {memory + 4, CU_AD_FORMAT_FLOAT, 1, 4};
  EXPECT_EQ(create_texture(resource, {}), CUDA_ERROR_INVALID_VALUE);
  resource.linear = {0, CU_AD_FORMAT_FLOAT, 1, 4};
  EXPECT_EQ(create_texture(resource, {}), CUDA_ERROR_INVALID_VALUE);
  resource.type = CU_RESOURCE_TYPE_PITCH2D;
  resource.pitch2d = {memory, CU_AD_FORMAT_FLOAT, 1, 8, 16, 256};
  EXPECT_EQ(create_texture(resource, {}), CUDA_SUCCESS);
  resource.pitch2d.height = 17;
  EXPECT_EQ(create_texture(resource, {}), CUDA_ERROR_INVALID_VALUE);
  resource.pitch2d = {memory, CU_AD_FORMAT_FLOAT, 1, 9, 16, 32};
  EXPECT_EQ(create_texture(resource, {}), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(TexturesApiTest, ObjectsAreWhatTheyWereMadeAs) {
  const CUarray array = make_array<float>({8, 8}, CU_AD_FORMAT_FLOAT, 1, {}, CUDA_ARRAY3D_SURFACE_LDST);
  CUDA_TEXTURE_DESC sampling{};
  sampling.filter_mode = CU_TR_FILTER_MODE_LINEAR;
  sampling.border_color[2] = 3;
  const CUtexObject texture = make_texture(resource_of(array), sampling);
  const CUsurfObject surface = make_surface(array);
  CUDA_RESOURCE_DESC resource{};
  ASSERT_EQ(cuTexObjectGetResourceDesc(&resource, texture), CUDA_SUCCESS);
  EXPECT_EQ(resource.array, array);
  ASSERT_EQ(cuSurfObjectGetResourceDesc(&resource, surface), CUDA_SUCCESS);
  EXPECT_EQ(resource.array, array);
  CUDA_TEXTURE_DESC found{};
  ASSERT_EQ(cuTexObjectGetTextureDesc(&found, texture), CUDA_SUCCESS);
  EXPECT_EQ(found.filter_mode, CU_TR_FILTER_MODE_LINEAR);
  EXPECT_EQ(found.border_color[2], 3.0f);
  EXPECT_EQ(cuTexObjectGetResourceDesc(&resource, surface), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuSurfObjectDestroy(texture), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuSurfObjectDestroy(surface), CUDA_SUCCESS);
  EXPECT_EQ(cuTexObjectDestroy(texture), CUDA_SUCCESS);
  EXPECT_EQ(cuTexObjectDestroy(texture), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(TexturesApiTest, SurfacesNeedArraysMadeForThem) {
  const CUarray array = make_array<float>({8, 8}, CU_AD_FORMAT_FLOAT, 1, {});
  const CUDA_RESOURCE_DESC resource = resource_of(array);
  CUsurfObject surface = 0;
  EXPECT_EQ(cuSurfObjectCreate(&surface, &resource), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(TexturesApiTest, TellsTheWidthOfPlainMemory) {
  std::size_t width = 0;
  int attribute = 0;
  ASSERT_EQ(cuDeviceGetTexture1DLinearMaxWidth(&width, CU_AD_FORMAT_FLOAT, 4, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuDeviceGetAttribute(&attribute, 69, 0), CUDA_SUCCESS);
  EXPECT_EQ(width, static_cast<std::size_t>(attribute));
  EXPECT_EQ(cuDeviceGetTexture1DLinearMaxWidth(&width, CU_AD_FORMAT_FLOAT, 3, 0), CUDA_ERROR_INVALID_VALUE);
}

}  // namespace
}  // namespace vgpu::programs
