#pragma once

// The parts of preload_probe, each the meaning of its first argument. The rest of the arguments ends with nullptr.
namespace vgpu::preload_probe {

// exec FUNCTION PROGRAM ARGUMENT…: executes the program by a function of the C library with an environment of one
// variable, KEPT=1. `raw` is the system call itself.
int exec(char** arguments);

// cost COUNT PROGRAM: how much longer the program runs that is started with this process's LD_PRELOAD, in microseconds.
int cost(char** arguments);

}  // namespace vgpu::preload_probe
