#include "shims/preload/dynamic_linker.h"

#include <dlfcn.h>

extern "C" {
[[gnu::weak]] decltype(dlopen) dlopen;
[[gnu::weak]] decltype(dlsym) dlsym;
[[gnu::weak]] decltype(dladdr) dladdr;
[[gnu::weak]] decltype(dlerror) dlerror;
// What glibc before 2.34 uses itself to load libraries (elf/dl-libc.c).
[[gnu::weak]] void* __libc_dlopen_mode(const char* name, int mode);
[[gnu::weak]] void* __libc_dlsym(void* handle, const char* name);
}

namespace vgpu::preload {
namespace {

constexpr int kInternalMode = static_cast<int>(0x80000000);  // __RTLD_DLOPEN, which that function wants beside the mode

// A function of libdl, where the program has none.
template <class Function>
Function* from_libdl(const char* name) {
  if (__libc_dlopen_mode == nullptr || __libc_dlsym == nullptr) return nullptr;
  void* library = __libc_dlopen_mode("libdl.so.2", RTLD_NOW | kInternalMode);
  return library == nullptr ? nullptr : reinterpret_cast<Function*>(__libc_dlsym(library, name));
}

template <class Function>
Function* either(Function* linked, const char* name) {
  return linked != nullptr ? linked : from_libdl<Function>(name);
}

}  // namespace

void* open_library(const char* path) {
  auto* const open = either(dlopen, "dlopen");
  return open == nullptr ? nullptr : open(path, RTLD_NOW | RTLD_LOCAL);
}

void* find_symbol(void* handle, const char* name) {
  auto* const find = either(dlsym, "dlsym");
  if (find == nullptr) return nullptr;
  void* address = find(handle, name);
  // No tail call: dlsym knows the calling library by its return address.
  asm volatile("" : "+r"(address));
  return address;
}

const char* own_path() {
  Dl_info info{};
  auto* const look_up = either(dladdr, "dladdr");
  if (look_up == nullptr || look_up(reinterpret_cast<const void*>(&own_path), &info) == 0) return nullptr;
  return info.dli_fname;
}

const char* last_error() {
  auto* const error = either(dlerror, "dlerror");
  const char* const text = error == nullptr ? nullptr : error();
  return text != nullptr ? text : "this program cannot load libraries";
}

}  // namespace vgpu::preload
