# A minute of libFuzzer for each reader of hostile input. Built by clang with sanitizers, whatever compiles the rest.
find_program(VGPU_FUZZ_COMPILER clang++-19)
set(fuzz_runtime ${LLVM_LIBRARY_DIR}/clang/19/lib/linux/libclang_rt.fuzzer-x86_64.a)
if(NOT LLVM_LIBRARY_DIR)
  set(fuzz_runtime /usr/lib/llvm-19/lib/clang/19/lib/linux/libclang_rt.fuzzer-x86_64.a)
endif()

# fuzz_test(NAME SOURCES...): the program NAME_fuzz and a test that runs it for a minute.
function(fuzz_test name)
  if(NOT VGPU_FUZZ_COMPILER OR NOT EXISTS ${fuzz_runtime})
    add_test(NAME fuzz.${name} COMMAND sh -c "echo 'skipped: clang++-19 with libFuzzer (libclang-rt-19-dev) is not installed'; exit 77")
    set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz SKIP_RETURN_CODE 77)
    return()
  endif()
  set(program ${CMAKE_CURRENT_BINARY_DIR}/fuzz/${name}_fuzz)
  file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/fuzz)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/seccomp/*.h ${CMAKE_SOURCE_DIR}/seccomp/*.def)
  add_custom_command(OUTPUT ${program}
    COMMAND ${VGPU_FUZZ_COMPILER} -std=c++23 -g -O1 -Wall -Wextra -Werror -fsanitize=fuzzer,address,undefined
            -fno-sanitize-recover=undefined -I${CMAKE_SOURCE_DIR} -I${CMAKE_BINARY_DIR}/gpu/model/generated
            ${ARGN} -lfmt -o ${program}
    DEPENDS ${ARGN} ${headers}
    COMMENT "Building ${name}_fuzz"
    VERBATIM)
  add_custom_target(${name}_fuzz ALL DEPENDS ${program})
  add_test(NAME fuzz.${name} COMMAND ${program} -max_total_time=60 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1)
  set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 180)
endfunction()

file(GLOB fuzz_rm_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/seccomp/rm/*.cpp ${CMAKE_SOURCE_DIR}/gpu/model/*.cpp
     ${CMAKE_SOURCE_DIR}/base/*.cpp)
fuzz_test(rm ${CMAKE_SOURCE_DIR}/tests/fuzz/rm_fuzz.cpp ${fuzz_rm_sources})
