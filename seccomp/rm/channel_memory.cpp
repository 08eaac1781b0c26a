#include "seccomp/rm/channel_memory.h"

#include <unistd.h>

#include <algorithm>

#include "seccomp/rm/backing.h"

namespace vgpu::rm {

ChannelMemory::Place ChannelMemory::place_of(std::uint64_t address, std::uint64_t length) {
  std::uint64_t next = address + length;
  // The latest mapping of an address counts.
  const auto& mappings = driver_.state().mappings();
  for (auto mapping = mappings.rbegin(); mapping != mappings.rend(); ++mapping) {
    const File* file = driver_.state().find_file(mapping->file);
    if (file == nullptr || file->caller.process != caller_.process) continue;
    if (mapping->address > address && mapping->address < next) next = mapping->address;
    if (address < mapping->address || address - mapping->address >= mapping->length) continue;
    const Object* object = driver_.state().find_object(mapping->client, mapping->object);
    const int descriptor = object != nullptr ? backing_of(driver_, mapping->client, *object) : -1;
    if (descriptor < 0) continue;
    const std::uint64_t inside = address - mapping->address;
    return {descriptor, mapping->offset + inside, std::min({length, mapping->length - inside, next - address})};
  }
  return {-1, 0, next - address};
}

template <class Bytes, class InFile, class InProcess>
bool ChannelMemory::transfer(std::uint64_t address, Bytes bytes, InFile file, InProcess process) {
  if (address + bytes.size() < address) return false;
  while (!bytes.empty()) {
    const Place place = place_of(address, bytes.size());
    const auto part = bytes.first(place.length);
    if (place.descriptor >= 0) {
      if (file(place.descriptor, part, static_cast<off_t>(place.offset)) != static_cast<ssize_t>(part.size()))
        return false;
    } else if (!process(address, part)) {
      return false;
    }
    address += place.length;
    bytes = bytes.subspan(place.length);
  }
  return true;
}

bool ChannelMemory::read(std::uint64_t address, std::span<std::byte> bytes) {
  return transfer(
      address, bytes,
      [](int descriptor, std::span<std::byte> part, off_t offset) {
        return ::pread(descriptor, part.data(), part.size(), offset);
      },
      [&](std::uint64_t from, std::span<std::byte> part) { return driver_.host().read(caller_, from, part); });
}

bool ChannelMemory::write(std::uint64_t address, std::span<const std::byte> bytes) {
  return transfer(
      address, bytes,
      [](int descriptor, std::span<const std::byte> part, off_t offset) {
        return ::pwrite(descriptor, part.data(), part.size(), offset);
      },
      [&](std::uint64_t to, std::span<const std::byte> part) { return driver_.host().write(caller_, to, part); });
}

}  // namespace vgpu::rm
