vgpu_test(doctor_test LABEL unit
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/doctor_container_test.cpp ${CMAKE_CURRENT_LIST_DIR}/doctor_parts_test.cpp
  DEPENDS vgpu::doctor)
