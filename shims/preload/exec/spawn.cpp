// posix_spawn and posix_spawnp: the C library's own, with the environment of vgpu.
#include <dlfcn.h>

#include <cerrno>

#include "shims/preload/dynamic_linker.h"
#include "shims/preload/exec/process.h"

namespace {

using Spawn = int(int* pid, const char* file, const void* actions, const void* attributes, char* const* arguments,
                  char* const* environment);

// Nobody may call these between vfork and exec, so the dynamic linker's lock may be taken.
Spawn* find(Spawn*& known, const char* name) {
  Spawn* found = __atomic_load_n(&known, __ATOMIC_RELAXED);
  if (found != nullptr) return found;
  found = reinterpret_cast<Spawn*>(vgpu::preload::find_symbol(RTLD_NEXT, name));
  __atomic_store_n(&known, found, __ATOMIC_RELAXED);
  return found;
}

Spawn* next_spawn = nullptr;
Spawn* next_spawnp = nullptr;

}  // namespace

#define VGPU_SPAWN(name, known)                                                                               \
  extern "C" __attribute__((visibility("default"))) int name(int* pid, const char* file, const void* actions, \
                                                             const void* attributes, char* const* arguments,  \
                                                             char* const* environment) {                      \
    Spawn* const next = find(known, #name);                                                                   \
    if (next == nullptr) return ENOSYS;                                                                       \
    const vgpu::preload::ChildEnvironment child(vgpu::preload::inheritance, environment);                     \
    return next(pid, file, actions, attributes, arguments, child.entries());                                  \
  }
VGPU_SPAWN(posix_spawn, next_spawn)
VGPU_SPAWN(posix_spawnp, next_spawnp)
