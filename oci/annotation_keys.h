#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

// The annotation keys that ask for a vGPU: ours, and those that users of other systems already type.
namespace vgpu::oci {

inline constexpr std::string_view kPrefix = "vgpu.dev/";

// The same size is asked for in many units: bytes with a unit or MiB, percent and fractions of the profile's, plain
// bytes, and blocks of 256 MiB.
enum class Field {
  Count,
  Memory,
  MemoryPercent,
  MemoryFraction,
  MemoryBytes,
  MemoryBlocks,
  Cores,
  CoresFraction,
  Profile,
  Inject,
  Cache
};

// The fields below vgpu.dev/, with an optional `CONTAINER.` before them.
struct OwnField {
  std::string_view name;
  Field field;
};
inline constexpr std::array<OwnField, 6> kOwnFields = {{
    {"count", Field::Count},
    {"memory", Field::Memory},
    {"cores", Field::Cores},
    {"profile", Field::Profile},
    {"inject", Field::Inject},
    {"cache", Field::Cache},
}};

// A request counts where there is no limit: schedulers place by the one, and hold to the other.
enum class Weight { Request, Limit };

// Another system's key. `containers` is the key that names the containers of the pod that it is for, or empty.
struct Alias {
  std::string_view key;
  Field field;
  Weight weight = Weight::Limit;
  std::string_view containers = {};
};
inline constexpr std::string_view kKaiContainers = "gpu-fraction-container-name";
inline constexpr std::string_view kTensorFusionContainers = "tensor-fusion.ai/inject-container";

// Keys of NVIDIA's device plugin, HAMi, Volcano, vgpu-manager, nvshare, Tencent, KAI, KubeShare and TensorFusion.
inline constexpr std::array<Alias, 28> kAliases = {{
    {"nvidia.com/gpu", Field::Count},
    {"nvidia.com/gpu.shared", Field::Count},
    {"nvidia.com/gpumem", Field::Memory},
    {"nvidia.com/gpumem-percentage", Field::MemoryPercent},
    {"nvidia.com/gpucores", Field::Cores},
    {"nvidia.com/use-gputype", Field::Profile},
    {"hami.io/gpu", Field::Count},
    {"hami.io/gpumem", Field::Memory},
    {"hami.io/gpumem-percentage", Field::MemoryPercent},
    {"hami.io/gpucores", Field::Cores},
    {"volcano.sh/vgpu-number", Field::Count},
    {"volcano.sh/vgpu-memory", Field::Memory},
    {"volcano.sh/vgpu-cores", Field::Cores},
    {"nvidia.com/vgpu-number", Field::Count},
    {"nvidia.com/vgpu-memory", Field::Memory},
    {"nvidia.com/vgpu-cores", Field::Cores},
    {"nvidia.com/include-gpu-type", Field::Profile},
    {"nvshare.com/gpu", Field::Count},
    {"tencent.com/vcuda-core", Field::Cores},
    {"tencent.com/vcuda-memory", Field::MemoryBlocks},
    {"gpu-memory", Field::Memory, Weight::Limit, kKaiContainers},
    {"gpu-fraction", Field::MemoryFraction, Weight::Limit, kKaiContainers},
    {"sharedgpu/gpu_request", Field::CoresFraction, Weight::Request},
    {"sharedgpu/gpu_limit", Field::CoresFraction},
    {"sharedgpu/gpu_mem", Field::MemoryBytes},
    {"tensor-fusion.ai/gpu-count", Field::Count, Weight::Limit, kTensorFusionContainers},
    {"tensor-fusion.ai/vram-limit", Field::Memory, Weight::Limit, kTensorFusionContainers},
    {"tensor-fusion.ai/compute-percent-limit", Field::Cores, Weight::Limit, kTensorFusionContainers},
}};

// A key of ours, taken apart. An empty container means every container of the pod.
struct OwnKey {
  std::string_view container;
  Field field;
};

// nullopt: not a key of ours that is known.
std::optional<OwnKey> parse_own_key(std::string_view key);

// KAI's keys of one container, nvidia.cdi.k8s.io/CONTAINER.gpu-memory.limit and .request.
struct ContainerAlias {
  std::string_view container;
  Field field;
  Weight weight;
};

// nullopt: not such a key.
std::optional<ContainerAlias> parse_container_alias(std::string_view key);

// nullptr: not an alias.
const Alias* find_alias(std::string_view key);

// True for a key that may ask for a vGPU, known or not, or that says for which containers another one is.
bool is_request_key(std::string_view key);

// A Go regular expression that matches every key that may ask for a vGPU, for `when.annotations` of a hooks.d file.
// It matches unknown keys below vgpu.dev/ too, so that a misspelt one is refused rather than passed over.
std::string key_pattern();

}  // namespace vgpu::oci
