vgpu_test(nvml_test LABEL abi SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/nvml_test.cpp DEPENDS vgpu_nvml ${CMAKE_DL_LIBS})
set_target_properties(nvml_test PROPERTIES BUILD_RPATH ${CMAKE_BINARY_DIR}/stage/lib64)
