foreach(part memory heap busy stream launch fault module print cache)
  vgpu_test(exec_${part}_test LABEL unit SOURCES ${CMAKE_CURRENT_LIST_DIR}/exec_${part}_test.cpp DEPENDS vgpu::exec)
endforeach()
