# Measurements, for reading: run by `ctest -C bench -R bench -V` only.
add_test(NAME bench.supervisor_cost CONFIGURATIONS bench COMMAND ${CMAKE_SOURCE_DIR}/scripts/podman-env
                                                                 ${CMAKE_SOURCE_DIR}/tests/bench/supervisor_cost)
set_tests_properties(bench.supervisor_cost PROPERTIES LABELS bench SKIP_RETURN_CODE 77 TIMEOUT 600 RUN_SERIAL ON
  ENVIRONMENT "VGPU_TEST_SUPERVISOR=$<TARGET_FILE:vgpu-supervisor>;VGPU_TEST_HOOK=$<TARGET_FILE:vgpu-hook>;VGPU_TEST_PROGRAM=$<TARGET_FILE:vgpu>;VGPU_TEST_SANDBOX=$<TARGET_FILE:seccomp_sandbox>;VGPU_TEST_COST=$<TARGET_FILE:call_cost>")

find_package(benchmark)
if(benchmark_FOUND)
  set(kernels ${CMAKE_CURRENT_LIST_DIR}/kernels)
  add_executable(kernel_bench ${kernels}/main.cpp ${kernels}/device.cpp ${kernels}/native.cpp ${kernels}/ratios.cpp
    ${kernels}/launch.cpp ${kernels}/mat_vec.cpp ${kernels}/reduction.cpp ${kernels}/saxpy.cpp ${kernels}/sgemm.cpp
    ${kernels}/transpose.cpp)
  set_source_files_properties(${kernels}/native.cpp PROPERTIES COMPILE_OPTIONS "-O3;-march=native;-ffast-math")
  target_link_libraries(kernel_bench PRIVATE vgpu_cuda benchmark::benchmark)
  # Kernels are compiled by the engine that lies beside libcuda.so.1 in the stage folder.
  add_dependencies(kernel_bench vgpu_engine)
  set_target_properties(kernel_bench PROPERTIES BUILD_RPATH ${CMAKE_BINARY_DIR}/stage/lib64)
  add_test(NAME bench.kernels CONFIGURATIONS bench COMMAND kernel_bench --benchmark_repetitions=5
                                                           --benchmark_report_aggregates_only)
  set_tests_properties(bench.kernels PROPERTIES LABELS bench TIMEOUT 3600 RUN_SERIAL ON)

  set(products ${CMAKE_CURRENT_LIST_DIR}/gemm)
  add_executable(gemm_bench ${products}/main.cpp ${products}/products.cpp ${products}/speeds.cpp)
  target_link_libraries(gemm_bench PRIVATE vgpu::blas benchmark::benchmark)
  # In turn, so that what disturbs the machine for a while disturbs all of them.
  add_test(NAME bench.gemm CONFIGURATIONS bench COMMAND gemm_bench --benchmark_repetitions=5
           --benchmark_report_aggregates_only --benchmark_enable_random_interleaving)
  set_tests_properties(bench.gemm PROPERTIES LABELS bench TIMEOUT 3600 RUN_SERIAL ON)
else()
  message(STATUS "Google Benchmark is missing: neither kernel_bench nor gemm_bench")
endif()

foreach(runtime crun runc)
  add_test(NAME bench.runtime_cost.${runtime} CONFIGURATIONS bench
           COMMAND ${CMAKE_SOURCE_DIR}/scripts/podman-env ${CMAKE_SOURCE_DIR}/tests/bench/runtime_cost ${runtime})
  set_tests_properties(bench.runtime_cost.${runtime} PROPERTIES LABELS bench SKIP_RETURN_CODE 77 TIMEOUT 600 RUN_SERIAL ON
    ENVIRONMENT "VGPU_TEST_RUNTIME=$<TARGET_FILE:vgpu-runtime>;VGPU_TEST_SUPERVISOR=$<TARGET_FILE:vgpu-supervisor>;VGPU_TEST_HOOK=$<TARGET_FILE:vgpu-hook>;VGPU_TEST_PROGRAM=$<TARGET_FILE:vgpu>;VGPU_TEST_PROBE=$<TARGET_FILE:cuda_probe>;VGPU_TEST_STAGE=${CMAKE_BINARY_DIR}/stage/lib64")
endforeach()
