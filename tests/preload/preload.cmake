# NVIDIA's driver inside a process (libvgpu-syscall.so), on the bare machine. See tests/preload/driver.
if(TARGET vgpu_preload_syscall)
  foreach(program driver_caller driver_attacks)
    add_executable(preload_${program} tools/${program}.cpp $<$<STREQUAL:${program},driver_attacks>:tools/path_attacks.cpp>)
  endforeach()
  add_executable(preload_calls preload/preload_calls.cpp)
  target_link_libraries(preload_calls PRIVATE Threads::Threads)
  add_test(NAME preload.driver COMMAND ${CMAKE_SOURCE_DIR}/tests/preload/driver)
  set_tests_properties(preload.driver PROPERTIES LABELS preload SKIP_RETURN_CODE 77 TIMEOUT 120
    ENVIRONMENT "VGPU_TEST_SUPERVISOR=$<TARGET_FILE:vgpu-supervisor>;VGPU_TEST_SANDBOX=$<TARGET_FILE:seccomp_sandbox>;VGPU_TEST_CALLER=$<TARGET_FILE:preload_driver_caller>;VGPU_TEST_ATTACKS=$<TARGET_FILE:preload_driver_attacks>;VGPU_TEST_CALLS=$<TARGET_FILE:preload_calls>;VGPU_TEST_LIBRARY=$<TARGET_FILE:vgpu_preload_syscall>;VGPU_TEST_STAGE=${CMAKE_BINARY_DIR}/stage/lib64")
endif()
