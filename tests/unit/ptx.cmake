vgpu_test(ptx_test LABEL unit
  SOURCES unit/ptx_body_test.cpp
  DEPENDS vgpu::ptx)
