// What our objects and the static libraries in our shared libraries want of newer C libraries than the ones that they
// must run with. Linked, hidden, into each library that is mounted into containers; see make_stub_libraries.sh.
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <malloc.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

// The first argument of glibc's __xstat family on x86-64 (bits/stat.h before 2.33: _STAT_VER_LINUX).
constexpr int kStatVersion = 1;

struct Search {
  std::uintptr_t address;
  dl_find_object* result;
};

int examine_object(dl_phdr_info* info, std::size_t, void* argument) {
  auto* search = static_cast<Search*>(argument);
  std::uintptr_t start = UINTPTR_MAX;
  std::uintptr_t end = 0;
  bool inside = false;
  void* frame_header = nullptr;
  for (int index = 0; index < info->dlpi_phnum; ++index) {
    const ElfW(Phdr)& header = info->dlpi_phdr[index];
    const std::uintptr_t low = info->dlpi_addr + header.p_vaddr;
    if (header.p_type == PT_GNU_EH_FRAME) frame_header = reinterpret_cast<void*>(low);
    if (header.p_type != PT_LOAD) continue;
    const std::uintptr_t high = low + header.p_memsz;
    if (low < start) start = low;
    if (high > end) end = high;
    inside = inside || (search->address >= low && search->address < high);
  }
  if (!inside || frame_header == nullptr) return 0;
  search->result->dlfo_flags = 0;
  search->result->dlfo_map_start = reinterpret_cast<void*>(start);
  search->result->dlfo_map_end = reinterpret_cast<void*>(end);
  search->result->dlfo_link_map = nullptr;
  search->result->dlfo_eh_frame = frame_header;
  return 1;
}

}  // namespace

extern "C" {

int __xstat(int version, const char* path, struct stat* status);
int __lxstat(int version, const char* path, struct stat* status);
int __fxstat(int version, int descriptor, struct stat* status);
int __fxstatat(int version, int directory, const char* path, struct stat* status, int flags);

// glibc 2.32: tells libstdc++ that reference counts need no atomics. "false" is always right.
char __libc_single_threaded = 0;

// glibc 2.33 made these functions; before, they were inline wrappers of the __xstat family.
int stat(const char* path, struct stat* status) {
  return __xstat(kStatVersion, path, status);
}
int lstat(const char* path, struct stat* status) {
  return __lxstat(kStatVersion, path, status);
}
int fstat(int descriptor, struct stat* status) {
  return __fxstat(kStatVersion, descriptor, status);
}
int fstatat(int directory, const char* path, struct stat* status, int flags) {
  return __fxstatat(kStatVersion, directory, path, status, flags);
}
int stat64(const char* path, struct stat64* status) {
  return __xstat(kStatVersion, path, reinterpret_cast<struct stat*>(status));
}
int lstat64(const char* path, struct stat64* status) {
  return __lxstat(kStatVersion, path, reinterpret_cast<struct stat*>(status));
}
int fstat64(int descriptor, struct stat64* status) {
  return __fxstat(kStatVersion, descriptor, reinterpret_cast<struct stat*>(status));
}

// glibc 2.35: libgcc's unwinder asks it for the unwind table of a program counter. 0 when found, else -1.
int _dl_find_object(void* address, dl_find_object* result) noexcept {
  Search search{reinterpret_cast<std::uintptr_t>(address), result};
  return dl_iterate_phdr(examine_object, &search) == 1 ? 0 : -1;
}

// glibc 2.36; used by libstdc++'s random_device and by LLVM.
std::uint32_t arc4random() noexcept {
  std::uint32_t value = 0;
  while (getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value)) {
  }
  return value;
}

// glibc 2.33; LLVM reports memory use with it, which nothing here reads.
struct mallinfo2 mallinfo2() noexcept {
  return {};
}
}
