vgpu_test(warp_test LABEL unit SOURCES unit/warp_test.cpp DEPENDS vgpu::warp)
