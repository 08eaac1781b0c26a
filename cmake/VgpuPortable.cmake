# Libraries that are mounted into containers must load with older C libraries than this machine's.
set(VGPU_PORTABLE_GLIBC 2.31 CACHE STRING "Oldest glibc that the mounted libraries run with")
set(VGPU_STUB_DIRECTORY ${CMAKE_BINARY_DIR}/stub-libraries)

if(NOT VGPU_SANITIZE)
  set(stub_script ${CMAKE_SOURCE_DIR}/cmake/portable/make_stub_libraries.sh)
  add_custom_command(
    OUTPUT ${VGPU_STUB_DIRECTORY}/libc.so.6 ${VGPU_STUB_DIRECTORY}/libm.so.6
    COMMAND sh ${stub_script} ${VGPU_PORTABLE_GLIBC} ${VGPU_STUB_DIRECTORY} ${CMAKE_C_COMPILER}
    DEPENDS ${stub_script}
    COMMENT "Making link-time stubs of glibc ${VGPU_PORTABLE_GLIBC}"
    VERBATIM)
  add_custom_target(vgpu_stub_libraries DEPENDS ${VGPU_STUB_DIRECTORY}/libc.so.6 ${VGPU_STUB_DIRECTORY}/libm.so.6)
  add_library(vgpu_compatibility OBJECT ${CMAKE_SOURCE_DIR}/cmake/portable/compatibility.cpp)
endif()

# vgpu_portable(TARGET): links a shared library against the stubs, with the C++ runtime inside it and hidden. A macro,
# since the standard libraries, which must come last on the line, are a setting of the folder: no program is linked in
# a folder that uses it.
macro(vgpu_portable target)
  if(NOT VGPU_SANITIZE)
    add_dependencies(${target} vgpu_stub_libraries)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:vgpu_compatibility>)
    target_link_options(${target} PRIVATE -nodefaultlibs -Wl,--exclude-libs,ALL -Wl,-z,defs)
    set(CMAKE_CXX_STANDARD_LIBRARIES
        "-Wl,-Bstatic -lstdc++ -lgcc -lgcc_eh -Wl,-Bdynamic -Wl,--no-as-needed -l:libpthread.so.0 -l:libdl.so.2 \
${VGPU_STUB_DIRECTORY}/libm.so.6 ${VGPU_STUB_DIRECTORY}/libc.so.6 -l:ld-linux-x86-64.so.2 -lc_nonshared")
  endif()
endmacro()

# The folder that holds the libraries under the names that programs open.
set(VGPU_STAGE_DIRECTORY ${CMAKE_BINARY_DIR}/stage/lib64)
file(MAKE_DIRECTORY ${VGPU_STAGE_DIRECTORY})

# The same libraries without libnvidia-ml, for containers that bring NVIDIA's own. Hard links: the files are large.
set(VGPU_DRIVER_STAGE_DIRECTORY ${VGPU_STAGE_DIRECTORY}-driver)
file(MAKE_DIRECTORY ${VGPU_DRIVER_STAGE_DIRECTORY})

# vgpu_stage(TARGET NAME [LINK...]): a copy of the target in the stage folder without debugging symbols, and links to it
# under the other names that programs open: a program that opens two of them gets one library, as with NVIDIA's.
function(vgpu_stage target name)
  set(commands COMMAND ${CMAKE_OBJCOPY} --strip-debug $<TARGET_FILE:${target}> ${VGPU_STAGE_DIRECTORY}/${name})
  foreach(link IN LISTS ARGN)
    list(APPEND commands COMMAND ${CMAKE_COMMAND} -E create_symlink ${name} ${VGPU_STAGE_DIRECTORY}/${link})
  endforeach()
  if(NOT name MATCHES "^libnvidia-ml")
    foreach(staged IN LISTS name ARGN)
      list(APPEND commands
           COMMAND ln -f ${VGPU_STAGE_DIRECTORY}/${staged} ${VGPU_DRIVER_STAGE_DIRECTORY}/${staged})
    endforeach()
  endif()
  add_custom_command(TARGET ${target} POST_BUILD ${commands} VERBATIM)
endfunction()
