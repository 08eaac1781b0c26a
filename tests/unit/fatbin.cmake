add_executable(ptx_list tools/ptx_list.cpp)
target_link_libraries(ptx_list PRIVATE vgpu::fatbin vgpu::ptx)

vgpu_test(fatbin_test LABEL unit
  SOURCES unit/fatbin_test.cpp
  DEPENDS vgpu::fatbin)
