#include "tests/unit/textures_fixture.h"

// Texture and surface references: variables of a module, as CUDA had them up to version 11.
namespace vgpu::programs {
namespace {

constexpr const char* kText =
    ".visible .global .texref image;\n.visible .global .surfref target;\n"
    ".visible .entry k(.param .u64 out)\n{\n  .reg .b32 %r<9>;\n  .reg .f32 %f<9>;\n  .reg .b64 %rd<4>;\n"
    "  ld.param.u64 %rd2, [out];\n  mov.u32 %r1, %tid.x;\n  mul.wide.u32 %rd3, %r1, 4;\n  add.u64 %rd2, %rd2, %rd3;\n"
    "  cvt.rn.f32.u32 %f1, %r1;\n  mul.f32 %f1, %f1, 0f3F000000;\n"
    "  tex.2d.v4.f32.f32 {%f4, %f5, %f6, %f7}, [image, {%f1, %f1}];\n  st.global.f32 [%rd2], %f4;\n  ret;\n}\n"
    ".visible .entry store()\n{\n  .reg .b32 %r<3>;\n  mov.u32 %r1, %tid.x;\n  shl.b32 %r2, %r1, 2;\n"
    "  sust.b.1d.b32.trap [target, {%r2}], %r1;\n  ret;\n}\n";

class TextureReferencesTest : public ProgramTest {
 protected:
  std::vector<float> fetch(CUfunction kernel) {
    const CUdeviceptr out = copy_in(std::vector<float>(16, -1));
    run(kernel, {1, 1, 1}, {16, 1, 1}, 0, out);
    return copy_out<float>(out, 16);
  }
};

TEST_F(TextureReferencesTest, FollowsWhatIsSet) {
  const CUfunction kernel = compile(kText);
  CUtexref reference = nullptr, again = nullptr;
  ASSERT_EQ(cuModuleGetTexRef(&reference, module_, "image"), CUDA_SUCCESS);
  ASSERT_EQ(cuModuleGetTexRef(&again, module_, "image"), CUDA_SUCCESS);
  EXPECT_EQ(reference, again);
  EXPECT_EQ(cuModuleGetTexRef(&again, module_, "nothing"), CUDA_ERROR_NOT_FOUND);
  std::vector<float> texels(64);
  for (std::size_t i = 0; i < texels.size(); ++i) texels[i] = static_cast<float>(i);
  const CUarray array = make_array({8, 8}, CU_AD_FORMAT_FLOAT, 1, texels);
  ASSERT_EQ(cuTexRefSetArray(reference, array, CU_TRSA_OVERRIDE_FORMAT), CUDA_SUCCESS);
  ASSERT_EQ(cuTexRefSetAddressMode(reference, 0, CU_TR_ADDRESS_MODE_CLAMP), CUDA_SUCCESS);
  std::vector<float> results = fetch(kernel);
  for (unsigned i = 0; i < 16; ++i) ASSERT_EQ(results[i], static_cast<float>(i / 2 * 9)) << i;
  ASSERT_EQ(cuTexRefSetFilterMode(reference, CU_TR_FILTER_MODE_LINEAR), CUDA_SUCCESS);
  results = fetch(kernel);
  for (unsigned i = 1; i < 16; ++i) ASSERT_EQ(results[i], static_cast<float>(i - 1) * 4.5f) << i;
  CUarray bound = nullptr;
  EXPECT_EQ(cuTexRefGetArray(&bound, reference), CUDA_SUCCESS);
  EXPECT_EQ(bound, array);
  CUfilter_mode filter = 0;
  EXPECT_EQ(cuTexRefGetFilterMode(&filter, reference), CUDA_SUCCESS);
  EXPECT_EQ(filter, CU_TR_FILTER_MODE_LINEAR);
}

TEST_F(TextureReferencesTest, ReadsRowsInPlainMemory) {
  const CUfunction kernel = compile(kText);
  CUtexref reference = nullptr;
  ASSERT_EQ(cuModuleGetTexRef(&reference, module_, "image"), CUDA_SUCCESS);
  std::vector<unsigned char> rows(64 * 8);
  for (std::size_t y = 0; y < 8; ++y) {
    for (std::size_t x = 0; x < 8; ++x) rows[y * 64 + x] = static_cast<unsigned char>(y * 16 + x);
  }
  const CUDA_ARRAY_DESCRIPTOR descriptor{8, 8, CU_AD_FORMAT_UNSIGNED_INT8, 1};
  ASSERT_EQ(cuTexRefSetAddress2D_v3(reference, &descriptor, copy_in(rows), 64), CUDA_SUCCESS);
  const std::vector<float> results = fetch(kernel);
  for (unsigned i = 0; i < 16; ++i) ASSERT_FLOAT_EQ(results[i], static_cast<float>(i / 2 * 17) / 255) << i;
  EXPECT_EQ(cuTexRefSetAddress2D_v3(reference, &descriptor, 0, 64), CUDA_ERROR_INVALID_VALUE);
}

// k(out): thread i fetches texel i of a reference to plain memory.
TEST_F(TextureReferencesTest, TellsTheOffsetOfPlainMemory) {
  const CUfunction kernel = compile(
      ".visible .global .texref image;\n.visible .entry k(.param .u64 out)\n{\n  .reg .b32 %r<9>;\n"
      "  .reg .b64 %rd<4>;\n  ld.param.u64 %rd2, [out];\n  mov.u32 %r1, %tid.x;\n  mul.wide.u32 %rd3, %r1, 4;\n"
      "  add.u64 %rd2, %rd2, %rd3;\n  tex.1d.v4.u32.s32 {%r4, %r5, %r6, %r7}, [image, {%r1}];\n"
      "  st.global.u32 [%rd2], %r4;\n  ret;\n}\n");
  CUtexref reference = nullptr;
  ASSERT_EQ(cuModuleGetTexRef(&reference, module_, "image"), CUDA_SUCCESS);
  std::vector<unsigned> values(32);
  for (unsigned i = 0; i < values.size(); ++i) values[i] = i + 100;
  const CUdeviceptr memory = copy_in(values);
  ASSERT_EQ(cuTexRefSetFormat(reference, CU_AD_FORMAT_UNSIGNED_INT32, 1), CUDA_SUCCESS);
  ASSERT_EQ(cuTexRefSetFlags(reference, CU_TRSF_READ_AS_INTEGER), CUDA_SUCCESS);
  std::size_t offset = 0;
  ASSERT_EQ(cuTexRefSetAddress_v2(&offset, reference, memory + 8, 24), CUDA_SUCCESS);
  EXPECT_EQ(offset, 8u);
  EXPECT_EQ(cuTexRefSetAddress_v2(nullptr, reference, memory + 8, 24), CUDA_ERROR_INVALID_VALUE);
  ASSERT_EQ(cuTexRefSetAddress_v2(&offset, reference, memory + 8, 24), CUDA_SUCCESS);
  const CUdeviceptr out = copy_in(std::vector<unsigned>(16, 1));
  run(kernel, {1, 1, 1}, {16, 1, 1}, 0, out);
  const std::vector<unsigned> results = copy_out<unsigned>(out, 16);
  for (unsigned i = 0; i < 16; ++i) ASSERT_EQ(results[i], i < 8 ? i + 100 : 0) << i;
}

TEST_F(TextureReferencesTest, StoresThroughASurfaceReference) {
  compile(kText);
  CUfunction store = nullptr;
  ASSERT_EQ(cuModuleGetFunction(&store, module_, "store"), CUDA_SUCCESS);
  CUsurfref reference = nullptr;
  ASSERT_EQ(cuModuleGetSurfRef(&reference, module_, "target"), CUDA_SUCCESS);
  const CUarray array =
      make_array({32}, CU_AD_FORMAT_UNSIGNED_INT32, 1, std::vector<unsigned>(32, 99), CUDA_ARRAY3D_SURFACE_LDST);
  ASSERT_EQ(cuSurfRefSetArray(reference, array, 0), CUDA_SUCCESS);
  run(store, {1, 1, 1}, {32, 1, 1}, 0);
  std::vector<unsigned> values(32);
  ASSERT_EQ(cuMemcpyAtoH_v2(values.data(), array, 0, 128), CUDA_SUCCESS);
  for (unsigned i = 0; i < 32; ++i) ASSERT_EQ(values[i], i);
}

TEST_F(TextureReferencesTest, UnboundIsAFaultOfTheKernel) {
  const CUfunction kernel = compile(kText);
  const CUdeviceptr out = copy_in(std::vector<float>(16));
  ASSERT_EQ(launch_in(nullptr, kernel, {1, 1, 1}, {16, 1, 1}, 0, out), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxSynchronize(), CUDA_ERROR_ILLEGAL_ADDRESS);
  ASSERT_EQ(cuDevicePrimaryCtxReset_v2(0), CUDA_SUCCESS);
  ASSERT_EQ(cuDevicePrimaryCtxRetain(&context_, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuCtxSetCurrent(context_), CUDA_SUCCESS);
}

}  // namespace
}  // namespace vgpu::programs
