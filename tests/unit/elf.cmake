vgpu_test(elf_test LABEL unit SOURCES ${CMAKE_CURRENT_LIST_DIR}/elf_file_test.cpp DEPENDS vgpu::oci)
target_compile_definitions(elf_test PRIVATE VGPU_TEST_STAGE="${VGPU_STAGE_DIRECTORY}")
add_dependencies(elf_test vgpu_cuda vgpu_cudart12)
