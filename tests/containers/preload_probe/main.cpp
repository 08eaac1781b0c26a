// A program of the tests of preloading; see programs.h.
#include <sys/auxv.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "tests/containers/preload_probe/programs.h"

namespace {

int show_environment() {
  std::printf("secure: %lu\n", getauxval(AT_SECURE));
  for (char** entry = environ; *entry != nullptr; ++entry) std::puts(*entry);
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 2 && std::strcmp(arguments[1], "environment") == 0) return show_environment();
  if (count >= 4 && std::strcmp(arguments[1], "exec") == 0) return vgpu::preload_probe::exec(arguments + 2);
  if (count >= 4 && std::strcmp(arguments[1], "cost") == 0) return vgpu::preload_probe::cost(arguments + 2);
  std::fprintf(stderr, "usage: preload_probe environment | exec FUNCTION PROGRAM ARGUMENT... | cost COUNT PROGRAM\n");
  return 2;
}
