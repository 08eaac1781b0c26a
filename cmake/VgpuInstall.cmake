# What is installed goes into the package `vgpu`, unless it names another.
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME vgpu)

# vgpu_install_unit(FILE MANAGER [COMPONENT name]): a systemd unit, or a .in file of one in which @VGPU_LIBEXEC@ is the
# folder of the programs. The prefix counts that there is when it is installed: a package has another than the build.
function(vgpu_install_unit file manager)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "COMPONENT" "")
  if(NOT arg_COMPONENT)
    set(arg_COMPONENT vgpu)
  endif()
  cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  cmake_path(GET file FILENAME name)
  string(REGEX REPLACE "[.]in$" "" name ${name})
  install(CODE "
    set(VGPU_LIBEXEC \${CMAKE_INSTALL_PREFIX}/libexec/vgpu)
    set(unit \$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/lib/systemd/${manager}/${name})
    configure_file(${file} \${unit} @ONLY)
    list(APPEND CMAKE_INSTALL_MANIFEST_FILES \${unit})" COMPONENT ${arg_COMPONENT})
endfunction()
