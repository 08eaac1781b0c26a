# Unmodified CUDA programs on a vGPU. They need node-llama-cpp (VGPU_TEST_NODE_MODULES) and are skipped without it.
set(node ${CMAKE_CURRENT_SOURCE_DIR}/apps/node)
set(models ${CMAKE_CURRENT_BINARY_DIR}/models)
file(MAKE_DIRECTORY ${models})

# vgpu_test_model(NAME ARGUMENTS...): a model for the tests, made once by make_gguf as the fixture model.NAME.
function(vgpu_test_model name)
  add_test(NAME apps.model.${name} COMMAND make_gguf ${models}/${name}.gguf ${ARGN})
  set_tests_properties(apps.model.${name} PROPERTIES LABELS apps FIXTURES_SETUP model.${name})
endfunction()

# vgpu_converted_model(NAME SOURCE TYPE [NEEDS]): a model with the matrices of SOURCE in another type, as the fixture
# model.NAME; NEEDS is the fixture that makes SOURCE.
function(vgpu_converted_model name source type)
  add_test(NAME apps.model.${name} COMMAND convert_gguf ${source} ${models}/${name}.gguf ${type})
  set_tests_properties(apps.model.${name} PROPERTIES LABELS apps FIXTURES_SETUP model.${name})
  if(ARGC GREATER 3)
    set_tests_properties(apps.model.${name} PROPERTIES FIXTURES_REQUIRED ${ARGV3})
  endif()
endfunction()

set(trained ${CMAKE_SOURCE_DIR}/examples/models/tiny-kjv-q8_0.gguf)
vgpu_converted_model(kjv-q8_0-f32 ${trained} f32)
vgpu_converted_model(kjv-q4_0 ${trained} q4_0)
vgpu_converted_model(kjv-q4_0-f32 ${models}/kjv-q4_0.gguf f32 model.kjv-q4_0)
vgpu_test_model(small-f16 --size small --type f16 --layers 2)
vgpu_test_model(small-f16-f32 --size small --type f16 --layers 2 --dequantized)

# vgpu_greedy_test(NAME MODEL REFERENCE BUILD PROFILE): with flash attention off and on.
function(vgpu_greedy_test name model reference build profile)
  foreach(attention IN ITEMS plain flash)
    set(test apps.greedy.${name}.${build}.${profile}.${attention})
    add_test(NAME ${test} COMMAND ${node} ${CMAKE_CURRENT_SOURCE_DIR}/apps/greedy_tokens.mjs
             --model ${model} --reference ${reference} --build ${build} $<$<STREQUAL:${attention},flash>:--flash-attention>
             -- bash ${CMAKE_CURRENT_SOURCE_DIR}/apps/with_vgpu $<TARGET_FILE:vgpu> ${CMAKE_BINARY_DIR}/stage/lib64
             ${build} ${profile} COMMAND_EXPAND_LISTS)
    set_tests_properties(${test} PROPERTIES LABELS apps SKIP_RETURN_CODE 77 TIMEOUT 600 PROCESSORS 2
                         FIXTURES_REQUIRED "model.${name};model.${name}-f32"
                         ENVIRONMENT "CUDA_CACHE_PATH=${CMAKE_CURRENT_BINARY_DIR}/cuda-cache")
  endforeach()
endfunction()

foreach(target IN ITEMS "cuda12;p4" "cuda12;t4" "cuda13;t4")
  vgpu_greedy_test(kjv-q4_0 ${models}/kjv-q4_0.gguf ${models}/kjv-q4_0-f32.gguf ${target})
  vgpu_greedy_test(kjv-q8_0 ${trained} ${models}/kjv-q8_0-f32.gguf ${target})
  vgpu_greedy_test(small-f16 ${models}/small-f16.gguf ${models}/small-f16-f32.gguf ${target})
endforeach()

# The same in a container: annotation, hook, libraries and device as a user gets them.
add_test(NAME apps.image COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/apps/demo_image ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/build/demo)
set_tests_properties(apps.image PROPERTIES LABELS apps SKIP_RETURN_CODE 77 TIMEOUT 1500 FIXTURES_SETUP demo_image)
add_test(NAME apps.container.greedy COMMAND ${node} ${CMAKE_CURRENT_SOURCE_DIR}/apps/greedy_tokens.mjs
         --model ${trained} --reference ${models}/kjv-q8_0-f32.gguf --build cuda12
         -- ${CMAKE_CURRENT_SOURCE_DIR}/apps/in_container $<TARGET_FILE:vgpu> ${CMAKE_SOURCE_DIR} {} p4)
set_tests_properties(apps.container.greedy PROPERTIES LABELS apps SKIP_RETURN_CODE 77 TIMEOUT 600 PROCESSORS 2
                     FIXTURES_REQUIRED "demo_image;model.kjv-q8_0-f32")
