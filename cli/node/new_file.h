#pragma once

#include <string>

#include "base/error.h"
#include "base/file_descriptor.h"

// Files that come to be as a whole: each is made beside its path and then takes its name, so that a program which has
// the former one open keeps that.
namespace vgpu::node {

Expected<void> write_new_file(const std::string& path, const std::string& content, unsigned mode);
Expected<void> copy_new_file(const std::string& path, const FileDescriptor& source, unsigned mode);
// A hard link to another file.
Expected<void> link_new_file(const std::string& path, const std::string& other);
Expected<void> symlink_new_file(const std::string& path, const std::string& target);

}  // namespace vgpu::node
