vgpu_test(kernel_test LABEL unit SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/kernel_ledger_test.cpp DEPENDS vgpu::kernel vgpu::rm)
