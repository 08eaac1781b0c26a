# CDI devices and the seccomp profile, without hooks of Podman's. See library.bash.
foreach(container_test cdi_device cdi_seccomp cdi_rootless)
  foreach(runtime crun runc)
    set(name containers.${container_test}.${runtime})
    add_test(NAME ${name} COMMAND ${CMAKE_SOURCE_DIR}/scripts/podman-env
                                  ${CMAKE_SOURCE_DIR}/tests/containers/${container_test} ${runtime})
    set_tests_properties(${name} PROPERTIES LABELS containers SKIP_RETURN_CODE 77 TIMEOUT 300 RUN_SERIAL ON ENVIRONMENT
      "VGPU_TEST_PROGRAM=$<TARGET_FILE:vgpu>;VGPU_TEST_HOOK=$<TARGET_FILE:vgpu-hook>;VGPU_TEST_SUPERVISOR=$<TARGET_FILE:vgpu-supervisor>;VGPU_TEST_CALLER=$<TARGET_FILE:driver_caller>;VGPU_TEST_PROBE=$<TARGET_FILE:cuda_probe>;VGPU_TEST_STAGE=${CMAKE_BINARY_DIR}/stage/lib64")
  endforeach()
endforeach()
