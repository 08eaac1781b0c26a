#include <map>

#include "cli/doctor/cuda_names.h"
#include "cli/doctor/findings.h"
#include "cli/doctor/locate.h"
#include "oci/library_names.h"
#include "oci/library_scan.h"

namespace vgpu::cli::doctor {
namespace {

constexpr std::size_t kMostFindings = 200;

std::string folder_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

std::string base_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// What is wrong when the file at a place is not vgpu's, though vgpu has one of that name.
Finding not_vgpus(const std::string& name, const Location& location) {
  const std::string library(oci::covering_library(name));
  if (location.origin == Origin::Image) {
    return {name, State::Missing, "the image's own, not covered, at " + location.path,
            "have " + folder_of(location.path) +
                " in the image's LD_LIBRARY_PATH when the container is made: vgpu covers "
                "what it finds there"};
  }
  // The kernel says so of a file that is there no more.
  const std::string source = location.source.substr(0, location.source.rfind("//deleted"));
  const bool older = base_name(source) == library;
  return {name, older ? State::Warning : State::Missing,
          "mounted from " + location.source + " at " + location.path + ", not a file of this installation",
          older ? "if vgpu was installed anew meanwhile, start the container again"
                : "leave the other mount out: it hides vgpu's library"};
}

Finding describe(const std::string& name, const Location& location, bool answered) {
  if (location.origin == Origin::Vgpu) {
    return {name,
            State::Ok,
            std::string("vgpu's, ") +
                (location.folder ? "in " + folder_of(location.path) : "mounted over " + location.path),
            {}};
  }
  const std::string_view library = oci::covering_library(name);
  if (library.empty()) {
    return {name, State::Warning, "the image's own, at " + location.path,
            "vgpu has none of this name; what NVIDIA's runs of its own machine code fails"};
  }
  if (library == oci::kManagementLibrary && answered) {
    return {name,
            State::Ok,
            "the image's own, at " + location.path + ", left in its place: vgpu-supervisor answers it",
            {}};
  }
  return not_vgpus(name, location);
}

Finding not_found(const std::string& name, const std::string& user) {
  const std::string detail = "in none of the folders in which " + user + " looks";
  if (oci::covering_library(name).empty()) {
    return {name, State::Warning, detail, "vgpu has none of this name; the program does not start without"};
  }
  return {name, State::Missing, detail, "have " + std::string(oci::kContainerLibraryFolder) + " in LD_LIBRARY_PATH"};
}

// One finding for a library at a place, whoever loads it.
class Report {
 public:
  explicit Report(bool answered) : answered_(answered) {}

  void add(const std::string& name, const std::optional<Location>& location, const std::string& user) {
    const std::string place = location ? location->path : "not found by " + user;
    if (findings_.size() >= kMostFindings || !seen_.emplace(place + (location ? "" : name), true).second) return;
    findings_.push_back(location ? describe(name, *location, answered_) : not_found(name, user));
  }
  [[nodiscard]] Findings take() && { return std::move(findings_); }

 private:
  bool answered_;
  std::map<std::string, bool> seen_;
  Findings findings_;
};

}  // namespace

Findings examine_libraries(const Subject& subject, const Binaries& binaries, bool answered) {
  Report report(answered);
  for (const std::string_view name : oci::kRequiredLibraries) {
    const std::string library(name);
    report.add(library, find_library(subject, library, nullptr), "dlopen()");
  }
  for (const Binary& binary : binaries.found) {
    for (const std::string& name : binary.needed) {
      report.add(name, find_library(subject, name, &binary), binary.path);
    }
  }
  // Programs also open files by their paths.
  for (const oci::Cover& cover : oci::find_covers(*subject.rootfs, variable(subject, "LD_LIBRARY_PATH"))) {
    report.add(base_name(cover.path), locate(subject, cover.path), "a program");
  }
  return std::move(report).take();
}

}  // namespace vgpu::cli::doctor
