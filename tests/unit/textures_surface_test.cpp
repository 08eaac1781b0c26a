#include "tests/unit/textures_fixture.h"

// Surface objects in compiled kernels.
namespace vgpu::programs {
namespace {

class SurfacesTest : public ProgramTest {
 protected:
  // k(surface): each thread stores its number at its place in a plane of 32 columns; `boundary` and the place's offset
  // are the test's.
  CUfunction store_kernel(const std::string& boundary, int offset) {
    return compile(
        ".visible .entry k(.param .u64 s)\n{\n  .reg .b32 %r<9>;\n  .reg .b64 %rd<2>;\n"
        "  ld.param.u64 %rd1, [s];\n" +
        std::string(kGlobalIndex) + "  and.b32 %r4, %r1, 31;\n  shr.u32 %r5, %r1, 5;\n  add.s32 %r4, %r4, " +
        std::to_string(offset) + ";\n  shl.b32 %r4, %r4, 2;\n  sust.b.2d.b32." + boundary +
        " [%rd1, {%r4, %r5}], %r1;\n  ret;\n}\n");
  }
  static std::vector<unsigned> texels(CUarray array) {
    std::vector<unsigned> values(std::size_t{32} * 16);
    EXPECT_EQ(cuMemcpyAtoH_v2(values.data(), array, 0, values.size() * sizeof(unsigned)), CUDA_SUCCESS);
    return values;
  }
  static CUarray plane() {
    return make_array({32, 16}, CU_AD_FORMAT_UNSIGNED_INT32, 1, std::vector<unsigned>(std::size_t{32} * 16, 7777),
                      CUDA_ARRAY3D_SURFACE_LDST);
  }
};

TEST_F(SurfacesTest, StoresWhereItIsTold) {
  const CUarray array = plane();
  run(store_kernel("trap", 0), {4, 1, 1}, {128, 1, 1}, 0, make_surface(array));
  const std::vector<unsigned> values = texels(array);
  for (unsigned i = 0; i < values.size(); ++i) ASSERT_EQ(values[i], i);
}

TEST_F(SurfacesTest, LeavesOutWhatIsOutside) {
  const CUarray array = plane();
  run(store_kernel("zero", 8), {4, 1, 1}, {128, 1, 1}, 0, make_surface(array));
  const std::vector<unsigned> values = texels(array);
  for (unsigned i = 0; i < values.size(); ++i) ASSERT_EQ(values[i], i % 32 < 8 ? 7777 : i - 8);
}

TEST_F(SurfacesTest, TrapsOutside) {
  const CUarray array = plane();
  const CUsurfObject surface = make_surface(array);
  ASSERT_EQ(launch_in(nullptr, store_kernel("trap", 8), {4, 1, 1}, {128, 1, 1}, 0, surface), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxSynchronize(), CUDA_ERROR_ILLEGAL_ADDRESS);
  ASSERT_EQ(cuDevicePrimaryCtxReset_v2(0), CUDA_SUCCESS);
  ASSERT_EQ(cuDevicePrimaryCtxRetain(&context_, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuCtxSetCurrent(context_), CUDA_SUCCESS);
}

TEST_F(SurfacesTest, WantsAlignedPlaces) {
  const CUfunction kernel = compile(
      ".visible .entry k(.param .u64 s)\n{\n  .reg .b64 %rd<2>;\n  .reg .b32 %r<3>;\n"
      "  ld.param.u64 %rd1, [s];\n  suld.b.2d.v2.b32.trap {%r1, %r2}, [%rd1, {4, 0}];\n"
      "  sust.b.2d.b32.trap [%rd1, {0, 0}], %r1;\n  ret;\n}\n");
  const CUsurfObject surface = make_surface(plane());
  ASSERT_EQ(launch_in(nullptr, kernel, {1, 1, 1}, {1, 1, 1}, 0, surface), CUDA_SUCCESS);
  EXPECT_EQ(static_cast<int>(cuCtxSynchronize()), 716);  // CUDA_ERROR_MISALIGNED_ADDRESS
  ASSERT_EQ(cuDevicePrimaryCtxReset_v2(0), CUDA_SUCCESS);
  ASSERT_EQ(cuDevicePrimaryCtxRetain(&context_, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuCtxSetCurrent(context_), CUDA_SUCCESS);
}

// All threads of many blocks add to one texel.
TEST_F(SurfacesTest, ReducesAtomically) {
  const CUarray array =
      make_array({1, 1}, CU_AD_FORMAT_UNSIGNED_INT32, 1, std::vector<unsigned>{5}, CUDA_ARRAY3D_SURFACE_LDST);
  const CUfunction kernel = compile(
      ".visible .entry k(.param .u64 s)\n{\n  .reg .b64 %rd<2>;\n  ld.param.u64 %rd1, [s];\n"
      "  sured.b.add.2d.u32.trap [%rd1, {0, 0}], 3;\n  ret;\n}\n");
  run(kernel, {100, 1, 1}, {96, 1, 1}, 0, make_surface(array));
  unsigned value = 0;
  EXPECT_EQ(cuMemcpyAtoH_v2(&value, array, 0, sizeof value), CUDA_SUCCESS);
  EXPECT_EQ(value, 5u + 3 * 9600);
}

// What a surface stores, a texture of the same array reads in the next kernel.
TEST_F(SurfacesTest, FeedsATexture) {
  const CUarray array = plane();
  run(store_kernel("trap", 0), {4, 1, 1}, {128, 1, 1}, 0, make_surface(array));
  CUDA_TEXTURE_DESC sampling{};
  sampling.flags = CU_TRSF_READ_AS_INTEGER;
  const CUtexObject texture = make_texture(resource_of(array), sampling);
  const CUfunction kernel = compile(
      ".visible .entry k(.param .u64 t, .param .u64 out)\n{\n  .reg .b32 %r<9>;\n  .reg .b64 %rd<4>;\n"
      "  ld.param.u64 %rd1, [t];\n  ld.param.u64 %rd2, [out];\n" +
      std::string(kGlobalIndex) +
      "  and.b32 %r2, %r1, 31;\n  shr.u32 %r3, %r1, 5;\n  mul.wide.u32 %rd3, %r1, 4;\n  add.u64 %rd2, %rd2, %rd3;\n"
      "  tex.2d.v4.u32.s32 {%r5, %r6, %r7, %r8}, [%rd1, {%r2, %r3}];\n  st.global.u32 [%rd2], %r5;\n  ret;\n}\n");
  const CUdeviceptr out = copy_in(std::vector<unsigned>(512, 1));
  run(kernel, {4, 1, 1}, {128, 1, 1}, 0, texture, out);
  const std::vector<unsigned> results = copy_out<unsigned>(out, 512);
  for (unsigned i = 0; i < results.size(); ++i) ASSERT_EQ(results[i], i);
}

}  // namespace
}  // namespace vgpu::programs
