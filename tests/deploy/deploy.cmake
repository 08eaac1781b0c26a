# What is installed, by whichever way, and the manifests.
find_package(Python3 COMPONENTS Interpreter)
set(deploy_environment VGPU_TEST_SOURCE=${CMAKE_SOURCE_DIR} VGPU_TEST_BUILD=${CMAKE_BINARY_DIR}
    VGPU_TEST_PROBE=$<TARGET_FILE:cuda_probe> VGPU_TEST_CALLER=$<TARGET_FILE:driver_caller>
    VGPU_TEST_BASE_ROOTFS=${CMAKE_SOURCE_DIR}/build/demo/rootfs)
set(deploy_tests node_install)
if(VGPU_DEVICE_PLUGIN)
  list(APPEND deploy_tests package)
endif()
foreach(deploy_test IN LISTS deploy_tests)
  add_test(NAME deploy.${deploy_test} COMMAND ${CMAKE_SOURCE_DIR}/tests/deploy/${deploy_test})
  set_tests_properties(deploy.${deploy_test} PROPERTIES LABELS deploy SKIP_RETURN_CODE 77 TIMEOUT 300
    ENVIRONMENT "${deploy_environment}")
endforeach()
if(Python3_FOUND AND VGPU_DEVICE_PLUGIN)
  add_test(NAME deploy.kubernetes
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tests/deploy/kubernetes ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR})
  set_tests_properties(deploy.kubernetes PROPERTIES LABELS deploy SKIP_RETURN_CODE 77 TIMEOUT 120)
endif()

if(VGPU_DEVICE_PLUGIN)
  add_test(NAME deploy.image COMMAND ${CMAKE_SOURCE_DIR}/scripts/podman-env ${CMAKE_SOURCE_DIR}/tests/deploy/image)
  set_tests_properties(deploy.image PROPERTIES LABELS deploy SKIP_RETURN_CODE 77 TIMEOUT 400 RUN_SERIAL ON DEPENDS apps.image
    ENVIRONMENT "${deploy_environment}")
endif()
vgpu_test(node_plan_test LABEL unit SOURCES ${CMAKE_SOURCE_DIR}/tests/deploy/node_plan_test.cpp DEPENDS vgpu::node)
