#pragma once

#include "cli/doctor/binaries.h"
#include "cli/doctor/finding.h"
#include "cli/doctor/subject.h"

// What doctor finds out, by topic.
namespace vgpu::cli::doctor {

// What the machine lacks.
Findings examine_machine();

// The container's devices. A finding that is missing: it has none, and nothing else need be looked at.
Findings examine_devices(const Subject& subject, std::vector<model::Device>& devices);

// The CUDA libraries that programs of the container load, and where each comes from. `answered`: NVIDIA's own
// libnvidia-ml finds a driver, so that the image's is right.
Findings examine_libraries(const Subject& subject, const Binaries& binaries, bool answered);

// The functions that programs of the container import, against those that vgpu's libraries export.
Findings examine_imports(const Subject& subject, const Binaries& binaries);

// Variables that programs look at.
Findings examine_environment(const Subject& subject, const std::vector<model::Device>& devices);

// vgpu's libraries that are preloaded; none where none is.
Findings examine_preload(const Subject& subject);

// Device nodes, and who answers for them. `answered` becomes true when all is there.
Findings examine_driver(const Subject& subject, const std::vector<model::Device>& devices, bool& answered);

// Which functions were called, from the text of a trace (VGPU_TRACE); `source` says where it comes from.
Findings examine_trace(std::string_view text, const std::string& source);

// All of the container, in the order in which a program comes to it. The trace is that which VGPU_TRACE of the
// container's environment names, when there is one.
Findings examine_container(const Subject& subject);

}  // namespace vgpu::cli::doctor
