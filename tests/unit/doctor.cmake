vgpu_test(doctor_test LABEL unit
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/doctor_container_test.cpp ${CMAKE_CURRENT_LIST_DIR}/doctor_parts_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/doctor_trace_test.cpp
  DEPENDS vgpu::doctor ${CMAKE_DL_LIBS})
target_compile_definitions(doctor_test PRIVATE VGPU_TEST_STAGE="${VGPU_STAGE_DIRECTORY}")
add_dependencies(doctor_test vgpu_cuda vgpu_nvml)
