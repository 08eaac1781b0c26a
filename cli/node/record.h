#pragma once

#include <set>
#include <string>

#include "base/error.h"

namespace vgpu::node {

// What an installation has made on a node, so that just that is removed again.
struct Record {
  std::set<std::string> files;    // and links
  std::set<std::string> folders;  // that were not there before
};

inline constexpr const char* kRecordFolder = "/var/lib/vgpu";
inline constexpr const char* kRecordFile = "/var/lib/vgpu/node.json";

// Text and back. The second fails for anything but what the first makes: paths that are not absolute, or that lead
// upwards, are not taken from it.
std::string record_text(const Record& record);
Expected<Record> parse_record(const std::string& text);

}  // namespace vgpu::node
