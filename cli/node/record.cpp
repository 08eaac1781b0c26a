#include "cli/node/record.h"

#include <filesystem>
#include <nlohmann/json.hpp>

namespace vgpu::node {
namespace {

using Json = nlohmann::json;

Expected<std::set<std::string>> paths(const Json& record, const char* name) {
  std::set<std::string> found;
  const auto list = record.find(name);
  if (list == record.end() || !list->is_array()) return failure(std::string("no list \"") + name + "\"");
  for (const Json& entry : *list) {
    const std::string path = entry.is_string() ? entry.get<std::string>() : "";
    if (!path.starts_with('/') || std::filesystem::path(path).lexically_normal().string() != path || path == "/") {
      return failure("\"" + path + "\": not an absolute path");
    }
    found.insert(path);
  }
  return found;
}

}  // namespace

std::string record_text(const Record& record) {
  return Json{{"version", 1}, {"files", record.files}, {"folders", record.folders}}.dump(1) + "\n";
}

Expected<Record> parse_record(const std::string& text) {
  const Json record = Json::parse(text, nullptr, false);
  if (!record.is_object() || record.value("version", 0) != 1) {
    return failure(std::string("\"") + kRecordFile + "\": not a record of `vgpu node install`");
  }
  auto files = paths(record, "files"), folders = paths(record, "folders");
  for (const auto* part : {&files, &folders}) {
    if (!*part) return failure(std::string("\"") + kRecordFile + "\": " + part->error().message);
  }
  return Record{*std::move(files), *std::move(folders)};
}

}  // namespace vgpu::node
