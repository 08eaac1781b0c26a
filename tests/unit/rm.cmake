vgpu_test(rm_test LABEL unit
  SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/rm_table_test.cpp ${CMAKE_SOURCE_DIR}/tests/unit/rm_object_test.cpp
          ${CMAKE_SOURCE_DIR}/tests/unit/rm_control_test.cpp ${CMAKE_SOURCE_DIR}/tests/unit/rm_memory_test.cpp
          ${CMAKE_SOURCE_DIR}/tests/unit/rm_restore_test.cpp ${CMAKE_SOURCE_DIR}/tests/unit/rm_channel_test.cpp
          ${CMAKE_SOURCE_DIR}/tests/unit/rm_pascal_channel_test.cpp
  DEPENDS vgpu::rm)
