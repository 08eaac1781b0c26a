#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <vector>

#include "base/error.h"

// The caches of compiled kernels that containers share (vgpu.dev/cache), on the host: BASE/cache/OWNER/NAME. All
// users may write to the last folder, which containers see; all above it are closed, so that nobody else gets there.
// What is in it was written by containers.
namespace vgpu::host {

// /var/lib/vgpu; for a user's programs .local/state/vgpu in the home folder that /etc/passwd says, never the
// environment. Fails for a user who has none there.
Expected<std::string> cache_base();

// Makes the folder of a cache where it is missing, and gives its path. Owner and name are free of links and of "..".
Expected<std::string> make_cache_folder(const std::string& base, const std::string& owner, const std::string& name);

struct SharedCache {
  std::string owner, name;
  std::uint64_t files = 0, bytes = 0;  // of compiled kernels
  std::time_t last_use = 0;            // 0: never
};

// All caches, by owner and name. Fails where a folder above them is not closed.
Expected<std::vector<SharedCache>> list_caches(const std::string& base);

// Removes a cache with all that containers have put there, following no link. A container that has it keeps an empty
// folder, in which it can make no file. Fails when there is none, or something in it cannot be removed.
Expected<void> remove_cache(const std::string& base, const std::string& owner, const std::string& name);

}  // namespace vgpu::host
