vgpu_test(faults_test LABEL unit
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/faults_test.cpp ${CMAKE_CURRENT_LIST_DIR}/faults_refusal_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/faults_runtime_test.cpp
  DEPENDS vgpu_cudart12 vgpu_cuda)
target_compile_definitions(faults_test PRIVATE VGPU_CUDART_MAJOR=12)
# Kernels are compiled by the engine that lies beside libcuda.so.1 in the stage folder.
add_dependencies(faults_test vgpu_engine)
set_target_properties(faults_test PROPERTIES BUILD_RPATH ${CMAKE_BINARY_DIR}/stage/lib64)
