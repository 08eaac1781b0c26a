if(NOT VGPU_SANITIZE)
  add_test(NAME portable_libraries COMMAND ${CMAKE_CURRENT_LIST_DIR}/portable_libraries.sh ${VGPU_PORTABLE_GLIBC}
                                           ${CMAKE_BINARY_DIR}/stage/lib64)
  set_tests_properties(portable_libraries PROPERTIES LABELS abi)
endif()
