#include "shims/preload/exec/execute.h"

#include <limits.h>
#include <sys/syscall.h>

#include <cerrno>

#include "shims/preload/exec/process.h"

namespace vgpu::preload {
namespace {

constexpr Text kPath = {"PATH=", 5};
constexpr const char* kDefaultPath = "/bin:/usr/bin";  // confstr(_CS_PATH)

// A negative error number: the call returns only when it fails.
long call(long number, long first, const void* second, const void* third, const void* fourth, long fifth) {
  long result = 0;
  register const void* r10 asm("r10") = fourth;
  register long r8 asm("r8") = fifth;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(first), "S"(second), "d"(third), "r"(r10), "r"(r8)
               : "rcx", "r11", "memory");
  return result;
}

int error_of(const char* path, Strings arguments, char* const* entries) {
  return static_cast<int>(-call(SYS_execve, reinterpret_cast<long>(path), arguments, entries, nullptr, 0));
}

int fail(int error) {
  if (int* const number = error_number(); number != nullptr) *number = error;
  return -1;
}

// As error_of; what the kernel takes for no program is a script of the shell.
int error_of_any(const char* path, Strings arguments, char* const* entries) {
  const int error = error_of(path, arguments, entries);
  if (error != ENOEXEC) return error;
  std::size_t count = 0;
  while (arguments[count] != nullptr) ++count;
  auto** const script = static_cast<const char**>(__builtin_alloca((count + 3) * sizeof(const char*)));
  script[0] = "/bin/sh";
  script[1] = path;
  script[2] = nullptr;
  for (std::size_t index = 1; index <= count; ++index) script[index + 1] = arguments[index];
  return error_of(script[0], script, entries);
}

const char* search_path() {
  const char* const* environment = current_environment();
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    if (starts_with(whole(*environment), kPath)) return *environment + kPath.length;
  }
  return kDefaultPath;
}

// Whether another folder may have the file although this one gave `error`: as glibc's execvpe decides.
bool goes_on(int error) {
  return error == EACCES || error == ENOENT || error == ESTALE || error == ENOTDIR || error == ENODEV ||
         error == ETIMEDOUT;
}

int error_in_path(Text file, Strings arguments, char* const* entries) {
  char path[PATH_MAX];
  bool denied = false;
  int last = ENOENT;
  for (const char* list = search_path();; ++list) {
    std::size_t length = 0;
    while (list[length] != '\0' && list[length] != ':') ++length;
    if (length + file.length + 2 <= sizeof path) {
      char* end = append(path, {list, length});
      if (length != 0) *end++ = '/';  // an empty element is the current folder
      *append(end, file) = '\0';
      last = error_of_any(path, arguments, entries);
      if (!goes_on(last)) return last;
      denied = denied || last == EACCES;
    }
    list += length;
    if (*list == '\0') return denied ? EACCES : last;
  }
}

bool has_slash(Text text) {
  for (std::size_t index = 0; index < text.length; ++index) {
    if (text.begin[index] == '/') return true;
  }
  return false;
}

}  // namespace

int execute(const char* path, Strings arguments, Strings environment) {
  const ChildEnvironment child(inheritance, environment);
  return fail(error_of(path, arguments, child.entries()));
}

int execute_at(int folder, const char* path, Strings arguments, Strings environment, int flags) {
  const ChildEnvironment child(inheritance, environment);
  return fail(static_cast<int>(-call(SYS_execveat, folder, path, arguments, child.entries(), flags)));
}

int execute_in_path(const char* file, Strings arguments, Strings environment) {
  const Text name = whole(file);
  if (name.length == 0) return fail(ENOENT);
  const ChildEnvironment child(inheritance, environment);
  if (has_slash(name)) return fail(error_of_any(file, arguments, child.entries()));
  if (name.length > NAME_MAX) return fail(ENAMETOOLONG);
  return fail(error_in_path(name, arguments, child.entries()));
}

}  // namespace vgpu::preload
