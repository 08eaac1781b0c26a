#include "seccomp/rm/state.h"

#include <algorithm>

namespace vgpu::rm {
namespace {

// Handles that the driver gives, apart from those that applications choose.
constexpr Handle kFirstGivenHandle = 0xcaf00000;

Record record_of(const Client& client, const Object& object) {
  Record record;
  record.kind = RecordKind::AllocateObject;
  record.file = object.handle == client.handle ? client.file : 0;
  record.client = client.handle;
  record.parent = object.parent;
  record.object = object.handle;
  record.object_class = object.object_class;
  record.device = object.device;
  record.charged = object.charged;
  record.value = object.size;
  record.value2 = object.detail;
  record.channel = object.channel;
  return record;
}

// An object with everything below it, parents before their children. Trees as deep as a client has objects, and as
// wide, are a caller's to make: no recursion, and no search for each object's children.
std::vector<Handle> with_all_below(const Client& client, Handle top) {
  std::unordered_map<Handle, std::vector<Handle>> children;
  for (const auto& [handle, object] : client.objects) {
    if (handle != client.handle) children[object.parent].push_back(handle);
  }
  std::vector<Handle> handles = {top};
  for (std::size_t index = 0; index < handles.size(); ++index) {
    if (const auto below = children.find(handles[index]); below != children.end()) {
      handles.insert(handles.end(), below->second.begin(), below->second.end());
    }
  }
  return handles;
}

void add_objects(const Client& client, std::vector<Record>& records) {
  for (const Handle handle : with_all_below(client, client.handle)) {
    const Object& object = client.objects.at(handle);
    records.push_back(record_of(client, object));
    if (!object.descriptor.valid()) continue;
    Record descriptor;
    descriptor.kind = RecordKind::SetDescriptor;
    descriptor.client = client.handle;
    descriptor.object = handle;
    descriptor.descriptor = object.descriptor.get();
    records.push_back(descriptor);
  }
}

Record record_of(const File& file) {
  Record record;
  record.kind = RecordKind::OpenFile;
  record.file = file.id;
  record.node = file.node;
  record.caller = file.caller;
  record.descriptor = file.descriptor.get();
  record.inode_device = file.inode_device;
  record.inode = file.inode;
  return record;
}

Record file_record(RecordKind kind, FileId file, std::uint64_t value) {
  Record record;
  record.kind = kind;
  record.file = file;
  record.value = value;
  return record;
}

}  // namespace

void State::apply(const Record& record) {
  switch (record.kind) {
    case RecordKind::OpenFile:
      open_file(record);
      break;
    case RecordKind::CloseFile:
      close_file(record.file);
      break;
    case RecordKind::LinkFile:
      if (const auto file = files_.find(record.file); file != files_.end()) {
        file->second.control_file = static_cast<FileId>(record.value);
      }
      break;
    case RecordKind::SetVersion:
      if (const auto file = files_.find(record.file); file != files_.end()) {
        file->second.version_known = true;
        file->second.version = record.value;
      }
      break;
    case RecordKind::AllocateObject:
      allocate_object(record);
      break;
    case RecordKind::FreeObject:
      if (record.client == record.object) {
        free_client(record.client);
      } else if (const auto client = clients_.find(record.client); client != clients_.end()) {
        free_object(client->second, record.object);
      }
      break;
    case RecordKind::ChargeObject:
      if (Object* object = find(record.client, record.object); object != nullptr && object->charged) {
        used_[object->device] += record.value - object->size;
        object->size = record.value;
      }
      break;
    case RecordKind::SetDescriptor:
      if (Object* object = find(record.client, record.object); object != nullptr) {
        if (!object->descriptor.valid()) ++backed_count_;
        drop(object->descriptor);
        object->descriptor = FileDescriptor(record.descriptor);
      }
      break;
    case RecordKind::MapExternal:
      mappings_.push_back({record.file, record.value, record.value2, record.value3, record.client, record.object});
      break;
    case RecordKind::UnmapExternal:
      std::erase_if(mappings_, [&](const ExternalMapping& mapping) {
        return mapping.file == record.file && mapping.address >= record.value &&
               mapping.address - record.value < record.value2;
      });
      break;
  }
}

void State::restore(std::span<const Record> records) {
  restoring_ = true;
  for (const Record& record : records) apply(record);
  restoring_ = false;
}

std::vector<Record> State::snapshot() const {
  std::vector<Record> records;
  for (const auto& [id, file] : files_) {
    records.push_back(record_of(file));
    if (file.control_file != 0) records.push_back(file_record(RecordKind::LinkFile, id, file.control_file));
    if (file.version_known) records.push_back(file_record(RecordKind::SetVersion, id, file.version));
  }
  for (const auto& [handle, client] : clients_) add_objects(client, records);
  for (const ExternalMapping& mapping : mappings_) {
    Record record = file_record(RecordKind::MapExternal, mapping.file, mapping.address);
    record.client = mapping.client;
    record.object = mapping.object;
    record.value2 = mapping.length;
    record.value3 = mapping.offset;
    records.push_back(record);
  }
  return records;
}

const File* State::find_file(FileId file) const {
  const auto found = files_.find(file);
  return found == files_.end() ? nullptr : &found->second;
}

const File* State::find_file(std::uint64_t inode_device, std::uint64_t inode) const {
  const auto found = files_by_inode_.find({inode_device, inode});
  return found == files_by_inode_.end() ? nullptr : find_file(found->second);
}

const Client* State::find_client(Handle client) const {
  const auto found = clients_.find(client);
  return found == clients_.end() ? nullptr : &found->second;
}

const Object* State::find_object(Handle client, Handle object) const {
  return const_cast<State*>(this)->find(client, object);
}

Object* State::find(Handle client, Handle object) {
  const auto owner = clients_.find(client);
  if (owner == clients_.end()) return nullptr;
  const auto found = owner->second.objects.find(object);
  return found == owner->second.objects.end() ? nullptr : &found->second;
}

Handle State::free_handle(const Client& client) const {
  Handle handle = kFirstGivenHandle + static_cast<Handle>(client.objects.size());
  while (client.objects.contains(handle)) ++handle;
  return handle;
}

void State::open_file(const Record& record) {
  File file;
  file.id = record.file;
  file.node = record.node;
  file.descriptor = FileDescriptor(record.descriptor);
  file.inode_device = record.inode_device;
  file.inode = record.inode;
  file.caller = record.caller;
  files_by_inode_[{file.inode_device, file.inode}] = file.id;
  next_file_ = std::max(next_file_, file.id + 1);
  files_.insert_or_assign(file.id, std::move(file));
}

void State::close_file(FileId id) {
  const auto file = files_.find(id);
  if (file == files_.end()) return;
  std::vector<Handle> made_with_it;
  for (const auto& [handle, client] : clients_) {
    if (client.file == id) made_with_it.push_back(handle);
  }
  for (const Handle client : made_with_it) free_client(client);
  std::erase_if(mappings_, [&](const ExternalMapping& mapping) { return mapping.file == id; });
  files_by_inode_.erase({file->second.inode_device, file->second.inode});
  drop(file->second.descriptor);
  files_.erase(file);
}

void State::allocate_object(const Record& record) {
  if (record.client == record.object) {
    Client& client = clients_[record.client];
    client.handle = record.client;
    client.file = record.file;
    // As the next number, and not the one after the highest: applications may choose a client's handle themselves.
    if (record.client == next_client_) ++next_client_;
  }
  const auto owner = clients_.find(record.client);
  if (owner == clients_.end()) return;
  Object object;
  object.handle = record.object;
  object.parent = record.parent;
  object.object_class = record.object_class;
  object.device = record.device;
  object.size = record.value;
  object.charged = record.charged && record.device < used_.size();
  object.channel = record.channel;
  object.detail = record.value2;
  const auto [made, is_new] = owner->second.objects.emplace(record.object, std::move(object));
  if (!is_new) return;
  if (record.client != record.object) {
    if (const auto parent = owner->second.objects.find(record.parent); parent != owner->second.objects.end()) {
      ++parent->second.children;
    }
  }
  ++object_count_;
  ++class_counts_[record.object_class];
  if (made->second.charged) used_[made->second.device] += made->second.size;
  if (observer_ != nullptr) observer_->object_made(owner->second, made->second);
}

void State::free_client(Handle handle) {
  const auto client = clients_.find(handle);
  if (client == clients_.end()) return;
  for (auto& [number, object] : client->second.objects) forget(client->second, object);
  std::erase_if(mappings_, [&](const ExternalMapping& mapping) { return mapping.client == handle; });
  clients_.erase(client);
}

void State::free_object(Client& client, Handle handle) {
  const auto top = client.objects.find(handle);
  if (top == client.objects.end()) return;
  if (const auto parent = client.objects.find(top->second.parent); parent != client.objects.end()) {
    --parent->second.children;
  }
  const std::vector<Handle> freed = top->second.children == 0 ? std::vector{handle} : with_all_below(client, handle);
  for (const Handle one : freed) {
    const auto object = client.objects.find(one);
    forget(client, object->second);
    client.objects.erase(object);
  }
  std::erase_if(mappings_, [&](const ExternalMapping& mapping) {
    if (mapping.client != client.handle) return false;
    return freed.size() == 1 ? mapping.object == handle : !client.objects.contains(mapping.object);
  });
}

void State::forget(const Client& client, Object& object) {
  if (observer_ != nullptr) observer_->object_freed(client, object);
  if (object.charged) used_[object.device] -= object.size;
  --object_count_;
  if (const auto count = class_counts_.find(object.object_class); --count->second == 0) class_counts_.erase(count);
  if (object.descriptor.valid()) --backed_count_;
  drop(object.descriptor);
}

void State::drop(FileDescriptor& descriptor) {
  if (restoring_) {
    static_cast<void>(descriptor.release());
  } else if (descriptor.valid()) {
    dropped_.push_back(std::move(descriptor));
  }
  descriptor = FileDescriptor();
}

}  // namespace vgpu::rm
