#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "oci/annotation_choices.h"

// The cache of compiled kernels that a container shares with others: vgpu.dev/cache=NAME, or NAME:ro.
namespace vgpu::oci {

// Who has caches: one for each namespace of pods, and one for whoever runs the engine. A container cannot choose it.
inline constexpr std::string_view kUserOwner = "user";
inline constexpr std::string_view kNamespaceOwner = "namespace/";

struct CacheRequest {
  std::string owner;  // kUserOwner, or kNamespaceOwner and the namespace's name
  std::string name;
  bool read_only = false;
  bool operator==(const CacheRequest&) const = default;
};

// A letter or digit, then letters, digits, `.`, `_` and `-`: at most 63, all of them lower case.
bool is_cache_name(std::string_view name);

// An owner as CacheRequest has it.
bool is_cache_owner(std::string_view owner);

// What the annotation asks for. The namespace is the one that containerd and CRI-O themselves write into a container's
// annotations; a pod can add the key of the one engine where the other runs, so all that are there have to agree. Fails
// with `KEY="VALUE": REASON` for a name that is none, and where a pod's namespace is not known for certain.
Expected<CacheRequest> parse_cache(const Choice& choice, const Annotations& annotations);

// Fails where the container sets CUDA_CACHE_PATH to another place than the cache's: one of the two would do nothing.
Expected<void> check_cache_path(const CacheRequest& cache, const std::string& cache_path);

}  // namespace vgpu::oci
