vgpu_test(usage_test LABEL unit
  SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/usage_test.cpp ${CMAKE_SOURCE_DIR}/tests/unit/usage_ask_test.cpp
  DEPENDS vgpu::usage)
vgpu_test(exporter_test LABEL unit
  SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/exporter_test.cpp
  DEPENDS vgpu::exporter)
target_compile_definitions(exporter_test PRIVATE VGPU_DASHBOARD="${CMAKE_SOURCE_DIR}/deploy/grafana/vgpu.json")
