vgpu_test(host_test LABEL unit SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/host_cache_test.cpp DEPENDS vgpu::host)
