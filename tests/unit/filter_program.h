#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <string>
#include <vector>

#include "oci/config.h"

// What libseccomp makes of a configuration's seccomp section, as container runtimes ask it to.
namespace vgpu::oci {

class FilterProgram {
 public:
  // Fails a test's expectation when libseccomp refuses a rule.
  explicit FilterProgram(const Config& seccomp);

  // The action (SECCOMP_RET_…, with its data) for a call of x86-64.
  [[nodiscard]] std::uint32_t action(int number, const std::vector<std::uint64_t>& arguments) const;
  [[nodiscard]] std::size_t size() const { return program_.size(); }

 private:
  std::vector<sock_filter> program_;
};

}  // namespace vgpu::oci
