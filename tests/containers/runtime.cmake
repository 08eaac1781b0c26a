# vgpu-runtime in front of real runtimes, called by real engines.
set(runtime_environment ${container_environment} VGPU_TEST_RUNTIME=$<TARGET_FILE:vgpu-runtime>)
foreach(runtime_test runtime_podman runtime_rootless runtime_kube runtime_bundle)
  foreach(runtime crun runc)
    set(name containers.${runtime_test}.${runtime})
    add_test(NAME ${name} COMMAND ${CMAKE_SOURCE_DIR}/scripts/podman-env
                                  ${CMAKE_SOURCE_DIR}/tests/containers/${runtime_test} ${runtime})
    set_tests_properties(${name} PROPERTIES LABELS containers SKIP_RETURN_CODE 77 TIMEOUT 300 RUN_SERIAL ON
      ENVIRONMENT "${runtime_environment}")
  endforeach()
endforeach()
