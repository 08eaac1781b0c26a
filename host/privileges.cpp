#include "host/privileges.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>

namespace vgpu::host {
namespace {

struct FreeCapabilities {
  void operator()(_cap_struct* capabilities) const { ::cap_free(capabilities); }
};
using Capabilities = std::unique_ptr<_cap_struct, FreeCapabilities>;

}  // namespace

Expected<void> isolate_process(unsigned first_closed) {
  ::clearenv();
  ::umask(022);
  if (::close_range(first_closed, ~0U, 0) != 0) return system_failure("close", "inherited descriptors", errno);
  const rlimit no_core{0, 0};
  if (::setrlimit(RLIMIT_CORE, &no_core) != 0) return system_failure("limit", "core file", errno);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return system_failure("set", "no_new_privs", errno);
  return {};
}

Expected<void> keep_capabilities(std::span<const cap_value_t> kept) {
  const Capabilities present(::cap_get_proc());
  const Capabilities wanted(::cap_init());
  if (!present || !wanted) return system_failure("read", "capabilities", errno);
  for (const cap_value_t capability : kept) {
    cap_flag_value_t permitted = CAP_CLEAR;
    if (::cap_get_flag(present.get(), capability, CAP_PERMITTED, &permitted) != 0 || permitted != CAP_SET) continue;
    ::cap_set_flag(wanted.get(), CAP_PERMITTED, 1, &capability, CAP_SET);
    ::cap_set_flag(wanted.get(), CAP_EFFECTIVE, 1, &capability, CAP_SET);
  }
  if (::cap_set_proc(wanted.get()) != 0) return system_failure("drop", "capabilities", errno);
  return {};
}

}  // namespace vgpu::host
