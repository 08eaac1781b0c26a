# The real Ollama, whose root filesystems VGPU_TEST_OLLAMA of the environment names (docs/ollama.md says how they look); a
# machine that has none skips these tests.
foreach(version v0.24.0 v0.11.10)
  foreach(runtime crun runc)
    foreach(ollama_test generation churn)
      set(name ollama.${ollama_test}.${version}.${runtime})
      add_test(NAME ${name} COMMAND ${CMAKE_SOURCE_DIR}/scripts/podman-env
                                    ${CMAKE_SOURCE_DIR}/tests/ollama/${ollama_test} ${runtime} ${version})
      set_tests_properties(${name} PROPERTIES LABELS ollama SKIP_RETURN_CODE 77 TIMEOUT 1200 RUN_SERIAL ON
        ENVIRONMENT "${container_environment};VGPU_TEST_CONVERT=$<TARGET_FILE:convert_gguf>")
    endforeach()
  endforeach()
endforeach()
