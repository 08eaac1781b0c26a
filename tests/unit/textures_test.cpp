#include <cmath>

#include "tests/ptx/texture_reference.h"
#include "tests/unit/textures_fixture.h"

// Texture objects in compiled kernels, in every address and filter mode, against the programming guide's formulas.
namespace vgpu::programs {
namespace {

using texture::AddressMode;

constexpr unsigned kFetches = 1000;

class TexturesTest : public ProgramTest {};

// k(texture, coordinates, results): thread i takes three coordinates and stores four channels.
std::string fetch_kernel(const std::string& geometry, const std::string& coordinates) {
  return ".visible .entry k(.param .u64 t, .param .u64 in, .param .u64 out)\n{\n  .reg .b32 %r<5>;\n"
         "  .reg .f32 %f<8>;\n  .reg .b64 %rd<8>;\n  .reg .pred %p;\n  ld.param.u64 %rd1, [t];\n"
         "  ld.param.u64 %rd2, [in];\n  ld.param.u64 %rd3, [out];\n" +
         std::string(kGlobalIndex) + "  setp.ge.u32 %p, %r1, " + std::to_string(kFetches) +
         ";\n  @%p ret;\n  mul.wide.u32 %rd4, %r1, 12;\n  add.u64 %rd2, %rd2, %rd4;\n  mul.wide.u32 %rd4, %r1, 16;\n"
         "  add.u64 %rd3, %rd3, %rd4;\n  ld.global.f32 %f1, [%rd2];\n  ld.global.f32 %f2, [%rd2+4];\n"
         "  ld.global.f32 %f3, [%rd2+8];\n  tex." +
         geometry + ".v4.f32.f32 {%f4, %f5, %f6, %f7}, [%rd1, " + coordinates +
         "];\n  st.global.v4.f32 [%rd3], {%f4, %f5, %f6, %f7};\n  ret;\n}\n";
}

// From two images before to two images behind.
std::vector<float> coordinates(double scale) {
  std::vector<float> values;
  for (unsigned i = 0; i < 3 * kFetches; ++i) {
    values.push_back(static_cast<float>((i * 7919 % 10007 / 10007.0 * 5 - 2) * scale));
  }
  return values;
}

void expect_modes(const std::vector<float>& results, const std::vector<float>& at, const test::ReferenceImage& image,
                  const texture::Sampling& sampling) {
  for (unsigned i = 0; i < kFetches; ++i) {
    const auto wanted = test::reference_fetch(image, sampling, {at[3 * i], at[3 * i + 1], at[3 * i + 2]});
    for (unsigned c = 0; c < 4; ++c) {
      ASSERT_NEAR(results[4 * i + c], wanted[c], 1e-5)
          << "channel " << c << " at " << at[3 * i] << ", " << at[3 * i + 1] << ", " << at[3 * i + 2] << ", modes "
          << static_cast<int>(sampling.address[0]);
    }
  }
}

struct Geometry {
  const char* name;
  const char* coordinates;
  ArraySize size;
  unsigned rank;
};

TEST_F(TexturesTest, EveryAddressAndFilterMode) {
  for (const Geometry& geometry : {Geometry{"1d", "{%f1}", {9}, 1}, Geometry{"2d", "{%f1, %f2}", {9, 6}, 2},
                                   Geometry{"3d", "{%f1, %f2, %f3, %f3}", {5, 6, 7}, 3}}) {
    const CUfunction kernel = compile(fetch_kernel(geometry.name, geometry.coordinates));
    test::ReferenceImage image;
    image.rank = geometry.rank;
    image.size = {static_cast<std::int64_t>(geometry.size.width),
                  static_cast<std::int64_t>(std::max<std::size_t>(1, geometry.size.height)),
                  static_cast<std::int64_t>(std::max<std::size_t>(1, geometry.size.depth))};
    std::vector<float> texels;
    for (std::int64_t i = 0; i < image.size[0] * image.size[1] * image.size[2]; ++i) {
      image.texels.push_back({static_cast<double>(i * 37 % 101) / 8, static_cast<double>(i), -1.0, 1.0 / 4});
      for (const double value : image.texels.back()) texels.push_back(static_cast<float>(value));
    }
    const CUarray array = make_array(geometry.size, CU_AD_FORMAT_FLOAT, 4, texels);
    for (const bool normalized : {false, true}) {
      const std::vector<float> at = coordinates(normalized ? 1 : 6);
      const CUdeviceptr in = copy_in(at);
      const CUdeviceptr out = copy_in(std::vector<float>(std::size_t{4} * kFetches));
      for (const int mode : {0, 1, 2, 3}) {
        for (const bool linear : {false, true}) {
          CUDA_TEXTURE_DESC wanted{};
          constexpr AddressMode kModes[] = {AddressMode::Wrap, AddressMode::Clamp, AddressMode::Mirror,
                                            AddressMode::Border};
          texture::Sampling sampling{.address = {kModes[mode], kModes[mode], kModes[mode]},
                                     .linear = linear,
                                     .normalized = normalized,
                                     .border = {1, 2, 3, 4}};
          for (int axis = 0; axis < 3; ++axis) wanted.address_mode[axis] = mode;
          for (int c = 0; c < 4; ++c) wanted.border_color[c] = sampling.border[static_cast<std::size_t>(c)];
          wanted.filter_mode = linear ? CU_TR_FILTER_MODE_LINEAR : CU_TR_FILTER_MODE_POINT;
          wanted.flags = normalized ? CU_TRSF_NORMALIZED_COORDINATES : 0;
          const CUtexObject object = make_texture(resource_of(array), wanted);
          run(kernel, {8, 1, 1}, {128, 1, 1}, 0, object, in, out);
          expect_modes(copy_out<float>(out, std::size_t{4} * kFetches), at, image, sampling);
          EXPECT_EQ(cuTexObjectDestroy(object), CUDA_SUCCESS);
        }
      }
    }
  }
}

// Bytes become fractions, and the filter works on those.
TEST_F(TexturesTest, ReadsBytesAsFractions) {
  const std::vector<unsigned char> bytes{0, 51, 102, 153, 204, 255};
  const CUarray array = make_array({6}, CU_AD_FORMAT_UNSIGNED_INT8, 1, bytes);
  CUDA_TEXTURE_DESC sampling{};
  sampling.address_mode[0] = CU_TR_ADDRESS_MODE_CLAMP;
  sampling.filter_mode = CU_TR_FILTER_MODE_LINEAR;
  const CUtexObject object = make_texture(resource_of(array), sampling);
  std::vector<float> at(std::size_t{3} * kFetches);
  for (unsigned i = 0; i < kFetches; ++i) at[std::size_t{3} * i] = static_cast<float>(i) / 128;
  const CUdeviceptr out = copy_in(std::vector<float>(std::size_t{4} * kFetches));
  run(compile(fetch_kernel("1d", "{%f1}")), {8, 1, 1}, {128, 1, 1}, 0, object, copy_in(at), out);
  const std::vector<float> results = copy_out<float>(out, std::size_t{4} * kFetches);
  for (unsigned i = 0; i < kFetches; ++i) {
    const double x = std::min(std::max(i / 128.0 - 0.5, 0.0), 5.0);
    ASSERT_NEAR(results[std::size_t{4} * i], x / 5, 1e-6) << i;
  }
}

// A texture in plain memory: texel numbers, zeros outside of it.
TEST_F(TexturesTest, PlainMemoryEndsInZeros) {
  std::vector<int> values(256);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int>(i) - 1000;
  CUDA_RESOURCE_DESC resource{};
  resource.type = CU_RESOURCE_TYPE_LINEAR;
  resource.linear = {copy_in(values), CU_AD_FORMAT_SIGNED_INT32, 1, 200 * sizeof(int)};
  const CUtexObject object = make_texture(resource, {});
  const CUfunction kernel = compile(
      ".visible .entry k(.param .u64 t, .param .u64 out)\n{\n  .reg .b32 %r<9>;\n  .reg .b64 %rd<4>;\n"
      "  ld.param.u64 %rd1, [t];\n  ld.param.u64 %rd2, [out];\n" +
      std::string(kGlobalIndex) +
      "  mul.wide.u32 %rd3, %r1, 4;\n  add.u64 %rd2, %rd2, %rd3;\n  sub.s32 %r4, %r1, 16;\n"
      "  tex.1d.v4.s32.s32 {%r5, %r6, %r7, %r8}, [%rd1, {%r4}];\n  st.global.u32 [%rd2], %r5;\n  ret;\n}\n");
  const CUdeviceptr out = copy_in(std::vector<int>(256, 77));
  run(kernel, {2, 1, 1}, {128, 1, 1}, 0, object, out);
  const std::vector<int> results = copy_out<int>(out, 256);
  for (int i = 0; i < 256; ++i) {
    const int index = i - 16;
    ASSERT_EQ(results[static_cast<std::size_t>(i)], index >= 0 && index < 200 ? index - 1000 : 0) << i;
  }
}

// A handle that never was, one that is no more, and one of a surface: the kernel's fault, not the process's.
TEST_F(TexturesTest, UnknownHandlesAreFaultsOfTheKernel) {
  const CUarray array = make_array<float>({4, 4}, CU_AD_FORMAT_FLOAT, 1, {}, CUDA_ARRAY3D_SURFACE_LDST);
  const CUtexObject destroyed = make_texture(resource_of(array), {});
  ASSERT_EQ(cuTexObjectDestroy(destroyed), CUDA_SUCCESS);
  const CUsurfObject surface = make_surface(array);
  for (const std::uint64_t handle :
       {std::uint64_t{0}, std::uint64_t{1}, destroyed, surface, ~std::uint64_t{0}, std::uint64_t{0x7f0000000000}}) {
    ASSERT_EQ(cuDevicePrimaryCtxReset_v2(0), CUDA_SUCCESS);
    ASSERT_EQ(cuDevicePrimaryCtxRetain(&context_, 0), CUDA_SUCCESS);
    ASSERT_EQ(cuCtxSetCurrent(context_), CUDA_SUCCESS);
    const CUfunction kernel = compile(fetch_kernel("2d", "{%f1, %f2}"));
    const CUdeviceptr in = copy_in(std::vector<float>(std::size_t{3} * kFetches));
    const CUdeviceptr out = copy_in(std::vector<float>(std::size_t{4} * kFetches));
    ASSERT_EQ(launch_in(nullptr, kernel, {8, 1, 1}, {128, 1, 1}, 0, handle, in, out), CUDA_SUCCESS);
    EXPECT_EQ(cuCtxSynchronize(), CUDA_ERROR_ILLEGAL_ADDRESS) << handle;
  }
  ASSERT_EQ(cuDevicePrimaryCtxReset_v2(0), CUDA_SUCCESS);
  ASSERT_EQ(cuDevicePrimaryCtxRetain(&context_, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuCtxSetCurrent(context_), CUDA_SUCCESS);
}

}  // namespace
}  // namespace vgpu::programs
