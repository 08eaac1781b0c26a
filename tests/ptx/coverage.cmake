vgpu_test(opcode_coverage_test LABEL ptx SOURCES ptx/opcode_coverage_test.cpp
          DEPENDS vgpu_opcode_cases vgpu::ptx vgpu::fatbin)
