vgpu_test(supervisor_test LABEL unit
  SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/supervisor_handover_test.cpp
          ${CMAKE_SOURCE_DIR}/tests/unit/supervisor_memory_test.cpp
          ${CMAKE_SOURCE_DIR}/tests/unit/supervisor_delivery_test.cpp
          ${CMAKE_SOURCE_DIR}/tests/unit/supervisor_processes_test.cpp
          ${CMAKE_SOURCE_DIR}/tests/unit/supervisor_queries_test.cpp
  DEPENDS vgpu::supervisor)
