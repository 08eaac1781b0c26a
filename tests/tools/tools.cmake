find_package(CLI11 REQUIRED)

add_executable(make_gguf tools/make_gguf.cpp tools/gguf_writer.cpp tools/random_weights.cpp)
target_link_libraries(make_gguf PRIVATE CLI11::CLI11)

add_executable(convert_gguf tools/convert_gguf.cpp tools/gguf_writer.cpp)

vgpu_test(tools_test LABEL unit SOURCES tools/tools_test.cpp tools/gguf_writer.cpp tools/random_weights.cpp)

add_executable(seccomp_sandbox tools/seccomp_sandbox.cpp tools/filter.cpp)
target_link_libraries(seccomp_sandbox PRIVATE vgpu::base vgpu::model)
add_executable(driver_caller tools/driver_caller.cpp)
target_link_options(driver_caller PRIVATE -static)
add_executable(cuda_query tools/cuda_query.cpp)
target_link_libraries(cuda_query PRIVATE ${CMAKE_DL_LIBS})
add_executable(cuda_context tools/cuda_context.cpp)
target_link_libraries(cuda_context PRIVATE ${CMAKE_DL_LIBS})
add_executable(driver_attacks tools/driver_attacks.cpp tools/path_attacks.cpp)
target_link_options(driver_attacks PRIVATE -static)
add_executable(call_cost tools/call_cost.cpp tools/filter.cpp)
target_link_libraries(call_cost PRIVATE vgpu::base)
target_link_options(call_cost PRIVATE -static)
