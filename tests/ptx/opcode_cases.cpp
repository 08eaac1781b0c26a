#include "tests/ptx/opcode_cases.h"

#include "tests/ptx/cases.h"

namespace vgpu::test {

const std::vector<OpcodeCase>& opcode_cases() {
  static const std::vector<OpcodeCase> cases = [] {
    Cases made;
    add_integer_cases(made);
    add_bits_cases(made);
    add_float_cases(made);
    add_half_cases(made);
    add_convert_cases(made);
    add_compare_cases(made);
    add_memory_cases(made);
    add_atomic_cases(made);
    add_warp_cases(made);
    add_matrix_cases(made);
    add_double_tile_cases(made);
    add_narrow_product_cases(made);
    add_mbarrier_cases(made);
    add_video_cases(made);
    add_texture_cases(made);
    add_surface_cases(made);
    return made;
  }();
  return cases;
}

}  // namespace vgpu::test
