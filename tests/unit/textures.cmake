vgpu_test(textures_test LABEL ptx
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/textures_test.cpp ${CMAKE_CURRENT_LIST_DIR}/textures_surface_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/textures_reference_test.cpp ${CMAKE_CURRENT_LIST_DIR}/../ptx/texture_reference.cpp
  DEPENDS vgpu_cuda)
vgpu_test(textures_api_test LABEL unit
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/textures_api_test.cpp ${CMAKE_CURRENT_LIST_DIR}/textures_copy_test.cpp
  DEPENDS vgpu_cuda)
add_dependencies(textures_test vgpu_engine)
set_target_properties(textures_test textures_api_test PROPERTIES BUILD_RPATH ${CMAKE_BINARY_DIR}/stage/lib64)
