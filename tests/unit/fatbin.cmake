add_executable(ptx_list tools/ptx_list.cpp)
target_link_libraries(ptx_list PRIVATE vgpu::fatbin vgpu::ptx)
