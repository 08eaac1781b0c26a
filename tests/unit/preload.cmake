set(exec ${CMAKE_SOURCE_DIR}/shims/preload/exec)
vgpu_test(preload_environment_test LABEL unit
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/preload_environment_test.cpp ${exec}/inheritance.cpp ${exec}/child_environment.cpp
  DEPENDS)
# The sanitizers' runtime wants to be loaded before all others.
if(NOT VGPU_SANITIZE)
  vgpu_test(preload_libraries_test LABEL unit SOURCES ${CMAKE_CURRENT_LIST_DIR}/preload_libraries_test.cpp DEPENDS)
  target_compile_definitions(preload_libraries_test PRIVATE VGPU_TEST_STAGE="${CMAKE_BINARY_DIR}/stage/lib64"
    VGPU_TEST_PROBE="$<TARGET_FILE:preload_probe>" VGPU_TEST_LINKED="$<TARGET_FILE:preload_linked>")
  add_dependencies(preload_libraries_test preload_probe preload_linked vgpu_preload_exec vgpu_preload_cuda vgpu_preload_nvml
    vgpu_preload_cudart vgpu_cuda vgpu_nvml vgpu_cudart12)
endif()
