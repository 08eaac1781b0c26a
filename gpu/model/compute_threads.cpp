#include "gpu/model/compute_threads.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include "gpu/model/profile.h"

namespace vgpu::model {

unsigned share_of_cpus(unsigned cpus, unsigned percent) {
  return std::max(1u, (cpus * percent + 99) / 100);
}

unsigned compute_threads() {
  if (const char* setting = std::getenv("VGPU_THREADS"); setting != nullptr) {
    const std::string_view text(setting);
    unsigned count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error == std::errc() && end == text.data() + text.size() && count > 0 && count <= 4096) return count;
  }
  cpu_set_t available;
  if (::sched_getaffinity(0, sizeof available, &available) != 0) return 1;
  unsigned percent = devices().empty() ? 100 : 1;
  for (const Device& device : devices()) percent = std::max(percent, device.cores);
  return share_of_cpus(static_cast<unsigned>(CPU_COUNT(&available)), percent);
}

}  // namespace vgpu::model
