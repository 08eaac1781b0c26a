# The device plugin's program against a kubelet that the tests play, by the interface's own calls.
if(VGPU_DEVICE_PLUGIN)
  vgpu_test(device_plugin_test LABEL unit
    SOURCES ${CMAKE_SOURCE_DIR}/tests/device_plugin/parts_test.cpp ${CMAKE_SOURCE_DIR}/tests/device_plugin/plugin_test.cpp
    DEPENDS vgpu::device_plugin)
  target_compile_definitions(device_plugin_test PRIVATE VGPU_TEST_DEVICE_PLUGIN="$<TARGET_FILE:vgpu-device-plugin>")
  add_dependencies(device_plugin_test vgpu-device-plugin)
endif()
