vgpu_test(cli_test LABEL unit SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/cli_test.cpp DEPENDS vgpu::base)
target_compile_definitions(cli_test PRIVATE VGPU_PROGRAM="$<TARGET_FILE:vgpu>" VGPU_HOOK_PROGRAM="$<TARGET_FILE:vgpu-hook>")
add_dependencies(cli_test vgpu vgpu-hook)
