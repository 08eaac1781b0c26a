#include "shims/preload/syscall/driver/kept_descriptors.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <map>
#include <utility>

#include "shims/preload/syscall/kernel_call.h"

namespace vgpu::preload {
namespace {

using Identity = std::pair<dev_t, ino_t>;

std::map<int, Identity>& kept() {
  // Never destroyed: threads may go on while the program ends.
  static auto& identities = *new std::map<int, Identity>;
  return identities;
}

Identity identity_of(int descriptor) {
  struct stat status{};
  return ::fstat(descriptor, &status) == 0 ? Identity{status.st_dev, status.st_ino} : Identity{};
}

}  // namespace

void KeptDescriptors::append(const rm::Record& record) {
  if (record.descriptor >= 0) kept()[record.descriptor] = identity_of(record.descriptor);
}

bool KeptDescriptors::is_kept(int descriptor) {
  const auto found = kept().find(descriptor);
  return found != kept().end() && found->second == identity_of(descriptor);
}

}  // namespace vgpu::preload

// close(2) for everything in this library, and for it alone.
extern "C" int close(int descriptor) {
  using namespace vgpu::preload;
  if (const auto found = kept().find(descriptor); found != kept().end()) {
    const bool same = found->second == identity_of(descriptor);
    kept().erase(found);
    if (!same) return 0;
  }
  return static_cast<int>(libc_result(kernel_call(SYS_close, descriptor)));
}
