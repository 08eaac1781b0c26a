// Does what Ollama's discovery does, generation by generation, with its flags, file names and symbols, and prints what
// it finds; see generations.h. Opens every library by name, so it builds without any of CUDA.
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "generations.h"

int main(int count, char** arguments) {
  const std::string_view mode = count > 1 ? arguments[1] : "";
  const std::string argument = count > 2 ? arguments[2] : "";
  if (mode == "files") return probe::discover_by_files(argument);
  if (mode == "backends") return probe::discover_by_backends();
  if (mode == "list") return probe::list_backend_devices(argument);
  if (mode == "driver") return probe::ask_driver();
  if (mode == "start") return probe::start(argument);
  if (mode == "hold") return probe::hold_memory();
  if (mode == "time" && count > 3) return probe::time_processes(std::atoi(arguments[2]), arguments + 3);
  if (mode == "kill" && count > 3) return probe::kill_processes(std::atoi(arguments[2]), arguments + 3);
  if (mode == "identify") return probe::identify();
  std::fprintf(stderr,
               "usage: ollama_probe files FOLDER | backends | list FOLDER | driver | start LIBRARY | hold | identify\n"
               "       ollama_probe time COUNT PROGRAM ARGUMENTS... | kill COUNT PROGRAM ARGUMENTS...\n");
  return 2;
}
