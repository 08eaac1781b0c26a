vgpu_test(kernel_differential_test LABEL ptx
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/kernel_differential_test.cpp ${CMAKE_CURRENT_LIST_DIR}/kernel_sample.cpp
  DEPENDS vgpu::exec vgpu::interp vgpu::engine vgpu::fatbin)
