# Real Podman with real runtimes. Each script is a test; see library.bash.
add_executable(cuda_probe ${CMAKE_SOURCE_DIR}/tests/containers/cuda_probe.cpp)
target_link_libraries(cuda_probe PRIVATE ${CMAKE_DL_LIBS})
add_executable(ledger_probe ${CMAKE_SOURCE_DIR}/tests/containers/ledger_probe.cpp)
target_link_libraries(ledger_probe PRIVATE ${CMAKE_DL_LIBS})
# It runs in images that have no C++ library.
set(ollama_probe ${CMAKE_SOURCE_DIR}/tests/containers/ollama_probe)
add_executable(ollama_probe ${ollama_probe}/main.cpp ${ollama_probe}/files.cpp ${ollama_probe}/backends.cpp
  ${ollama_probe}/driver.cpp ${ollama_probe}/identify.cpp ${ollama_probe}/processes.cpp)
target_link_libraries(ollama_probe PRIVATE ${CMAKE_DL_LIBS})
target_link_options(ollama_probe PRIVATE -static-libstdc++ -static-libgcc)

set(container_environment
    VGPU_TEST_PROGRAM=$<TARGET_FILE:vgpu> VGPU_TEST_HOOK=$<TARGET_FILE:vgpu-hook>
    VGPU_TEST_SUPERVISOR=$<TARGET_FILE:vgpu-supervisor> VGPU_TEST_CALLER=$<TARGET_FILE:driver_caller>
    VGPU_TEST_PROBE=$<TARGET_FILE:cuda_probe> VGPU_TEST_LEDGER=$<TARGET_FILE:ledger_probe>
    VGPU_TEST_OLLAMA_PROBE=$<TARGET_FILE:ollama_probe>
    VGPU_TEST_STAGE=${CMAKE_BINARY_DIR}/stage/lib64)

set(container_tests
    give_device
    cover_libraries
    no_annotation
    refuse
    crash
    prestart
    compute
    nvidia_smi
    ledger
    exec_again
    devices
    driver_view
    shared_volumes
    rootless
    linker_folder
    ollama_layouts
    ollama_rootless
    ollama_identity
    ollama_start
    doctor
    doctor_rootless)
foreach(container_test IN LISTS container_tests)
  foreach(runtime crun runc)
    set(name containers.${container_test}.${runtime})
    add_test(NAME ${name} COMMAND ${CMAKE_SOURCE_DIR}/scripts/podman-env
                                  ${CMAKE_SOURCE_DIR}/tests/containers/${container_test} ${runtime})
    set_tests_properties(${name} PROPERTIES LABELS containers SKIP_RETURN_CODE 77 TIMEOUT 300 RUN_SERIAL ON
      ENVIRONMENT "${container_environment}")
  endforeach()
endforeach()
