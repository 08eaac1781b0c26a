# Measurements, for reading: run by `ctest -C bench -R bench -V` only.
add_test(NAME bench.supervisor_cost CONFIGURATIONS bench COMMAND ${CMAKE_SOURCE_DIR}/scripts/podman-env
                                                                 ${CMAKE_SOURCE_DIR}/tests/bench/supervisor_cost)
set_tests_properties(bench.supervisor_cost PROPERTIES LABELS bench SKIP_RETURN_CODE 77 TIMEOUT 600 RUN_SERIAL ON
  ENVIRONMENT "VGPU_TEST_SUPERVISOR=$<TARGET_FILE:vgpu-supervisor>;VGPU_TEST_HOOK=$<TARGET_FILE:vgpu-hook>;VGPU_TEST_PROGRAM=$<TARGET_FILE:vgpu>;VGPU_TEST_SANDBOX=$<TARGET_FILE:seccomp_sandbox>;VGPU_TEST_COST=$<TARGET_FILE:call_cost>")
