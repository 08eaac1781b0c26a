vgpu_test(cdi_test LABEL unit SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/oci_cdi_test.cpp DEPENDS vgpu::oci)
