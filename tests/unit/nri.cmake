if(TARGET vgpu_nri)
  vgpu_test(nri_test LABEL unit
    SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/nri_frames_test.cpp ${CMAKE_SOURCE_DIR}/tests/unit/nri_plugin_test.cpp
    DEPENDS vgpu::nri)
endif()
