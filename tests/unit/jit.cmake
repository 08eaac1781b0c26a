vgpu_test(jit_flow_test LABEL unit SOURCES unit/jit_flow_test.cpp DEPENDS vgpu_opcode_cases vgpu::jit)
vgpu_test(jit_calls_test LABEL unit SOURCES unit/jit_calls_test.cpp DEPENDS vgpu_opcode_cases vgpu::jit vgpu::interp)
vgpu_test(jit_engine_test LABEL unit SOURCES unit/jit_engine_test.cpp DEPENDS vgpu_opcode_cases vgpu::engine)
vgpu_test(jit_object_cache_test LABEL unit SOURCES unit/jit_object_cache_test.cpp DEPENDS vgpu::jit)
