# vgpu-runtime in front of real runtimes, called by real engines. Pods are the same whichever runtime is behind it, and the
# daemon of docker 26 takes none as old as Debian 12's crun.
set(runtime_environment ${container_environment} VGPU_TEST_RUNTIME=$<TARGET_FILE:vgpu-runtime>)
function(runtime_test test)
  foreach(runtime ${ARGN})
    set(name containers.${test}.${runtime})
    add_test(NAME ${name} COMMAND ${CMAKE_SOURCE_DIR}/scripts/podman-env ${CMAKE_SOURCE_DIR}/tests/containers/${test}
                                  ${runtime})
    set_tests_properties(${name} PROPERTIES LABELS containers SKIP_RETURN_CODE 77 TIMEOUT 300 RUN_SERIAL ON
      ENVIRONMENT "${runtime_environment}")
  endforeach()
endfunction()
runtime_test(runtime_podman crun runc)
runtime_test(runtime_rootless crun runc)
runtime_test(runtime_bundle crun runc)
runtime_test(cache crun runc)
runtime_test(cache_rootless crun runc)
runtime_test(runtime_kube crun)
runtime_test(runtime_docker runc)
