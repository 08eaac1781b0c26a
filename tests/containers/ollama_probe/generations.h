#pragma once

#include <string>

// How each generation of Ollama looks for a device. Each prints what it found (report.h) and returns an exit status.
namespace probe {

// Up to 0.12.3: the server itself looks for files named libcuda.so*, in `folder` (Ollama's libraries), in the folders
// of LD_LIBRARY_PATH and in a fixed list, and opens them by their path, again for each look at the free memory.
int discover_by_files(const std::string& folder);

// 0.12.4 to 0.24: a runner loads what it finds in the folders of OLLAMA_LIBRARY_PATH, and asks the runtime and NVML.
int discover_by_backends();

// From 0.30 on: a server program loads the library that GGML_BACKEND_PATH names. `folder` has the base libraries.
int list_backend_devices(const std::string& folder);

// The same generation's second program: asks the driver and NVML only.
int ask_driver();

// A process that asks one library for its devices, for measuring how long that takes: "cuda", "cudart", "nvml", or
// "libc" for none. Prints nothing.
int start(const std::string& library);

// Runs a program `count` times, one after another, and prints the median of the microseconds that it takes, from fork
// to exit. `arguments` begin with the program and end with a null pointer. Fails when one of the runs does.
int time_processes(int count, char** arguments);

// The same, but each is killed at a random moment, between its start and the time that a whole one takes. Prints how
// many were killed before their end.
int kill_processes(int count, char** arguments);

// A process that takes memory of the device, works with it and gives it back. Prints nothing.
int hold_memory();

// All that identifies the devices, as each interface says it.
int identify();

}  // namespace probe
