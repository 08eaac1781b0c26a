#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

// The annotation keys that ask for a vGPU: ours, and those that users of other systems already type.
namespace vgpu::oci {

inline constexpr std::string_view kPrefix = "vgpu.dev/";

enum class Field { Count, Memory, MemoryPercent, Cores, Profile, Inject };

// The fields below vgpu.dev/, with an optional `CONTAINER.` before them.
struct OwnField {
  std::string_view name;
  Field field;
};
inline constexpr std::array<OwnField, 5> kOwnFields = {{
    {"count", Field::Count},
    {"memory", Field::Memory},
    {"cores", Field::Cores},
    {"profile", Field::Profile},
    {"inject", Field::Inject},
}};

// Keys of HAMi, Volcano, vgpu-manager, KAI and TensorFusion. A plain number of a memory key is MiB in all of them.
struct Alias {
  std::string_view key;
  Field field;
};
inline constexpr std::array<Alias, 18> kAliases = {{
    {"nvidia.com/gpu", Field::Count},
    {"nvidia.com/gpumem", Field::Memory},
    {"nvidia.com/gpumem-percentage", Field::MemoryPercent},
    {"nvidia.com/gpucores", Field::Cores},
    {"hami.io/gpu", Field::Count},
    {"hami.io/gpumem", Field::Memory},
    {"hami.io/gpucores", Field::Cores},
    {"volcano.sh/vgpu-number", Field::Count},
    {"volcano.sh/vgpu-memory", Field::Memory},
    {"volcano.sh/vgpu-cores", Field::Cores},
    {"nvidia.com/vgpu-number", Field::Count},
    {"nvidia.com/vgpu-memory", Field::Memory},
    {"nvidia.com/vgpu-cores", Field::Cores},
    {"gpu-memory", Field::Memory},
    {"tensor-fusion.ai/gpu-count", Field::Count},
    {"tensor-fusion.ai/vram-limit", Field::Memory},
    {"tensor-fusion.ai/compute-percent-limit", Field::Cores},
    {"nvidia.com/use-gputype", Field::Profile},
}};

// A key of ours, taken apart. An empty container means every container of the pod.
struct OwnKey {
  std::string_view container;
  Field field;
};

// nullopt: not a key of ours that is known.
std::optional<OwnKey> parse_own_key(std::string_view key);

// nullptr: not an alias.
const Alias* find_alias(std::string_view key);

// A Go regular expression that matches every key that may ask for a vGPU, for `when.annotations` of a hooks.d file.
// It matches unknown keys below vgpu.dev/ too, so that a misspelt one is refused rather than passed over.
std::string key_pattern();

}  // namespace vgpu::oci
