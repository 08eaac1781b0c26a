# Compiler settings of every target, and the two ways a target is declared.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

option(VGPU_SANITIZE "Build with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)

add_compile_options(-Wall -Wextra -Werror -Wshadow -Wnon-virtual-dtor)
if(VGPU_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
include_directories(${CMAKE_SOURCE_DIR})

# Flags of the programs that run with host privilege beside hostile containers.
function(vgpu_harden target)
  target_compile_options(${target} PRIVATE -fstack-protector-strong -fstack-clash-protection -fcf-protection
                         $<$<NOT:$<BOOL:${VGPU_SANITIZE}>>:-D_FORTIFY_SOURCE=2>)
  target_link_options(${target} PRIVATE -Wl,-z,relro,-z,now,-z,noexecstack -pie)
endfunction()

# A program without shared libraries, position-independent all the same: it starts in less than half the time, which
# counts at each start of a container. (Sanitizers are shared libraries.)
function(vgpu_link_statically target)
  if(NOT VGPU_SANITIZE)
    target_link_options(${target} PRIVATE -static-pie)
  endif()
endfunction()

# vgpu_library(NAME SOURCES... DEPENDS targets...): a static library vgpu_NAME with the alias vgpu::NAME.
function(vgpu_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS")
  add_library(vgpu_${name} STATIC ${arg_SOURCES})
  add_library(vgpu::${name} ALIAS vgpu_${name})
  target_link_libraries(vgpu_${name} PUBLIC ${arg_DEPENDS})
endfunction()

# vgpu_test(NAME LABEL label SOURCES... DEPENDS targets...): a GoogleTest program whose cases ctest lists one by one.
function(vgpu_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL" "SOURCES;DEPENDS")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_DEPENDS} GTest::gtest_main GTest::gmock)
  gtest_discover_tests(${name} PROPERTIES LABELS ${arg_LABEL} DISCOVERY_TIMEOUT 60)
endfunction()
