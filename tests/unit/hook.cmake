vgpu_test(hook_test LABEL unit
  SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/hook_podman_names_test.cpp ${CMAKE_SOURCE_DIR}/tests/unit/hook_program_test.cpp ${CMAKE_SOURCE_DIR}/tests/unit/hook_state_test.cpp
  DEPENDS vgpu::hook)
target_compile_definitions(hook_test PRIVATE VGPU_HOOK_PROGRAM="$<TARGET_FILE:vgpu-hook>")
add_dependencies(hook_test vgpu-hook)
