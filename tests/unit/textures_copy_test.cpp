#include <numeric>

#include "tests/unit/textures_fixture.h"

// Copies from, to and between arrays.
namespace vgpu::programs {
namespace {

class ArrayCopyTest : public ProgramTest {
 protected:
  static std::vector<unsigned short> counted(std::size_t count) {
    std::vector<unsigned short> values(count);
    std::iota(values.begin(), values.end(), static_cast<unsigned short>(1));
    return values;
  }
  static std::vector<unsigned short> all_of(CUarray array, std::size_t count) {
    std::vector<unsigned short> values(count);
    EXPECT_EQ(cuMemcpyAtoH_v2(values.data(), array, 0, count * 2), CUDA_SUCCESS);
    return values;
  }
  static CUarray plane(std::size_t width, std::size_t height, const std::vector<unsigned short>& texels) {
    return make_array({width, height}, CU_AD_FORMAT_UNSIGNED_INT16, 1, texels);
  }
};

TEST_F(ArrayCopyTest, LinearOnes) {
  const CUarray first = make_array({10}, CU_AD_FORMAT_UNSIGNED_INT16, 1, counted(10));
  const CUarray second = make_array({10}, CU_AD_FORMAT_UNSIGNED_INT16, 1, std::vector<unsigned short>(10));
  const CUdeviceptr memory = copy_in(std::vector<unsigned short>{50, 51, 52});
  ASSERT_EQ(cuMemcpyDtoA_v2(second, 2, memory, 6), CUDA_SUCCESS);
  ASSERT_EQ(cuMemcpyAtoA_v2(second, 10, first, 4, 6), CUDA_SUCCESS);
  EXPECT_EQ(all_of(second, 10), (std::vector<unsigned short>{0, 50, 51, 52, 0, 3, 4, 5, 0, 0}));
  ASSERT_EQ(cuMemcpyAtoD_v2(memory, first, 0, 4), CUDA_SUCCESS);
  EXPECT_EQ(copy_out<unsigned short>(memory, 3), (std::vector<unsigned short>{1, 2, 52}));
  unsigned short value = 99;
  ASSERT_EQ(cuMemcpyHtoA_v2(first, 18, &value, 2), CUDA_SUCCESS);
  EXPECT_EQ(all_of(first, 10)[9], 99);
  EXPECT_EQ(cuMemcpyHtoA_v2(first, 19, &value, 2), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemcpyHtoA_v2(nullptr, 0, &value, 2), CUDA_ERROR_INVALID_HANDLE);
}

TEST_F(ArrayCopyTest, RectanglesInBothDirections) {
  const CUarray array = plane(6, 4, std::vector<unsigned short>(24));
  const std::vector<unsigned short> source = counted(15);  // three rows of five
  CUDA_MEMCPY2D copy{};
  copy.source_type = CU_MEMORYTYPE_HOST;
  copy.source_host = source.data();
  copy.source_pitch = 10;
  copy.source_x = 2;
  copy.destination_type = CU_MEMORYTYPE_ARRAY;
  copy.destination_array = array;
  copy.destination_x = 4;
  copy.destination_y = 1;
  copy.width = 6;
  copy.height = 3;
  ASSERT_EQ(cuMemcpy2D_v2(&copy), CUDA_SUCCESS);
  EXPECT_EQ(all_of(array, 24), (std::vector<unsigned short>{0, 0, 0, 0, 0, 0, 0, 0, 2,  3,  4,  0,  //
                                                            0, 0, 7, 8, 9, 0, 0, 0, 12, 13, 14, 0}));
  copy.height = 4;
  EXPECT_EQ(cuMemcpy2D_v2(&copy), CUDA_ERROR_INVALID_VALUE);
  std::vector<unsigned short> back(8, 1);
  CUDA_MEMCPY2D other{};
  other.source_type = CU_MEMORYTYPE_ARRAY;
  other.source_array = array;
  other.source_x = 4;
  other.source_y = 2;
  other.destination_type = CU_MEMORYTYPE_HOST;
  other.destination_host = back.data();
  other.destination_pitch = 8;
  other.width = 6;
  other.height = 2;
  ASSERT_EQ(cuMemcpy2DAsync_v2(&other, nullptr), CUDA_SUCCESS);
  ASSERT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
  EXPECT_EQ(back, (std::vector<unsigned short>{7, 8, 9, 1, 12, 13, 14, 1}));
}

TEST_F(ArrayCopyTest, BoxesBetweenArrays) {
  const CUarray from = make_array({4, 3, 5}, CU_AD_FORMAT_UNSIGNED_INT16, 1, counted(60));
  const CUarray to = make_array({6, 6, 6}, CU_AD_FORMAT_UNSIGNED_INT16, 1, std::vector<unsigned short>(216));
  CUDA_MEMCPY3D copy{};
  copy.source_type = copy.destination_type = CU_MEMORYTYPE_ARRAY;
  copy.source_array = from;
  copy.destination_array = to;
  copy.source_x = 2;
  copy.source_y = 1;
  copy.source_z = 3;
  copy.destination_x = 4;
  copy.destination_y = 3;
  copy.destination_z = 1;
  copy.width = 6;
  copy.height = 2;
  copy.depth = 2;
  ASSERT_EQ(cuMemcpy3D_v2(&copy), CUDA_SUCCESS);
  const std::vector<unsigned short> values = all_of(to, 216);
  for (std::size_t z = 0; z < 6; ++z) {
    for (std::size_t y = 0; y < 6; ++y) {
      for (std::size_t x = 0; x < 6; ++x) {
        const bool copied = x >= 2 && x < 5 && y >= 3 && y < 5 && z >= 1 && z < 3;
        const std::size_t source = ((z + 2) * 3 + (y - 2)) * 4 + (x - 1);
        ASSERT_EQ(values[(z * 6 + y) * 6 + x], copied ? source + 1 : 0) << x << ", " << y << ", " << z;
      }
    }
  }
  copy.source_z = 4;
  EXPECT_EQ(cuMemcpy3D_v2(&copy), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(ArrayCopyTest, NodesOfGraphs) {
  const CUarray array = plane(4, 2, std::vector<unsigned short>(8));
  const std::vector<unsigned short> source = counted(8);
  CUDA_MEMCPY3D copy{};
  copy.source_type = CU_MEMORYTYPE_HOST;
  copy.source_host = source.data();
  copy.destination_type = CU_MEMORYTYPE_ARRAY;
  copy.destination_array = array;
  copy.width = 8;
  copy.height = 2;
  copy.depth = 1;
  CUgraph graph = nullptr;
  CUgraphNode node = nullptr;
  CUgraphExec executable = nullptr;
  ASSERT_EQ(cuGraphCreate(&graph, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphAddMemcpyNode(&node, graph, nullptr, 0, &copy, context_), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphInstantiateWithFlags(&executable, graph, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphLaunch(executable, nullptr), CUDA_SUCCESS);
  ASSERT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
  EXPECT_EQ(all_of(array, 8), source);
  copy.height = 3;
  EXPECT_EQ(cuGraphAddMemcpyNode(&node, graph, nullptr, 0, &copy, context_), CUDA_ERROR_INVALID_VALUE);
}

}  // namespace
}  // namespace vgpu::programs
