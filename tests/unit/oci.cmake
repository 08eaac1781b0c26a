vgpu_test(oci_test LABEL unit
  SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/oci_cache_test.cpp ${CMAKE_SOURCE_DIR}/tests/unit/oci_choices_test.cpp ${CMAKE_SOURCE_DIR}/tests/unit/oci_config_test.cpp ${CMAKE_SOURCE_DIR}/tests/unit/oci_driver_files_test.cpp ${CMAKE_SOURCE_DIR}/tests/unit/oci_hooks_file_test.cpp
          ${CMAKE_SOURCE_DIR}/tests/unit/oci_library_scan_test.cpp ${CMAKE_SOURCE_DIR}/tests/unit/oci_plan_test.cpp
          ${CMAKE_SOURCE_DIR}/tests/unit/oci_request_test.cpp ${CMAKE_SOURCE_DIR}/tests/unit/oci_rootfs_test.cpp
  DEPENDS vgpu::oci)

find_library(SECCOMP_LIBRARY seccomp REQUIRED)
vgpu_test(oci_seccomp_test LABEL unit
  SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/oci_seccomp_test.cpp ${CMAKE_SOURCE_DIR}/tests/unit/oci_seccomp_profile_test.cpp ${CMAKE_SOURCE_DIR}/tests/unit/filter_program.cpp
  DEPENDS vgpu::oci ${SECCOMP_LIBRARY})
