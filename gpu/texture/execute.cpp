#include "gpu/texture/execute.h"

#include <bit>
#include <optional>

#include "gpu/texture/query.h"
#include "gpu/texture/registry.h"
#include "gpu/texture/sample.h"
#include "gpu/texture/surface.h"
#include "gpu/warp/float_formats.h"

namespace vgpu::texture {
namespace {

using ptx::Type;

std::uint32_t half_of(std::uint32_t float_bits) {
  return warp::float_to_half(std::bit_cast<float>(float_bits));
}

// Four channels in the type that the instruction names.
Elements as_type(const Words& words, Type type) {
  switch (type) {
    case Type::F16:
      return {half_of(words[0]), half_of(words[1]), half_of(words[2]), half_of(words[3])};
    case Type::F16x2:
      return {half_of(words[0]) | half_of(words[1]) << 16, half_of(words[2]) | half_of(words[3]) << 16, 0, 0};
    default:
      return {words[0], words[1], words[2], words[3]};
  }
}

bool is_type(std::uint64_t handle, ptx::OpaqueType type) {
  const Object* object = find_object(handle);
  if (object == nullptr) return false;
  return (object->kind == ObjectKind::Texture && type == ptx::OpaqueType::Texture) ||
         (object->kind == ObjectKind::Surface && type == ptx::OpaqueType::Surface);
}

bool needs_texture(Operation operation) {
  return operation == Operation::Sample || operation == Operation::Gather;
}

FaultKind execute_lane(const Access& access, const Object& object, const Sampler& sampler,
                       const Coordinates& coordinates, Elements& elements) {
  const Texture& texture = object.texture;
  switch (access.operation) {
    case Operation::Sample:
      elements = as_type(sampler.sample(coordinates, access.integer_coordinates != 0), access.type);
      return FaultKind::None;
    case Operation::Gather:
      elements = as_type(sampler.gather(coordinates, access.detail), access.type);
      return FaultKind::None;
    case Operation::Query:
      elements = {query(object, static_cast<ptx::ImageQuery>(access.detail)), 0, 0, 0};
      return FaultKind::None;
    case Operation::Load:
      return load(texture.image, access, coordinates, elements);
    case Operation::Reduce:
    case Operation::ReduceFormatted:
      return reduce(texture.image, access, coordinates, elements[0]);
    default:
      return store(texture.image, access, coordinates, elements);
  }
}

}  // namespace

FaultKind execute(const Access& access, std::uint64_t* results, const std::uint64_t* sources, std::uint32_t active) {
  const bool has_results =
      needs_texture(access.operation) || access.operation == Operation::Query || access.operation == Operation::Load;
  const Object* object = nullptr;
  std::uint64_t last_handle = 0;
  std::optional<Sampler> sampler;
  for (; active != 0; active &= active - 1) {
    const auto lane = static_cast<unsigned>(std::countr_zero(active));
    const std::uint64_t handle = sources[kHandle * kWarpSize + lane];
    if (access.operation == Operation::IsType) {
      results[lane] = is_type(handle, static_cast<ptx::OpaqueType>(access.detail)) ? 1 : 0;
      continue;
    }
    if (object == nullptr || handle != last_handle) {
      object = find_object(handle);
      last_handle = handle;
      const bool wrong_kind = object != nullptr && access.operation != Operation::Query &&
                              needs_texture(access.operation) != (object->kind == ObjectKind::Texture);
      if (object == nullptr || wrong_kind) return FaultKind::IllegalAddress;
      sampler.emplace(object->texture, access.geometry);
    }
    Coordinates coordinates;
    for (unsigned i = 0; i < coordinates.size(); ++i) {
      coordinates[i] = static_cast<std::uint32_t>(sources[(kCoordinates + i) * kWarpSize + lane]);
    }
    Elements elements;
    for (unsigned i = 0; i < elements.size(); ++i) elements[i] = sources[(kData + i) * kWarpSize + lane];
    const FaultKind fault = execute_lane(access, *object, *sampler, coordinates, elements);
    if (fault != FaultKind::None) return fault;
    if (!has_results) continue;
    for (unsigned i = 0; i < access.vector; ++i) results[i * kWarpSize + lane] = elements[i];
  }
  return FaultKind::None;
}

}  // namespace vgpu::texture
