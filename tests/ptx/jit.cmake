vgpu_test(jit_opcode_test LABEL ptx SOURCES ptx/jit_opcode_test.cpp DEPENDS vgpu_opcode_cases vgpu::jit)
