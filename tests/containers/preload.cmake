# What the tests of preloading run: preload_probe, and preload_linked beside libraries of CUDA's names that it brings.
set(probe ${CMAKE_SOURCE_DIR}/tests/containers/preload_probe)
add_executable(preload_probe ${probe}/main.cpp ${probe}/exec.cpp ${probe}/cost.cpp)
target_link_options(preload_probe PRIVATE -static-libstdc++ -static-libgcc)

set(preload_bundle ${CMAKE_BINARY_DIR}/tests/preload_bundle)
# bundled_library(NAME EXPORTS)
function(bundled_library name exports)
  string(MAKE_C_IDENTIFIER bundled_${name} target)
  add_library(${target} SHARED ${CMAKE_SOURCE_DIR}/tests/containers/preload_probe/no_device.cpp)
  set(version_script ${CMAKE_BINARY_DIR}/tests/bundled-${name}.map)
  file(CONFIGURE OUTPUT ${version_script} CONTENT "${exports}\n")
  target_link_options(${target} PRIVATE -nostdlib -Wl,-soname,${name} -Wl,--version-script,${version_script})
  set_target_properties(${target} PROPERTIES NO_SONAME ON PREFIX "" SUFFIX "" OUTPUT_NAME ${name}
    LIBRARY_OUTPUT_DIRECTORY ${preload_bundle})
endfunction()
bundled_library(libcuda.so.1 "{ global: cuInit; cuDevice*; local: *; };")
bundled_library(libcudart.so.12 "libcudart.so.12 { global: cuda*; local: *; };")
bundled_library(libnvidia-ml.so.1 "{ global: nvml*; local: *; };")
add_executable(preload_linked ${probe}/linked.cpp)
target_link_libraries(preload_linked PRIVATE bundled_libcuda_so_1 bundled_libcudart_so_12 bundled_libnvidia_ml_so_1)
set_target_properties(preload_linked PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${preload_bundle} BUILD_RPATH "$ORIGIN"
  BUILD_RPATH_USE_ORIGIN ON)

foreach(runtime crun runc)
  set(name containers.preload.${runtime})
  add_test(NAME ${name} COMMAND ${CMAKE_SOURCE_DIR}/scripts/podman-env ${CMAKE_SOURCE_DIR}/tests/containers/preload
                                ${runtime})
  set_tests_properties(${name} PROPERTIES LABELS containers SKIP_RETURN_CODE 77 TIMEOUT 300 RUN_SERIAL ON ENVIRONMENT
    "${container_environment};VGPU_TEST_PRELOAD=$<TARGET_FILE:preload_probe>;VGPU_TEST_BUNDLE=${preload_bundle}")
endforeach()
