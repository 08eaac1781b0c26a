#include "gpu/texture/surface.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "gpu/texture/texel.h"

namespace vgpu::texture {
namespace {

using ptx::AtomicOperation;
using ptx::Boundary;
using ptx::Geometry;
using ptx::Type;

struct Place {
  std::byte* memory = nullptr;  // nullptr: nothing is to be done
  FaultKind fault = FaultKind::None;
};

struct Extent {
  std::int64_t x, y, z;  // x in bytes
};

// Brings `value` into [0, size - length] or says that it is outside.
bool place_within(std::int64_t& value, std::int64_t size, std::int64_t length, Boundary boundary) {
  if (value >= 0 && value + length <= size) return true;
  if (boundary != Boundary::Clamp || size < length) return false;
  value = std::clamp<std::int64_t>(value, 0, size - length);
  return true;
}

// `unit`: bytes that x counts; `length`: bytes of the access.
Place locate(const Image& image, const Access& access, const Coordinates& coordinates, unsigned unit, unsigned length) {
  const auto at = [&](unsigned i) { return std::int64_t{static_cast<std::int32_t>(coordinates[i])}; };
  Extent position{};
  switch (access.geometry) {
    case Geometry::D1:
      position = {at(0), 0, 0};
      break;
    case Geometry::A1d:
      position = {at(1), 0, at(0)};
      break;
    case Geometry::A2d:
      position = {at(1), at(2), at(0)};
      break;
    case Geometry::D3:
      position = {at(0), at(1), at(2)};
      break;
    default:
      position = {at(0), at(1), 0};
      break;
  }
  position.x *= unit;
  const Extent size{std::int64_t{image.width} * image.format.bytes(), std::max(1u, image.height),
                    std::max(1u, image.depth)};
  const bool inside = place_within(position.x, size.x, length, access.boundary) &&
                      place_within(position.y, size.y, 1, access.boundary) &&
                      place_within(position.z, size.z, 1, access.boundary);
  if (!inside) {
    return {nullptr, access.boundary == Boundary::Trap ? FaultKind::IllegalAddress : FaultKind::None};
  }
  const std::uint64_t address = image.address + static_cast<std::uint64_t>(position.z) * image.slice_pitch +
                                static_cast<std::uint64_t>(position.y) * image.pitch +
                                static_cast<std::uint64_t>(position.x);
  if (position.x % length != 0) return {nullptr, FaultKind::MisalignedAddress};
  return {reinterpret_cast<std::byte*>(address), FaultKind::None};
}

unsigned element_bytes(const Access& access) {
  return ptx::bit_width(access.type) / 8;
}

template <class T>
T combined(AtomicOperation operation, T a, T b) {
  switch (operation) {
    case AtomicOperation::And:
      return a & b;
    case AtomicOperation::Or:
      return a | b;
    case AtomicOperation::Min:
      return std::min(a, b);
    case AtomicOperation::Max:
      return std::max(a, b);
    default:
      return static_cast<T>(static_cast<std::make_unsigned_t<T>>(a) + static_cast<std::make_unsigned_t<T>>(b));
  }
}

template <class T>
void reduce_at(std::byte* memory, AtomicOperation operation, std::uint64_t value) {
  T* target = reinterpret_cast<T*>(memory);
  T before = __atomic_load_n(target, __ATOMIC_RELAXED);
  while (!__atomic_compare_exchange_n(target, &before, combined(operation, before, static_cast<T>(value)), true,
                                      __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
}

}  // namespace

FaultKind load(const Image& image, const Access& access, const Coordinates& coordinates, Elements& result) {
  const unsigned bytes = element_bytes(access);
  const Place place = locate(image, access, coordinates, 1, bytes * access.vector);
  result = {};
  if (place.memory == nullptr) return place.fault;
  for (unsigned i = 0; i < access.vector; ++i) std::memcpy(&result[i], place.memory + std::size_t{i} * bytes, bytes);
  return FaultKind::None;
}

FaultKind store(const Image& image, const Access& access, const Coordinates& coordinates, const Elements& data) {
  if (access.operation == Operation::StoreFormatted) {
    const unsigned texel = image.format.bytes();
    const Place place = locate(image, access, coordinates, texel, texel);
    if (place.memory == nullptr) return place.fault;
    Words words{};
    for (unsigned i = 0; i < access.vector; ++i) words[i] = static_cast<std::uint32_t>(data[i]);
    write_formatted(place.memory, image.format, words);
    return FaultKind::None;
  }
  const unsigned bytes = element_bytes(access);
  const Place place = locate(image, access, coordinates, 1, bytes * access.vector);
  if (place.memory == nullptr) return place.fault;
  for (unsigned i = 0; i < access.vector; ++i) std::memcpy(place.memory + std::size_t{i} * bytes, &data[i], bytes);
  return FaultKind::None;
}

FaultKind reduce(const Image& image, const Access& access, const Coordinates& coordinates, std::uint64_t value) {
  const bool formatted = access.operation == Operation::ReduceFormatted;
  const Place place = locate(image, access, coordinates, formatted ? image.format.bytes() : 1, element_bytes(access));
  if (place.memory == nullptr) return place.fault;
  const auto operation = static_cast<AtomicOperation>(access.detail);
  switch (access.type) {
    case Type::S32:
      reduce_at<std::int32_t>(place.memory, operation, value);
      break;
    case Type::S64:
      reduce_at<std::int64_t>(place.memory, operation, value);
      break;
    case Type::U64:
    case Type::B64:
      reduce_at<std::uint64_t>(place.memory, operation, value);
      break;
    default:
      reduce_at<std::uint32_t>(place.memory, operation, value);
      break;
  }
  return FaultKind::None;
}

}  // namespace vgpu::texture
