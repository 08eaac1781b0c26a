vgpu_test(blas_test LABEL unit SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/blas_test.cpp
          ${CMAKE_SOURCE_DIR}/tests/unit/blas_amx_test.cpp ${CMAKE_SOURCE_DIR}/tests/unit/blas_instructions_test.cpp
          DEPENDS vgpu::blas)
foreach(set v2 avx2 avx512)
  add_test(NAME blas.forced.${set} COMMAND blas_test --gtest_filter=Instructions.TheEnvironmentForcesThem)
  set_tests_properties(blas.forced.${set} PROPERTIES LABELS unit ENVIRONMENT VGPU_ISA=${set})
endforeach()
