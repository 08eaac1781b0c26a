#include <fcntl.h>

#include <algorithm>
#include <map>
#include <set>

#include "cli/doctor/findings.h"
#include "oci/elf_file.h"
#include "oci/installation.h"
#include "oci/library_names.h"

namespace vgpu::cli::doctor {
namespace {

constexpr std::size_t kMostOfOneBinary = 20;
constexpr const char* kAdvice =
    "the dynamic linker refuses the file, or stops the program at the call; `vgpu coverage` lists what there is";

// What one of vgpu's libraries exports.
struct Exports {
  std::set<std::string, std::less<>> versions;
  std::set<std::string, std::less<>> names;      // in any version
  std::set<std::string, std::less<>> versioned;  // NAME@VERSION
};

class Installation {
 public:
  explicit Installation(std::string folder) : folder_(std::move(folder)) {}

  // nullptr where the installation has no such library.
  const Exports* of(const std::string& library) {
    const auto [found, added] = read_.try_emplace(library);
    if (added) found->second = read(folder_ + "/" + library);
    return found->second ? &*found->second : nullptr;
  }
  bool any_has(const std::string& name) {
    return std::ranges::any_of(oci::kLibraryNames, [&](const oci::LibraryName& row) {
      const Exports* exports = of(std::string(row.library));
      return exports != nullptr && exports->names.contains(name);
    });
  }

 private:
  static std::optional<Exports> read(const std::string& path) {
    const FileDescriptor opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!opened.valid()) return std::nullopt;
    const auto file = oci::ElfFile::read(oci::FileBytes(opened));
    if (!file) return std::nullopt;
    Exports exports;
    for (const std::string_view version : file->versions) exports.versions.emplace(version);
    for (const oci::ElfSymbol& symbol : file->symbols) {
      if (!symbol.defined) continue;
      exports.names.emplace(symbol.name);
      exports.versioned.emplace(std::string(symbol.name) + "@" + std::string(symbol.version));
    }
    return exports;
  }

  std::string folder_;
  std::map<std::string, std::optional<Exports>> read_;
};

// Why an import is not met by vgpu's libraries; empty when it is, or when it asks for another's.
std::string unmet(const Import& import, Installation& installation) {
  if (import.library.empty()) return installation.any_has(import.name) ? "" : "in none of vgpu's libraries";
  const std::string library(oci::covering_library(import.library));
  if (library.empty()) return {};
  const Exports* exports = installation.of(library);
  if (exports == nullptr) return "this installation has no " + library;
  if (!exports->names.contains(import.name)) return "not in vgpu's " + library;
  // A library without versions meets all of them.
  const bool met = exports->versions.empty() || exports->versioned.contains(import.name + "@" + import.version);
  return met ? "" : "vgpu's " + library + " has it, not in version " + import.version;
}

std::string full_name(const Import& import) {
  return import.version.empty() ? import.name : import.name + "@" + import.version;
}

void examine(const Binary& binary, const Binaries& binaries, Installation& installation, Findings& findings) {
  std::size_t missing = 0;
  for (const Import& import : binary.imports) {
    const std::string reason = unmet(import, installation);
    if (reason.empty() || (import.library.empty() && binaries.provided.contains(import.name))) continue;
    if (++missing > kMostOfOneBinary) continue;
    findings.push_back({full_name(import), State::Missing, "imported by " + binary.path + ", " + reason, kAdvice});
  }
  if (missing > kMostOfOneBinary) {
    findings.push_back({binary.path,
                        State::Missing,
                        "imports " + std::to_string(missing - kMostOfOneBinary) + " functions more that vgpu lacks",
                        {}});
  }
  if (missing == 0 && !binary.imports.empty()) {
    findings.push_back({binary.path,
                        State::Ok,
                        "imports " + std::to_string(binary.imports.size()) + " functions of CUDA, all there",
                        {}});
  }
}

}  // namespace

Findings examine_imports(const Subject& subject, const Binaries& binaries) {
  Findings findings;
  Installation installation(subject.library_folder);
  for (const Binary& binary : binaries.found) examine(binary, binaries, installation, findings);
  if (binaries.found.empty()) {
    findings.push_back({"programs",
                        State::Ok,
                        "none of " + std::to_string(binaries.examined) +
                            " examined links to CUDA's libraries; some open them by name, which cannot be seen",
                        {}});
  }
  if (!binaries.complete) {
    findings.push_back({"programs", State::Warning, "the container has more files than were examined", {}});
  }
  return findings;
}

}  // namespace vgpu::cli::doctor
