#pragma once

// A preloaded library that stands for one of CUDA's: it has its SONAME, its symbols and their versions, and each of
// them jumps to the function of that name in the library itself, which is loaded at the first call. So a program that
// uses no CUDA pays for mapping a small file, and the dynamic linker takes the stub for the library that a program asks
// for.
namespace vgpu::preload {

// Given by each stub: the file beside it that it stands for, and what a call does when that cannot be loaded.
extern const char kLibraryName[];
void* failing_function(const char* name);

}  // namespace vgpu::preload

// An exported function. A slot is zero until the first call; it is no initialised pointer, so that nothing is relocated
// when a program starts. %r10 and %r11 hold no argument in the System V ABI for x86-64, section 3.2.3.
#define VGPU_STUB_TEXT(name)                             \
  asm(".text\n"                                          \
      ".p2align 4\n"                                     \
      ".globl " name                                     \
      "\n"                                               \
      ".type " name ", @function\n" name                 \
      ":\n"                                              \
      "  endbr64\n"                                      \
      "  mov vgpu_slot_" name                            \
      "(%rip), %r11\n"                                   \
      "  test %r11, %r11\n"                              \
      "  jz 1f\n"                                        \
      "  jmp *%r11\n"                                    \
      "1:\n"                                             \
      "  lea vgpu_slot_" name                            \
      "(%rip), %r11\n"                                   \
      "  lea vgpu_name_" name                            \
      "(%rip), %r10\n"                                   \
      "  jmp vgpu_resolve_stub\n"                        \
      ".size " name ", . - " name                        \
      "\n"                                               \
      ".section .rodata\n"                               \
      "vgpu_name_" name ": .asciz \"" name               \
      "\"\n"                                             \
      ".local vgpu_slot_" name "\n.comm vgpu_slot_" name \
      ",8,8\n"                                           \
      ".text\n");
#define VGPU_STUB(name) VGPU_STUB_TEXT(#name)
