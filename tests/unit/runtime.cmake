vgpu_test(runtime_test LABEL unit
  SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/runtime_arguments_test.cpp
          ${CMAKE_SOURCE_DIR}/tests/unit/runtime_bundle_test.cpp
          ${CMAKE_SOURCE_DIR}/tests/unit/runtime_program_test.cpp
          ${CMAKE_SOURCE_DIR}/tests/unit/runtime_real_test.cpp
  DEPENDS vgpu::runtime)
target_compile_definitions(runtime_test PRIVATE VGPU_RUNTIME_PROGRAM="$<TARGET_FILE:vgpu-runtime>")
add_dependencies(runtime_test vgpu-runtime)
