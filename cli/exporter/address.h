#pragma once

#include <string>

#include "base/error.h"
#include "base/file_descriptor.h"

namespace vgpu::exporter {

// A listening TCP socket at `HOST:PORT`, `[IPV6]:PORT` or `:PORT`, which is all addresses of the machine. The host is
// an address in numbers. Fails with what is wrong with the text, or why nobody can listen there.
Expected<FileDescriptor> listen_at(const std::string& text);

// `HOST:PORT` where a socket listens.
std::string address_of(const FileDescriptor& socket);

}  // namespace vgpu::exporter
