vgpu_test(gpu_programs_test LABEL ptx
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/gpu_programs_test.cpp ${CMAKE_CURRENT_LIST_DIR}/gpu_programs_barriers_test.cpp ${CMAKE_CURRENT_LIST_DIR}/gpu_programs_cooperative_test.cpp ${CMAKE_CURRENT_LIST_DIR}/gpu_programs_order_test.cpp ${CMAKE_CURRENT_LIST_DIR}/gpu_programs_whole_access_test.cpp ${CMAKE_CURRENT_LIST_DIR}/gpu_programs_heap_test.cpp ${CMAKE_CURRENT_LIST_DIR}/gpu_programs_mbarrier_test.cpp ${CMAKE_CURRENT_LIST_DIR}/gpu_programs_lanes_test.cpp
  DEPENDS vgpu_cuda)
# Kernels are compiled by the engine that lies beside libcuda.so.1 in the stage folder.
add_dependencies(gpu_programs_test vgpu_engine)
set_target_properties(gpu_programs_test PROPERTIES BUILD_RPATH ${CMAKE_BINARY_DIR}/stage/lib64)
