# The sources themselves, beside a stand-in for libcuda.so.1 in the test, whose queue the test controls.
set(cublas_sources arguments.cpp gemm.cpp handle.cpp level2.cpp level3.cpp levels.cpp lt_descriptors.cpp
    lt_matmul.cpp management.cpp refused.cpp status_text.cpp transfer.cpp)
list(TRANSFORM cublas_sources PREPEND ${CMAKE_SOURCE_DIR}/shims/cublas/)
vgpu_test(cublas_test LABEL unit SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/cublas_test.cpp
          ${CMAKE_SOURCE_DIR}/tests/unit/cublas_level2_test.cpp ${CMAKE_SOURCE_DIR}/tests/unit/cublas_level3_test.cpp
          ${CMAKE_SOURCE_DIR}/tests/unit/cublas_fake_driver.cpp
          ${cublas_sources}
          DEPENDS vgpu::blas vgpu::shim ${CMAKE_DL_LIBS})
target_compile_definitions(cublas_test PRIVATE VGPU_CUBLAS_MAJOR=12 VGPU_FUNCTIONS="shims/cublas/functions.def")
target_link_options(cublas_test PRIVATE -rdynamic)

vgpu_test(cublas_fault_test LABEL unit SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/cublas_fault_test.cpp
          DEPENDS vgpu_cublas12 vgpu_cuda)
set_target_properties(cublas_fault_test PROPERTIES BUILD_RPATH ${CMAKE_BINARY_DIR}/stage/lib64)
