vgpu_test(cuda_test LABEL unit SOURCES ${CMAKE_CURRENT_LIST_DIR}/cuda_test.cpp DEPENDS vgpu_cuda)
vgpu_test(cuda_launch_test LABEL unit SOURCES ${CMAKE_CURRENT_LIST_DIR}/cuda_launch_test.cpp DEPENDS vgpu_cuda)
vgpu_test(cuda_link_test LABEL unit SOURCES ${CMAKE_CURRENT_LIST_DIR}/cuda_link_test.cpp DEPENDS vgpu_cuda)
vgpu_test(cuda_memory_test LABEL unit SOURCES ${CMAKE_CURRENT_LIST_DIR}/cuda_memory_test.cpp DEPENDS vgpu_cuda)
vgpu_test(cuda_runtime_tables_test LABEL unit
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/cuda_runtime_tables_test.cpp ${CMAKE_SOURCE_DIR}/shims/cuda/message_digest.cpp
  DEPENDS vgpu_cuda)
vgpu_test(cuda_graph_test LABEL unit
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/graph_nodes_test.cpp ${CMAKE_CURRENT_LIST_DIR}/graph_shape_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/graph_lifetime_test.cpp ${CMAKE_CURRENT_LIST_DIR}/stream_memory_test.cpp
  DEPENDS vgpu_cuda)
foreach(test cuda_graph_test cuda_test cuda_launch_test cuda_link_test cuda_memory_test cuda_runtime_tables_test)
  # By its SONAME, the library is libcuda.so.1: found in the stage folder.
  set_target_properties(${test} PROPERTIES BUILD_RPATH ${CMAKE_BINARY_DIR}/stage/lib64)
endforeach()
