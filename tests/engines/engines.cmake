# Real container engines, driven by their own interfaces. Each script is a test; see library.bash.
find_program(PROTOC protoc)
set(cri_messages ${CMAKE_CURRENT_BINARY_DIR}/engines)
if(PROTOC)
  file(MAKE_DIRECTORY ${cri_messages})
  add_custom_command(OUTPUT ${cri_messages}/cri_pb2.py
    COMMAND ${PROTOC} --proto_path=${CMAKE_SOURCE_DIR}/tests/engines --python_out=${cri_messages} cri.proto
    DEPENDS ${CMAKE_SOURCE_DIR}/tests/engines/cri.proto VERBATIM)
  add_custom_target(cri_messages ALL DEPENDS ${cri_messages}/cri_pb2.py)
endif()

set(engine_environment ${container_environment} VGPU_TEST_MESSAGES=${cri_messages})
if(TARGET vgpu-runtime)
  list(APPEND engine_environment VGPU_TEST_RUNTIME=$<TARGET_FILE:vgpu-runtime>)
endif()
if(TARGET vgpu-nri)
  list(APPEND engine_environment VGPU_TEST_NRI=$<TARGET_FILE:vgpu-nri>)
endif()
foreach(engine_test runtime_class.crun runtime_class.runc ctr.runc nri.runc cache.runc localhost_profile.runc)
  string(REPLACE "." ";" parts ${engine_test})
  list(GET parts 0 script)
  list(GET parts 1 runtime)
  add_test(NAME engines.${engine_test} COMMAND ${CMAKE_SOURCE_DIR}/scripts/podman-env
                                               ${CMAKE_SOURCE_DIR}/tests/engines/${script} ${runtime})
  set_tests_properties(engines.${engine_test} PROPERTIES LABELS engines SKIP_RETURN_CODE 77 TIMEOUT 120
    ENVIRONMENT "${engine_environment}")
endforeach()
