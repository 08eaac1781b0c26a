#pragma once

#include <cstdint>
#include <vector>

#include "seccomp/rm/abi/control_gpu.h"
#include "seccomp/rm/control.h"

// The controls that are lists of questions: each entry has an index and is given its value.
namespace vgpu::rm {

inline constexpr std::uint32_t kMostEntries = 1024;

// The list is in the parameters themselves.
template <class Value>
abi::Status answer_list(ControlCall& call, Value value) {
  auto& list = call.as<abi::InfoList>();
  const std::size_t room = (call.parameters.size() - sizeof list.count) / sizeof(abi::IndexedValue);
  if (list.count > room) return abi::Status::InvalidArgument;
  for (std::uint32_t at = 0; at < list.count; ++at) list.entries[at].value = value(list.entries[at].index);
  return abi::Status::Ok;
}

// The parameters point to the list, in the caller's memory.
template <class Value>
abi::Status answer_list_pointer(ControlCall& call, Value value) {
  const auto& pointer = call.as<abi::InfoPointer>();
  if (pointer.count > kMostEntries) return abi::Status::InvalidArgument;
  std::vector<abi::IndexedValue> entries(pointer.count);
  if (!call.memory.read(pointer.entries, std::as_writable_bytes(std::span(entries)))) {
    return abi::Status::InvalidPointer;
  }
  for (abi::IndexedValue& entry : entries) entry.value = value(entry.index);
  call.write(pointer.entries, std::as_bytes(std::span(entries)));
  return abi::Status::Ok;
}

}  // namespace vgpu::rm
