#pragma once

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <string>

// Libraries as discovery opens them. What is missing or fails ends the program: the test sees which call it was.
namespace probe {

inline void check(const char* what, int result) {
  if (result == 0) return;
  std::fprintf(stderr, "%s: error %d\n", what, result);
  std::exit(1);
}

class Library {
 public:
  Library(const std::string& path, int flags) : handle_(::dlopen(path.c_str(), flags)) {
    if (handle_ != nullptr) return;
    std::fprintf(stderr, "dlopen: %s\n", ::dlerror());
    std::exit(1);
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library() { ::dlclose(handle_); }

  template <class Function>
  Function* function(const char* name) const {
    void* address = ::dlsym(handle_, name);
    if (address != nullptr) return reinterpret_cast<Function*>(address);
    std::fprintf(stderr, "dlsym: %s\n", ::dlerror());
    std::exit(1);
  }

  // Calls a function that returns an error number, 0 for none.
  template <class... Arguments>
  void call(const char* name, Arguments... arguments) const {
    check(name, function<int(Arguments...)>(name)(arguments...));
  }

 private:
  void* handle_;
};

}  // namespace probe
