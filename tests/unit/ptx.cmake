vgpu_test(ptx_test LABEL unit
  SOURCES unit/ptx_body_test.cpp unit/ptx_flow_test.cpp unit/ptx_link_test.cpp unit/ptx_module_test.cpp unit/ptx_opcode_test.cpp
  DEPENDS vgpu::ptx)
target_include_directories(ptx_test PRIVATE ${CMAKE_CURRENT_LIST_DIR}/..)

vgpu_test(ptx_corpus_test LABEL ptx
  SOURCES unit/ptx_corpus_test.cpp
  DEPENDS vgpu::fatbin vgpu::ptx)
