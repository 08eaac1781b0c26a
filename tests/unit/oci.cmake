vgpu_test(oci_test LABEL unit
  SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/oci_config_test.cpp ${CMAKE_SOURCE_DIR}/tests/unit/oci_hooks_file_test.cpp
          ${CMAKE_SOURCE_DIR}/tests/unit/oci_library_scan_test.cpp ${CMAKE_SOURCE_DIR}/tests/unit/oci_plan_test.cpp
          ${CMAKE_SOURCE_DIR}/tests/unit/oci_request_test.cpp ${CMAKE_SOURCE_DIR}/tests/unit/oci_rootfs_test.cpp
  DEPENDS vgpu::oci)
