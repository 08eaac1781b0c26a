#pragma once

#include <string>

#include "base/error.h"
#include "base/file_descriptor.h"

// Folders of this user that nobody else on the host gets into.
namespace vgpu::host {

// Opens PATH, some names with `/` between them, below a folder that exists; each of the folders on the way is made
// where it is missing, for this user alone. Fails where one of them is a link, is somebody else's, or open to others,
// and where others may write to the folder that they are below.
Expected<FileDescriptor> make_closed_folder(const std::string& base, const std::string& path);

// The same without making any. The descriptor is invalid where one of them is missing.
Expected<FileDescriptor> open_closed_folder(const std::string& base, const std::string& path);

}  // namespace vgpu::host
