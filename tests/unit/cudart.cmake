vgpu_test(cudart_test LABEL unit SOURCES ${CMAKE_CURRENT_LIST_DIR}/cudart_test.cpp DEPENDS vgpu_cudart12 vgpu_cuda)
target_compile_definitions(cudart_test PRIVATE VGPU_CUDART_MAJOR=12)
vgpu_test(cudart_symbols_test LABEL abi SOURCES ${CMAKE_CURRENT_LIST_DIR}/cudart_symbols_test.cpp DEPENDS)
target_compile_definitions(cudart_symbols_test PRIVATE VGPU_TEST_STAGE="${CMAKE_BINARY_DIR}/stage/lib64")
add_dependencies(cudart_symbols_test vgpu_cuda vgpu_cudart12 vgpu_cudart13)
set_target_properties(cudart_test PROPERTIES BUILD_RPATH ${CMAKE_BINARY_DIR}/stage/lib64)
vgpu_test(cudart_texture_test LABEL unit SOURCES ${CMAKE_CURRENT_LIST_DIR}/cudart_texture_test.cpp
          DEPENDS vgpu_cudart12 vgpu_cuda)
target_compile_definitions(cudart_texture_test PRIVATE VGPU_CUDART_MAJOR=12)
set_target_properties(cudart_texture_test PROPERTIES BUILD_RPATH ${CMAKE_BINARY_DIR}/stage/lib64)
foreach(major 12 13)
  vgpu_test(cudart${major}_graph_test LABEL unit SOURCES ${CMAKE_CURRENT_LIST_DIR}/cudart_graph_test.cpp
            DEPENDS vgpu_cudart${major} vgpu_cuda)
  # Kernels are compiled by the engine that lies beside libcuda.so.1 in the stage folder.
  add_dependencies(cudart${major}_graph_test vgpu_engine)
  target_compile_definitions(cudart${major}_graph_test PRIVATE VGPU_CUDART_MAJOR=${major})
  set_target_properties(cudart${major}_graph_test PROPERTIES BUILD_RPATH ${CMAKE_BINARY_DIR}/stage/lib64)
endforeach()
