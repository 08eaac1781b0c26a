#pragma once

#include <string>

#include "base/error.h"
#include "hook/runtime/arguments.h"

// What is done before the real runtime's own work.
namespace vgpu::runtime {

// `create` and `run`: gives the container the device that its annotations ask for, by its bundle's configuration. A
// bundle without a configuration is the real runtime's to refuse. Fails with the reason that the user is to read; what
// was made by then is removed again.
Expected<void> edit_bundle(const Invocation& invocation, const std::string& real_runtime);

// `delete`: removes what is kept for the container, unless its process lives still: then its supervisor does that, or
// the hook of its end, as soon as the real runtime has ended it.
Expected<void> clean_up(const std::string& id);

}  // namespace vgpu::runtime
