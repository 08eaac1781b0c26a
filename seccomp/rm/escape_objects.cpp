#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "seccomp/rm/chip.h"
#include "seccomp/rm/control.h"
#include "seccomp/rm/escape_handlers.h"
#include "seccomp/rm/object_class.h"

// Making, freeing and asking objects.
namespace vgpu::rm {
namespace {

using abi::Status;

constexpr std::size_t kMostClients = 4096;
constexpr std::size_t kMostParameters = 65536;
constexpr std::uint32_t kClosedControl = 0x8000;  // RM_GSS_LEGACY_MASK of nvos.h
constexpr std::uint32_t kDeviceClass = 0x80, kSubdeviceClass = 0x2080;

std::string hexadecimal(std::uint32_t number) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%#x", number);
  return text.data();
}

bool level_fits(Level level, const Object& parent) {
  switch (level) {
    case Level::Root:
      return false;
    case Level::Client:
      return is_root_class(parent.object_class);
    case Level::Device:
      return parent.object_class == kDeviceClass;
    case Level::Subdevice:
      return parent.object_class == kSubdeviceClass;
    case Level::Any:
      return !is_root_class(parent.object_class);
  }
  return false;
}

Status make_client(EscapeCall& call, const ObjectClass& object_class, abi::Allocate& parameters) {
  const State& state = call.driver.state();
  if (state.clients().size() >= kMostClients) return Status::InsufficientResources;
  Handle handle = parameters.object;
  if (handle == 0) {
    handle = state.next_client();
    while (state.find_client(handle) != nullptr) ++handle;
  }
  if (state.find_client(handle) != nullptr) return Status::InsertDuplicateName;
  Record record;
  record.kind = RecordKind::AllocateObject;
  // A client that is made by a device's file belongs to the control file that this one is registered with.
  record.file = call.file.control_file != 0 ? call.file.control_file : call.file.id;
  record.client = record.object = handle;
  record.object_class = object_class.number;
  call.driver.change(record);
  parameters.object = handle;
  if (parameters.parameters != 0) {
    std::vector<std::byte> bytes(sizeof handle);
    std::memcpy(bytes.data(), &handle, sizeof handle);
    call.answer.writes.push_back({parameters.parameters, std::move(bytes)});
  }
  return Status::Ok;
}

Status make_object(EscapeCall& call, const ObjectClass& object_class, abi::Allocate& parameters) {
  const Client* client = client_for(call.driver, call.file, parameters.root);
  if (client == nullptr) return Status::InvalidClient;
  const Object* parent = object_for(*client, parameters.parent);
  if (parent == nullptr || !level_fits(object_class.level, *parent)) return Status::InvalidObjectParent;
  if (object_class.of_chip && !chip_of(call.driver.devices()[parent->device].profile).has_class(object_class.number)) {
    return Status::InvalidClass;
  }
  if (call.driver.state().object_count() >= kMostObjects) return Status::InsufficientResources;
  const Handle handle = parameters.object != 0 ? parameters.object : call.driver.state().free_handle(*client);
  if (object_for(*client, handle) != nullptr) return Status::InsertDuplicateName;

  const Branch branch = branch_of(version_for(call.driver, call.file, call.call.thread));
  const std::uint32_t size = object_class.parameters_size[static_cast<unsigned>(branch)];
  std::vector<std::byte> bytes(size);
  if (size > 0 && parameters.parameters != 0 && !call.memory.read(parameters.parameters, bytes)) {
    return Status::InvalidPointer;
  }
  Record record;
  record.kind = RecordKind::AllocateObject;
  record.client = client->handle;
  record.parent = parent->handle;
  record.object = handle;
  record.object_class = object_class.number;
  record.device = parent->device;
  if (object_class.handler != nullptr) {
    ClassCall class_call{call.driver,      call.file, *client, *parent,    branch,
                         call.call.thread, bytes,     record,  call.answer};
    if (const Status status = object_class.handler(class_call); status != Status::Ok) return status;
  }
  call.driver.change(record);
  parameters.object = handle;
  if (size > 0 && parameters.parameters != 0) call.answer.writes.push_back({parameters.parameters, std::move(bytes)});
  return Status::Ok;
}

Status answer_control(EscapeCall& call, const abi::Control& parameters) {
  const Client* client = client_for(call.driver, call.file, parameters.client);
  if (client == nullptr) return Status::InvalidClient;
  const Object* object = object_for(*client, parameters.object);
  if (object == nullptr) return Status::InvalidObject;
  const Control* control = find_control(parameters.command);
  if (control == nullptr) {
    call.driver.log_once("control " + hexadecimal(parameters.command) + " of " +
                         std::to_string(parameters.parameters_size) + " bytes: unknown, refused");
    return Status::NotSupported;
  }
  const std::uint64_t version = version_for(call.driver, call.file, call.call.thread);
  const Branch branch = branch_of(version);
  if (control->handler == nullptr) {
    call.driver.log_once("control " + hexadecimal(parameters.command) + " " + control->name + ": refused");
    return Status::NotSupported;
  }
  const std::uint32_t size = control->size[static_cast<unsigned>(branch)];
  if (parameters.parameters_size != size) {
    call.driver.log_once("control " + hexadecimal(parameters.command) + " " + control->name + " of " +
                         std::to_string(parameters.parameters_size) + " bytes, not " + std::to_string(size) +
                         ": refused");
    // Closed controls grow from one version to the next: then programs shall show that there is no value.
    const bool is_closed = (parameters.command & kClosedControl) != 0;
    return size == 0 || is_closed ? Status::NotSupported : Status::InvalidParamStruct;
  }
  if (!control_fits(*control, *object)) return Status::InvalidObject;
  alignas(16) static thread_local std::array<std::byte, kMostParameters> buffer;
  const std::span<std::byte> bytes = std::span(buffer).first(size);
  if (size > 0 && !call.memory.read(parameters.parameters, bytes)) return Status::InvalidPointer;
  ControlCall control_call{call.driver, call.file,        *client, *object,     parameters.command, branch,
                           version,     call.call.thread, bytes,   call.memory, call.answer};
  const Status status = control->handler(control_call);
  if (status == Status::Ok && size > 0) control_call.write(parameters.parameters, bytes);
  if (status != Status::Ok) call.answer.writes.clear();
  return status;
}

}  // namespace

