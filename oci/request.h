#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "gpu/model/profile.h"
#include "oci/annotations.h"
#include "oci/cache_request.h"

// What a container's annotations ask for.
namespace vgpu::oci {

enum class Injection {
  Mounts,   // libraries under the names that applications open; `auto`
  Preload,  // also LD_PRELOAD, for programs that carry their own CUDA libraries
};

struct ContainerNames {
  std::string container, pod, pod_namespace;  // empty where the engine does not say
  bool operator==(const ContainerNames&) const = default;
};

struct Request {
  unsigned count = 1;
  model::Profile profile;  // memory already as asked for
  unsigned cores = 100;    // percent
  Injection injection = Injection::Mounts;
  std::optional<CacheRequest> cache;
  ContainerNames names;
};

// What the machine can give.
struct Limits {
  std::uint64_t memory = UINT64_MAX;  // bytes
};

// What a container's devices of another kind than annotations are, by the names of the fields (oci/cdi_device.h).
using DeviceFields = std::map<std::string, std::string, std::less<>>;

// The request in these annotations; nullopt when they ask for none, or when the container is a pod's sandbox. A key
// `vgpu.dev/CONTAINER.FIELD` counts for the container of that name only, and there before `vgpu.dev/FIELD`; both
// count before the aliases of other systems, and everything before what the container's devices say. Fails with
// `KEY="VALUE": REASON` for an unknown key below vgpu.dev/, a value out of range, or a memory size above the machine's.
Expected<std::optional<Request>> parse_request(const Annotations& annotations, const Limits& limits,
                                               const DeviceFields& devices = {});

// The devices of a request, with UUIDs that follow from the container's ID.
std::vector<model::Device> request_devices(const Request& request, const std::string& container_id);

}  // namespace vgpu::oci
