#include <cerrno>

#include "seccomp/rm/abi/channel.h"
#include "seccomp/rm/abi/memory.h"
#include "seccomp/rm/backing.h"
#include "seccomp/rm/escape_handlers.h"

// Allocating and mapping memory.
namespace vgpu::rm {
namespace {

using abi::Status;

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kLargest = std::uint64_t{1} << 40;

void tell_sizes(const Driver& driver, const Object& device, abi::HeapControl& parameters) {
  const std::uint64_t total = driver.devices()[device.device].profile.memory;
  const std::uint64_t used = driver.state().used(device.device);
  parameters.total = total;
  parameters.free = total > used ? total - used : 0;
}

Status heap_allocate(EscapeCall& call, const Client& client, const Object& parent, abi::HeapControl& parameters) {
  auto& wanted = parameters.allocate;
  if (wanted.size == 0 || wanted.size > kLargest) return Status::InvalidLimit;
  const std::uint64_t size = (wanted.size + kPage - 1) & ~(kPage - 1);
  const bool is_virtual = (wanted.flags & abi::kHeapFlagVirtual) != 0;
  const bool is_video = (wanted.attributes >> abi::kLocationShift & abi::kLocationMask) != abi::kLocationPci;
  if (call.driver.state().object_count() >= kMostObjects) return Status::InsufficientResources;
  const Handle handle = wanted.memory != 0 ? wanted.memory : call.driver.state().free_handle(client);
  if (object_for(client, handle) != nullptr) return Status::InsertDuplicateName;
  Record record;
  record.kind = RecordKind::AllocateObject;
  record.client = client.handle;
  record.parent = parent.handle;
  record.object = handle;
  record.device = parent.device;
  record.value = size;
  if (is_virtual) {
    record.object_class = abi::kVirtualMemoryClass;
  } else if (!is_video) {
    record.object_class = abi::kSystemMemoryClass;
  } else {
    record.object_class = abi::kVideoMemoryClass;
    record.charged = true;
    if (!call.driver.has_room(parent.device, size)) return Status::NoMemory;
  }
  call.driver.change(record);
  wanted.memory = handle;
  wanted.size = size;
  wanted.limit = size - 1;
  return Status::Ok;
}

Status heap_status(EscapeCall& call, abi::HeapControl& parameters) {
  const Client* client = client_for(call.driver, call.file, parameters.root);
  if (client == nullptr) return Status::InvalidClient;
  const Object* parent = object_for(*client, parameters.parent);
  if (parent == nullptr || parent->handle == client->handle) return Status::InvalidObjectParent;
  Status status = Status::Ok;
  switch (parameters.function) {
    case abi::kHeapAllocateSize:
      status = heap_allocate(call, *client, *parent, parameters);
      break;
    case abi::kHeapFree: {
      const Object* memory = object_for(*client, parameters.release.memory);
      if (memory == nullptr || memory->handle == client->handle) return Status::InvalidObject;
      Record record;
      record.kind = RecordKind::FreeObject;
      record.client = client->handle;
      record.object = memory->handle;
      call.driver.change(record);
      break;
    }
    case abi::kHeapInfo:
      break;
    default:
      call.driver.log_once("heap function " + std::to_string(parameters.function) + ": refused");
      status = Status::NotSupported;
  }
  tell_sizes(call.driver, *parent, parameters);
  return status;
}

Status map_status(EscapeCall& call, abi::MapMemory& parameters) {
  const Client* client = client_for(call.driver, call.file, parameters.client);
  if (client == nullptr) return Status::InvalidClient;
  const Object* memory = object_for(*client, parameters.memory);
  if (memory == nullptr) return Status::InvalidObject;
  const int source = backing_of(call.driver, client->handle, *memory);
  if (source < 0) return Status::InvalidObject;
  // The descriptor that is replaced must be the driver's: nothing else of the caller's is taken away.
  const auto identity = call.driver.host().descriptor(call.call.thread, parameters.descriptor);
  if (!identity || call.driver.find_file(identity->device, identity->inode) == nullptr) {
    return Status::InvalidArgument;
  }
  call.answer.replacement = {parameters.descriptor, source};
  // Whole pages are mapped; the address says where in the first one the memory begins.
  if (memory->object_class == abi::kPascalChannelClass) parameters.linear_address = memory->channel.control_offset;
  return Status::Ok;
}

// Memory that the application has already: it stays where it is, and nothing is charged.
Status describe_memory(EscapeCall& call, abi::AllocateMemory& parameters) {
  const Client* client = client_for(call.driver, call.file, parameters.root);
  if (client == nullptr) return Status::InvalidClient;
  const Object* parent = object_for(*client, parameters.parent);
  if (parent == nullptr || parent->handle == client->handle) return Status::InvalidObjectParent;
  if (parameters.object_class != abi::kOsDescriptorClass) return Status::InvalidClass;
  if (parameters.limit > kLargest) return Status::InvalidLimit;
  if (call.driver.state().object_count() >= kMostObjects) return Status::InsufficientResources;
  const Handle handle = parameters.object != 0 ? parameters.object : call.driver.state().free_handle(*client);
  if (object_for(*client, handle) != nullptr) return Status::InsertDuplicateName;
  Record record;
  record.kind = RecordKind::AllocateObject;
  record.client = client->handle;
  record.parent = parent->handle;
  record.object = handle;
  record.object_class = parameters.object_class;
  record.device = parent->device;
  record.value = parameters.limit + 1;
  call.driver.change(record);
  parameters.object = handle;
  return Status::Ok;
}

}  // namespace

int allocate_memory(EscapeCall& call) {
  auto& parameters = call.as<abi::AllocateMemory>();
  parameters.status = static_cast<std::uint32_t>(describe_memory(call, parameters));
  return 0;
}

int heap_control(EscapeCall& call) {
  auto& parameters = call.as<abi::HeapControl>();
  parameters.status = static_cast<std::uint32_t>(heap_status(call, parameters));
  return 0;
}

int map_memory(EscapeCall& call) {
  auto& parameters = call.as<abi::MapMemory>();
  parameters.status = static_cast<std::uint32_t>(map_status(call, parameters));
  return 0;
}

int unmap_memory(EscapeCall& call) {
  auto& parameters = call.as<abi::UnmapMemory>();
  const Client* client = client_for(call.driver, call.file, parameters.client);
  parameters.status = static_cast<std::uint32_t>(client == nullptr ? Status::InvalidClient : Status::Ok);
  return 0;
}

int update_mapping(EscapeCall& call) {
  auto& parameters = call.as<abi::UpdateMapping>();
  const Client* client = client_for(call.driver, call.file, parameters.client);
  parameters.status = static_cast<std::uint32_t>(client == nullptr ? Status::InvalidClient : Status::Ok);
  return 0;
}

}  // namespace vgpu::rm
