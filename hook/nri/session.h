#pragma once

#include <string>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "hook/nri/plugin.h"

// A plugin's connection to an engine.
namespace vgpu::nri {

// Connects to the engine's socket. Fails when nobody listens there.
Expected<FileDescriptor> connect_to(const std::string& path);

// Registers the plugin and answers until the engine ends. Fails when the connection does, or what comes over it makes
// no sense; the caller closes it then.
Expected<void> serve(const FileDescriptor& socket, Plugin& plugin, const std::string& name, const std::string& index);

}  // namespace vgpu::nri
