add_library(vgpu_opcode_cases STATIC
  ptx/harness.cpp ptx/run_case.cpp ptx/opcode_cases.cpp ptx/integer_cases.cpp ptx/bits_cases.cpp ptx/float_cases.cpp
  ptx/half_cases.cpp ptx/convert_cases.cpp ptx/compare_cases.cpp ptx/memory_cases.cpp ptx/atomic_cases.cpp
  ptx/warp_cases.cpp ptx/matrix_cases.cpp ptx/double_tile_cases.cpp ptx/narrow_product_cases.cpp ptx/mbarrier_cases.cpp
  ptx/video_cases.cpp ptx/texture_cases.cpp ptx/texture_reference.cpp ptx/surface_cases.cpp)
target_link_libraries(vgpu_opcode_cases PUBLIC vgpu::texture vgpu::base)
# The references are what their expressions say: nothing contracted, no reliance on one rounding mode.
target_compile_options(vgpu_opcode_cases PRIVATE -O1 -ffp-contract=off)
vgpu_test(interp_opcode_test LABEL ptx SOURCES ptx/interp_opcode_test.cpp DEPENDS vgpu_opcode_cases vgpu::interp)
vgpu_test(interp_corpus_test LABEL ptx SOURCES ptx/interp_corpus_test.cpp DEPENDS vgpu::interp vgpu::fatbin)
