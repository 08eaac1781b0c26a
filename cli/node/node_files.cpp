#include "cli/node/node_files.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "cli/node/new_file.h"

namespace vgpu::node {
namespace {

namespace fs = std::filesystem;

// What of an installation is vgpu's, below its prefix, which may be that of the whole system.
constexpr std::array kPrograms = {"bin/vgpu"};
constexpr std::array kTrees = {"libexec/vgpu", "lib64/vgpu", "lib64/vgpu-driver"};

bool is_there(const std::string& path) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) == 0;
}

// Makes a folder and those above it; the new ones go into the record.
Expected<void> make_folder(const fs::path& path, Record& record) {
  std::error_code error;
  if (fs::is_directory(path, error)) return {};
  if (path.has_parent_path() && path != path.parent_path()) {
    if (auto above = make_folder(path.parent_path(), record); !above) return above;
  }
  if (::mkdir(path.c_str(), 0755) != 0) return system_failure("make folder", path, errno);
  ::chmod(path.c_str(), 0755);
  record.folders.insert(path);
  return {};
}

Expected<void> write_record(const Record& record) {
  return write_new_file(kRecordFile, record_text(record), 0600);
}

Expected<void> remove_file(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return system_failure("remove", path, errno);
}

// Copies that were one file in the installation are one on the node: the libraries are large.
class Copier {
 public:
  explicit Copier(const FileDescriptor& installation) : installation_(installation) {}

  Expected<void> copy(const Entry& entry) {
    const FileDescriptor source(::openat(installation_.get(), entry.content.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status{};
    if (!source.valid() || ::fstat(source.get(), &status) != 0) {
      return system_failure("read", entry.content, errno);
    }
    const auto [known, is_new] = copies_.try_emplace({status.st_dev, status.st_ino}, entry.path);
    if (!is_new) return link_new_file(entry.path, known->second);
    return copy_new_file(entry.path, source, entry.mode);
  }

 private:
  const FileDescriptor& installation_;
  std::map<std::pair<dev_t, ino_t>, std::string> copies_;
};

Expected<void> make(const Entry& entry, Record& record, Copier& copier) {
  if (auto folder = make_folder(fs::path(entry.path).parent_path(), record); !folder) return folder;
  switch (entry.kind) {
    case Entry::Kind::Folder:
      return make_folder(entry.path, record);
    case Entry::Kind::File:
      return write_new_file(entry.path, entry.content, entry.mode);
    case Entry::Kind::Copy:
      return copier.copy(entry);
    case Entry::Kind::Link:
      return symlink_new_file(entry.path, entry.content);
  }
  return {};
}

}  // namespace

Expected<std::vector<Entry>> installation_entries(const std::string& prefix) {
  std::vector<Entry> entries;
  const auto add = [&](const fs::path& path) -> Expected<void> {
    const std::string below = path.lexically_relative(prefix);
    struct stat status{};
    if (::lstat(path.c_str(), &status) != 0) return system_failure("look at", path, errno);
    if (S_ISLNK(status.st_mode)) {
      std::error_code error;
      entries.push_back({Entry::Kind::Link, path, fs::read_symlink(path, error).string()});
    } else if (S_ISREG(status.st_mode)) {
      entries.push_back({Entry::Kind::Copy, path, below, status.st_mode & 0755});
    }
    return {};
  };
  for (const char* program : kPrograms) {
    if (auto added = add(fs::path(prefix) / program); !added) return std::unexpected(added.error());
  }
  for (const char* tree : kTrees) {
    std::error_code error;
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(fs::path(prefix) / tree, error)) paths.push_back(entry.path());
    if (error) return failure("read folder \"" + (fs::path(prefix) / tree).string() + "\": " + error.message());
    std::ranges::sort(paths);
    for (const fs::path& path : paths) {
      if (auto added = add(path); !added) return std::unexpected(added.error());
    }
  }
  return entries;
}

Expected<Record> read_record() {
  if (!is_there(kRecordFile)) return Record{};
  std::ifstream file(kRecordFile, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) return failure(std::string("read \"") + kRecordFile + "\": cannot be read");
  return parse_record(text);
}

Expected<void> install(const std::vector<Entry>& entries, const Record& record, const FileDescriptor& installation) {
  std::set<std::string> files;
  for (const Entry& entry : entries) {
    if (entry.kind == Entry::Kind::Folder) continue;
    if (!record.files.contains(entry.path) && is_there(entry.path)) {
      return failure("\"" + entry.path + "\": is there, and `vgpu node install` did not make it");
    }
    files.insert(entry.path);
  }
  // Before the first file, so that what an installation that is cut off has made is removed as well.
  Record next = record;
  next.files.insert(files.begin(), files.end());
  if (auto made = make_folder(kRecordFolder, next); !made) return made;
  if (auto written = write_record(next); !written) return written;
  Copier copier(installation);
  for (const Entry& entry : entries) {
    const Expected<void> made = make(entry, next, copier);
    const Expected<void> written = made ? Expected<void>{} : write_record(next);
    if (!made) return made;
    if (!written) return written;
  }
  for (const std::string& path : record.files) {
    if (files.contains(path)) continue;
    if (auto removed = remove_file(path); !removed) return removed;
    next.files.erase(path);
  }
  return write_record(next);
}

Expected<void> uninstall(const Record& record) {
  for (const std::string& path : record.files) {
    if (auto removed = remove_file(path); !removed) return removed;
  }
  if (auto removed = remove_file(kRecordFile); !removed) return removed;
  // Sorted names: what is in a folder comes after it.
  for (auto path = record.folders.rbegin(); path != record.folders.rend(); ++path) {
    if (::rmdir(path->c_str()) != 0 && errno != ENOENT && errno != ENOTEMPTY && errno != EEXIST) {
      return system_failure("remove folder", *path, errno);
    }
  }
  return {};
}

}  // namespace vgpu::node
