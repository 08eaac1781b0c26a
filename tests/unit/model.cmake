vgpu_test(model_test LABEL unit SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/model_test.cpp DEPENDS vgpu::model)
