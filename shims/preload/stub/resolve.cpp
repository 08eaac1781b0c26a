#include <sys/syscall.h>

#include <cstddef>

#include "shims/preload/dynamic_linker.h"
#include "shims/preload/stub/stub.h"
#include "shims/preload/text.h"

namespace vgpu::preload {
namespace {

constexpr std::size_t kLongestPath = 4096;

void say(const char* text) {
  long ignored = 0;
  asm volatile("syscall"
               : "=a"(ignored)
               : "a"(SYS_write), "D"(2), "S"(text), "d"(length_of(text))
               : "rcx", "r11", "memory");
}

// By its path: a name without a slash would be the stub's own SONAME.
void* load() {
  char path[kLongestPath];
  const char* const self = own_path();
  if (self == nullptr) return nullptr;
  std::size_t folder = length_of(self);
  while (folder > 0 && self[folder - 1] != '/') --folder;
  if (folder + length_of(kLibraryName) >= sizeof path) return nullptr;
  char* const end = append(path, {self, folder});
  *append(end, {kLibraryName, length_of(kLibraryName)}) = '\0';
  return open_library(path);
}

void* library() {
  static void* loaded = nullptr;
  static bool said = false;
  void* handle = __atomic_load_n(&loaded, __ATOMIC_ACQUIRE);
  if (handle != nullptr) return handle;
  handle = load();  // twice at most by two threads at once: the dynamic linker gives both the same
  if (handle == nullptr && !__atomic_exchange_n(&said, true, __ATOMIC_RELAXED)) {
    say("vgpu: ERROR: ");
    say(last_error());
    say("\n");
  }
  __atomic_store_n(&loaded, handle, __ATOMIC_RELEASE);
  return handle;
}

}  // namespace
}  // namespace vgpu::preload

// Where a stub's first call goes on; puts the address into the slot.
extern "C" [[gnu::used, gnu::visibility("hidden")]] void* vgpu_find_function(void** slot, const char* name) {
  void* const handle = vgpu::preload::library();
  void* address = handle == nullptr ? nullptr : vgpu::preload::find_symbol(handle, name);
  if (address == nullptr) return vgpu::preload::failing_function(name);
  __atomic_store_n(slot, address, __ATOMIC_RELEASE);
  return address;
}

// %r11: the slot, %r10: the name. All that may hold an argument is kept, %rax too: it counts a variadic call's vector
// registers.
asm(".text\n"
    ".globl vgpu_resolve_stub\n"
    ".hidden vgpu_resolve_stub\n"
    ".type vgpu_resolve_stub, @function\n"
    "vgpu_resolve_stub:\n"
    "  push %rax\n  push %rdi\n  push %rsi\n  push %rdx\n  push %rcx\n  push %r8\n  push %r9\n"
    "  sub $128, %rsp\n"
    "  movaps %xmm0, (%rsp)\n  movaps %xmm1, 16(%rsp)\n  movaps %xmm2, 32(%rsp)\n  movaps %xmm3, 48(%rsp)\n"
    "  movaps %xmm4, 64(%rsp)\n  movaps %xmm5, 80(%rsp)\n  movaps %xmm6, 96(%rsp)\n  movaps %xmm7, 112(%rsp)\n"
    "  mov %r11, %rdi\n"
    "  mov %r10, %rsi\n"
    "  call vgpu_find_function\n"
    "  mov %rax, %r11\n"
    "  movaps (%rsp), %xmm0\n  movaps 16(%rsp), %xmm1\n  movaps 32(%rsp), %xmm2\n  movaps 48(%rsp), %xmm3\n"
    "  movaps 64(%rsp), %xmm4\n  movaps 80(%rsp), %xmm5\n  movaps 96(%rsp), %xmm6\n  movaps 112(%rsp), %xmm7\n"
    "  add $128, %rsp\n"
    "  pop %r9\n  pop %r8\n  pop %rcx\n  pop %rdx\n  pop %rsi\n  pop %rdi\n  pop %rax\n"
    "  jmp *%r11\n"
    ".size vgpu_resolve_stub, . - vgpu_resolve_stub\n");
