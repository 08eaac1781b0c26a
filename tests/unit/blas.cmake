vgpu_test(blas_test LABEL unit SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/blas_test.cpp DEPENDS vgpu::blas)
