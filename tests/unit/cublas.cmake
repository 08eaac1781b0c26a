# The sources themselves, beside a stand-in for libcuda.so.1 in the test, whose queue the test controls.
set(cublas_sources arguments.cpp complex_bytes.cpp factors.cpp gemm.cpp gemv_batched.cpp handle.cpp level1.cpp
    level1_ex.cpp level2.cpp level3.cpp levels.cpp lt_algorithm.cpp lt_check.cpp lt_descriptors.cpp
    lt_epilogue.cpp lt_matmul.cpp lt_settings.cpp lt_transform.cpp management.cpp refused.cpp status_text.cpp
    transfer.cpp triangles.cpp)
list(TRANSFORM cublas_sources PREPEND ${CMAKE_SOURCE_DIR}/shims/cublas/)
set(cublas_tests cublas_test.cpp cublas_factors_test.cpp cublas_fake_driver.cpp cublas_gemm_types_test.cpp
    cublas_gemv_batched_test.cpp cublas_level1_ex_test.cpp cublas_level1_test.cpp cublas_level2_test.cpp
    cublas_level3_test.cpp cublas_lt_test.cpp cublas_triangles_test.cpp)
list(TRANSFORM cublas_tests PREPEND ${CMAKE_SOURCE_DIR}/tests/unit/)
vgpu_test(cublas_test LABEL unit SOURCES ${cublas_tests} ${cublas_sources}
          DEPENDS vgpu::blas vgpu::shim ${CMAKE_DL_LIBS})
target_compile_definitions(cublas_test PRIVATE VGPU_CUBLAS_MAJOR=12 VGPU_FUNCTIONS="shims/cublas/functions.def")
target_link_options(cublas_test PRIVATE -rdynamic)

vgpu_test(cublas_fault_test LABEL unit SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/cublas_fault_test.cpp
          DEPENDS vgpu_cublas12 vgpu_cuda)
set_target_properties(cublas_fault_test PROPERTIES BUILD_RPATH ${CMAKE_BINARY_DIR}/stage/lib64)

vgpu_test(cublas_capture_test LABEL unit SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/cublas_capture_test.cpp
          DEPENDS vgpu_cublas12 vgpu_cublaslt12 vgpu_cuda)
set_target_properties(cublas_capture_test PROPERTIES BUILD_RPATH ${CMAKE_BINARY_DIR}/stage/lib64)
