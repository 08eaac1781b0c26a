vgpu_test(readings_test LABEL unit SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/readings_test.cpp DEPENDS vgpu::model)
