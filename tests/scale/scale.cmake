# Many containers at a time; numbers to read: run by `ctest -C bench -R bench.scale -V` only.
foreach(supervisor each node)
  add_test(NAME bench.scale_${supervisor} CONFIGURATIONS bench
           COMMAND ${CMAKE_SOURCE_DIR}/scripts/podman-env ${CMAKE_SOURCE_DIR}/tests/scale/containers crun)
  set_tests_properties(bench.scale_${supervisor} PROPERTIES LABELS bench SKIP_RETURN_CODE 77 TIMEOUT 1800 RUN_SERIAL ON
    ENVIRONMENT "${container_environment};VGPU_TEST_EXPORTER=$<TARGET_FILE:vgpu-exporter>;VGPU_SCALE_SUPERVISOR=${supervisor}")
endforeach()
