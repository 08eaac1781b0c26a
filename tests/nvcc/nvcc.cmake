# CUDA C++ programs that nvcc compiles, with the static runtime that it links by default. They need nvcc
# (VGPU_TEST_NVCC) and are skipped without it.
function(vgpu_nvcc_test name capability profile)
  add_test(NAME nvcc.${name}.${profile}
           COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/nvcc/run_program $<TARGET_FILE:vgpu>
                   ${CMAKE_CURRENT_SOURCE_DIR}/nvcc/${name}.cu ${capability} ${profile}
                   ${CMAKE_CURRENT_BINARY_DIR}/nvcc)
  set_tests_properties(nvcc.${name}.${profile} PROPERTIES LABELS apps SKIP_RETURN_CODE 77 TIMEOUT 600
                       ENVIRONMENT "CUDA_CACHE_PATH=${CMAKE_CURRENT_BINARY_DIR}/cuda-cache")
endfunction()

foreach(name algorithms atomics calls cooperation runtime)
  vgpu_nvcc_test(${name} 75 t4)
endforeach()
foreach(name atomics cooperation)
  vgpu_nvcc_test(${name} 80 a100)
endforeach()
