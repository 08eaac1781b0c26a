# Protocols of other programs: messages by protobuf, calls by gRPC.
#
# vgpu_protocol(NAME PROTO file [GRPC]): a static library vgpu::NAME of what protoc makes of STEM.proto, whose headers are
# included as <STEM.pb.h>, and <STEM.grpc.pb.h> with GRPC.
find_package(PkgConfig REQUIRED)

function(vgpu_protocol name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "GRPC" "PROTO" "")
  find_program(VGPU_PROTOC protoc REQUIRED)
  pkg_check_modules(VGPU_PROTOBUF REQUIRED IMPORTED_TARGET protobuf)
  cmake_path(ABSOLUTE_PATH arg_PROTO BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  cmake_path(GET arg_PROTO PARENT_PATH source_folder)
  cmake_path(GET arg_PROTO STEM stem)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${name})
  file(MAKE_DIRECTORY ${folder})
  set(generated ${folder}/${stem}.pb.cc ${folder}/${stem}.pb.h)
  set(options --cpp_out=${folder})
  set(libraries PkgConfig::VGPU_PROTOBUF)
  if(arg_GRPC)
    find_program(VGPU_GRPC_PLUGIN grpc_cpp_plugin REQUIRED)
    pkg_check_modules(VGPU_GRPC REQUIRED IMPORTED_TARGET grpc++)
    list(APPEND generated ${folder}/${stem}.grpc.pb.cc ${folder}/${stem}.grpc.pb.h)
    list(APPEND options --grpc_out=${folder} --plugin=protoc-gen-grpc=${VGPU_GRPC_PLUGIN})
    list(APPEND libraries PkgConfig::VGPU_GRPC)
  endif()
  add_custom_command(
    OUTPUT ${generated}
    COMMAND ${VGPU_PROTOC} --proto_path=${source_folder} ${options} ${arg_PROTO}
    DEPENDS ${arg_PROTO}
    VERBATIM)
  vgpu_library(${name} SOURCES ${generated} DEPENDS ${libraries})
  # The code is the generator's, and no warning in it is ours to mend.
  target_compile_options(vgpu_${name} PRIVATE -w)
  target_include_directories(vgpu_${name} SYSTEM PUBLIC ${folder})
  # pkg-config names each library that gRPC was ever built with.
  target_link_options(vgpu_${name} INTERFACE -Wl,--as-needed)
endfunction()
