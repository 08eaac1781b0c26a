#include <algorithm>

#include "cli/doctor/findings.h"
#include "oci/byte_source.h"

namespace vgpu::cli::doctor {
namespace {

constexpr std::uint64_t kLongestTrace = std::uint64_t{64} << 20;
constexpr const char* kTrace = "VGPU_TRACE";

void append(Findings& findings, Findings more) {
  std::ranges::move(more, std::back_inserter(findings));
}

// The end of a long trace is the last run.
Findings trace_of(const Subject& subject) {
  const std::string path = variable(subject, kTrace);
  if (!path.starts_with('/')) {
    return {{"trace", State::Ok, "none: VGPU_TRACE names no file, so no function that was called is known", {}}};
  }
  const FileDescriptor file = open_file(subject, path);
  if (!file.valid()) return {{"trace", State::Ok, "no file " + in_quotes(path) + " yet", {}}};
  const oci::FileBytes bytes(file);
  const std::uint64_t length = std::min(bytes.size(), kLongestTrace);
  std::string text(static_cast<std::size_t>(length), '\0');
  if (!bytes.read(bytes.size() - length, text))
    return {{"trace", State::Warning, in_quotes(path) + " cannot be read", {}}};
  return examine_trace(text, in_quotes(path));
}

}  // namespace

Findings examine_container(const Subject& subject) {
  std::vector<model::Device> devices;
  Findings findings = examine_devices(subject, devices);
  if (!passes(findings)) return findings;
  bool answered = false;
  Findings driver = examine_driver(subject, devices, answered);
  const Binaries binaries = find_binaries(subject);
  append(findings, examine_environment(subject, devices));
  append(findings, std::move(driver));
  append(findings, examine_preload(subject));
  append(findings, examine_libraries(subject, binaries, answered));
  append(findings, examine_imports(subject, binaries));
  if (subject.pid) append(findings, trace_of(subject));
  return findings;
}

}  // namespace vgpu::cli::doctor
