#pragma once

#include <string>
#include <vector>

#include "base/error.h"

// Where the parts of this installation are, found from the running program's own file: no configuration is read.
namespace vgpu::oci {

// The running program's path, free of links.
Expected<std::string> program_path();

// The folder with the libraries that applications load: ../lib64/vgpu from bin/, ../../lib64/vgpu from libexec/vgpu/,
// or ../stage/lib64 in a build folder. Fails when none of them has libcuda.so.1.
Expected<std::string> library_folder(const std::string& program);

// The folder beside it with the same libraries but libnvidia-ml; empty where the installation has none.
std::string driver_library_folder(const std::string& library_folder);

// vgpu-hook's path, for a program of the same installation or build folder.
Expected<std::string> hook_program(const std::string& program);

// vgpu-supervisor's path, likewise.
Expected<std::string> supervisor_program(const std::string& program);

// Names in a folder of the host; none when it cannot be read.
std::vector<std::string> names_in(const std::string& folder);

}  // namespace vgpu::oci
