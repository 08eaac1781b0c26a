#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <string>

namespace vgpu::test {

struct ProgramOutput {
  int status = -1;
  std::string text;  // standard output
};

// Runs a shell command line.
inline ProgramOutput run_program(const std::string& command) {
  ProgramOutput output;
  std::FILE* stream = ::popen(command.c_str(), "r");
  if (stream == nullptr) return output;
  char buffer[4096];
  for (std::size_t length = 0; (length = std::fread(buffer, 1, sizeof buffer, stream)) > 0;) {
    output.text.append(buffer, length);
  }
  const int status = ::pclose(stream);
  output.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return output;
}

}  // namespace vgpu::test
