#include <algorithm>
#include <cstring>

#include "seccomp/rm/abi/uvm.h"
#include "seccomp/rm/escape.h"
#include "seccomp/rm/uvm_handlers.h"

// What UVM is told of address ranges: which memory of the resource manager is where.
namespace vgpu::rm {
namespace {

using abi::Status;

constexpr std::size_t kMostMappings = 65536;

Status unmap(UvmCall& call, std::uint64_t base, std::uint64_t length) {
  Record record;
  record.kind = RecordKind::UnmapExternal;
  record.file = call.file.id;
  record.value = base;
  record.value2 = length;
  call.driver.change(record);
  return Status::Ok;
}

}  // namespace

Status uvm_accept(UvmCall&) {
  return Status::Ok;
}

Status uvm_no_pageable_access(UvmCall& call) {
  call.as<std::uint8_t>() = 0;
  return Status::Ok;
}

Status uvm_register_gpu(UvmCall& call) {
  auto& parameters = call.as<abi::UvmRegisterGpu>();
  const auto is_named = [&](const model::Device& device) {
    return std::memcmp(device.uuid.data(), parameters.uuid, sizeof parameters.uuid) == 0;
  };
  if (std::ranges::none_of(call.driver.devices(), is_named)) return Status::InvalidDevice;
  parameters.numa_enabled = 0;
  parameters.numa_node = -1;
  return Status::Ok;
}

Status uvm_create_range_group(UvmCall& call) {
  // Groups are only named again, to put ranges into them and to destroy them, which do nothing.
  call.as<abi::UvmRangeGroup>().id = 1;
  return Status::Ok;
}

Status uvm_map_external(UvmCall& call) {
  const auto& range = call.as<abi::UvmExternalRange>();
  abi::UvmExternalMemory memory{};
  std::memcpy(&memory, call.parameters.data() + call.parameters.size() - sizeof memory, sizeof memory);
  if (range.length == 0 || range.base + range.length < range.base) return Status::InvalidAddress;
  // The client is looked for in the control file that the request names, as the client of any other request is.
  const auto identity = call.driver.host().descriptor(call.thread, memory.control_descriptor);
  const File* control = identity ? call.driver.find_file(identity->device, identity->inode) : nullptr;
  const Client* client = control != nullptr ? client_for(call.driver, *control, memory.client) : nullptr;
  if (client == nullptr) return Status::InvalidClient;
  const Object* object = object_for(*client, memory.memory);
  if (object == nullptr) return Status::InvalidObject;
  if (range.offset > object->size || range.length > object->size - range.offset) return Status::InvalidOffset;
  if (call.driver.state().mappings().size() >= kMostMappings) return Status::InsufficientResources;
  Record record;
  record.kind = RecordKind::MapExternal;
  record.file = call.file.id;
  record.client = client->handle;
  record.object = object->handle;
  record.value = range.base;
  record.value2 = range.length;
  record.value3 = range.offset;
  call.driver.change(record);
  return Status::Ok;
}

Status uvm_unmap_external(UvmCall& call) {
  const auto& range = call.as<abi::UvmRange>();
  return unmap(call, range.base, range.length);
}

Status uvm_free(UvmCall& call) {
  const auto& range = call.as<abi::UvmRange>();
  // A length of 0: all of the range that begins there.
  return unmap(call, range.base, range.length == 0 ? 1 : range.length);
}

}  // namespace vgpu::rm