int allocate_object(EscapeCall& call) {
  abi::Allocate parameters{};
  const bool is_short = call.parameters.size() == sizeof(abi::AllocateShort);
  if (is_short) {
    const auto& given = call.as<abi::AllocateShort>();
    parameters.root = given.root;
    parameters.parent = given.parent;
    parameters.object = given.object;
    parameters.object_class = given.object_class;
    parameters.parameters = given.parameters;
  } else if (call.parameters.size() == sizeof(abi::Allocate)) {
    parameters = call.as<abi::Allocate>();
  } else {
    return EINVAL;
  }
  const ObjectClass* object_class = find_class(parameters.object_class);
  Status status = Status::InvalidClass;
  if (object_class == nullptr) {
    call.driver.log_once("class " + hexadecimal(parameters.object_class) + ": unknown, refused");
  } else if (object_class->level == Level::Root) {
    status = make_client(call, *object_class, parameters);
  } else {
    status = make_object(call, *object_class, parameters);
    if (status != Status::Ok) {
      call.driver.log_once("class " + hexadecimal(parameters.object_class) + " " + object_class->name +
                           ": refused, status " + hexadecimal(static_cast<std::uint32_t>(status)));
    }
  }
  if (is_short) {
    auto& given = call.as<abi::AllocateShort>();
    given.object = parameters.object;
    given.status = static_cast<std::uint32_t>(status);
  } else {
    parameters.status = static_cast<std::uint32_t>(status);
    call.as<abi::Allocate>() = parameters;
  }
  return 0;
}

int free_object(EscapeCall& call) {
  auto& parameters = call.as<abi::Free>();
  const Client* client = client_for(call.driver, call.file, parameters.root != 0 ? parameters.root : parameters.object);
  Status status = Status::Ok;
  if (client == nullptr) {
    status = Status::InvalidClient;
  } else if (object_for(*client, parameters.object) == nullptr) {
    status = Status::InvalidObjectHandle;
  } else {
    Record record;
    record.kind = RecordKind::FreeObject;
    record.client = client->handle;
    record.object = parameters.object;
    call.driver.change(record);
  }
  parameters.status = static_cast<std::uint32_t>(status);
  return 0;
}

int control(EscapeCall& call) {
  auto& parameters = call.as<abi::Control>();
  parameters.status = static_cast<std::uint32_t>(answer_control(call, parameters));
  return 0;
}

}  // namespace vgpu::rm
