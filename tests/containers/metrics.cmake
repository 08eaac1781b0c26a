# What the host says of containers.
foreach(metrics_test values.crun values.runc rootless.crun)
  string(REPLACE "." ";" parts ${metrics_test})
  list(GET parts 0 script)
  list(GET parts 1 runtime)
  set(name containers.metrics_${metrics_test})
  add_test(NAME ${name} COMMAND ${CMAKE_SOURCE_DIR}/scripts/podman-env
                                ${CMAKE_SOURCE_DIR}/tests/containers/metrics_${script} ${runtime})
  set_tests_properties(${name} PROPERTIES LABELS containers SKIP_RETURN_CODE 77 TIMEOUT 300 RUN_SERIAL ON
    ENVIRONMENT "${container_environment};VGPU_TEST_EXPORTER=$<TARGET_FILE:vgpu-exporter>")
endforeach()
