#pragma once

#include <vector>

#include "base/file_descriptor.h"
#include "cli/node/node_plan.h"
#include "cli/node/record.h"

// Changes to a node's files. All paths are below this process' root: for another file system it is changed before
// (chroot), so that no link of the node leads out of it.
namespace vgpu::node {

// The files of the installation below `prefix`, as entries for the same prefix on the node.
Expected<std::vector<Entry>> installation_entries(const std::string& prefix);

// The record that is there, or an empty one. Fails when it cannot be read.
Expected<Record> read_record();

// Makes the entries, takes away what the record has and they have not, and writes the new record. `installation` is the
// folder that copies come from. A file that is there and that no record has is left alone: then this fails before
// anything is changed. A file that is in use keeps its content: a new one takes its name.
Expected<void> install(const std::vector<Entry>& entries, const Record& record, const FileDescriptor& installation);

// Removes what the record has, and the record. Folders stay when something else is in them.
Expected<void> uninstall(const Record& record);

}  // namespace vgpu::node
