# vgpu-supervisor with real seccomp filters, without containers. Each script is a test; see library.bash.
foreach(supervisor_test answers restart guardian signals reclaim handover handover_restart node
        nvidia_smi nvidia_devices nvidia_cuda nvidia_contexts attacks)
  set(name supervisor.${supervisor_test})
  add_test(NAME ${name} COMMAND ${CMAKE_SOURCE_DIR}/tests/supervisor/${supervisor_test})
  set_tests_properties(${name} PROPERTIES LABELS supervisor SKIP_RETURN_CODE 77 TIMEOUT 120
    ENVIRONMENT "VGPU_TEST_SUPERVISOR=$<TARGET_FILE:vgpu-supervisor>;VGPU_TEST_SANDBOX=$<TARGET_FILE:seccomp_sandbox>;VGPU_TEST_CALLER=$<TARGET_FILE:driver_caller>;VGPU_TEST_PROGRAM=$<TARGET_FILE:vgpu>;VGPU_TEST_QUERY=$<TARGET_FILE:cuda_query>;VGPU_TEST_CONTEXT=$<TARGET_FILE:cuda_context>;VGPU_TEST_ATTACKS=$<TARGET_FILE:driver_attacks>")
endforeach()
