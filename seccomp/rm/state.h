#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/file_descriptor.h"
#include "seccomp/rm/abi/escapes.h"
#include "seccomp/rm/record.h"
#include "seccomp/rm/version.h"

// What a driver knows: open files, clients, and the objects that they made. It changes by records alone.
namespace vgpu::rm {

using abi::Handle;

struct File {
  FileId id = 0;
  Node node;
  FileDescriptor descriptor;  // see RecordKind::OpenFile
  std::uint64_t inode_device = 0, inode = 0;
  Caller caller;
  FileId control_file = 0;  // of a device file that was registered with one
  bool version_known = false;
  std::uint64_t version = 0;  // packed, see version.h; 0: the process has none of NVIDIA's libraries
};

struct Object {
  Handle handle = 0, parent = 0;
  std::uint32_t object_class = 0;
  std::uint32_t device = 0;   // ordinal; of no meaning for a client itself
  std::uint64_t size = 0;     // bytes
  bool charged = false;       // the bytes count against the device
  ChannelPlace channel;       // of a channel
  std::uint64_t detail = 0;   // of the class
  FileDescriptor descriptor;  // of the memory behind it, once it has some
  unsigned children = 0;      // objects whose parent it is
};

// A client belongs to the control file that it was made with, as in NVIDIA's driver: other files cannot use it.
struct Client {
  Handle handle = 0;
  FileId file = 0;
  std::unordered_map<Handle, Object> objects;  // with itself
};

struct ExternalMapping {
  FileId file = 0;
  std::uint64_t address = 0, length = 0, offset = 0;
  Handle client = 0, object = 0;
};

// Told of what goes, and of what has come to be when a journal was read: for what is kept beside the state.
class StateObserver {
 public:
  virtual ~StateObserver() = default;
  virtual void object_made(const Client& client, const Object& object) = 0;
  virtual void object_freed(const Client& client, const Object& object) = 0;
};

class State {
 public:
  explicit State(std::size_t devices) : used_(devices) {}

  // Changes the state. A record that does not fit what is there changes nothing.
  void apply(const Record& record);

  // Applies the records of a journal. Descriptors that they give up are left alone: the numbers are in use again.
  void restore(std::span<const Record> records);

  // Closes the descriptors that were given up since the last time: call when the records count. Whoever reads a journal
  // without them finds the descriptors that it names.
  void close_dropped() { dropped_.clear(); }

  // Records that make the present state from none.
  [[nodiscard]] std::vector<Record> snapshot() const;

  [[nodiscard]] const File* find_file(FileId file) const;
  [[nodiscard]] const File* find_file(std::uint64_t inode_device, std::uint64_t inode) const;
  [[nodiscard]] const std::map<FileId, File>& files() const { return files_; }
  [[nodiscard]] const Client* find_client(Handle client) const;
  [[nodiscard]] const Object* find_object(Handle client, Handle object) const;
  [[nodiscard]] const std::map<Handle, Client>& clients() const { return clients_; }
  [[nodiscard]] const std::vector<ExternalMapping>& mappings() const { return mappings_; }
  [[nodiscard]] std::size_t object_count() const { return object_count_; }
  // How many objects there are of each class that there is any of.
  [[nodiscard]] const std::map<std::uint32_t, std::size_t>& class_counts() const { return class_counts_; }
  // Objects that have a descriptor.
  [[nodiscard]] std::size_t backed_count() const { return backed_count_; }
  // Bytes charged against a device by all clients.
  [[nodiscard]] std::uint64_t used(std::size_t device) const { return used_[device]; }

  [[nodiscard]] FileId next_file() const { return next_file_; }
  [[nodiscard]] Handle next_client() const { return next_client_; }
  // A handle that the client has not given to any object.
  [[nodiscard]] Handle free_handle(const Client& client) const;

  void set_observer(StateObserver* observer) { observer_ = observer; }

 private:
  void open_file(const Record& record);
  void close_file(FileId file);
  void allocate_object(const Record& record);
  void free_client(Handle client);
  void free_object(Client& client, Handle object);
  void forget(const Client& client, Object& object);
  void drop(FileDescriptor& descriptor);
  Object* find(Handle client, Handle object);

  std::map<FileId, File> files_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, FileId> files_by_inode_;
  std::map<Handle, Client> clients_;
  std::vector<ExternalMapping> mappings_;
  std::vector<std::uint64_t> used_;
  std::size_t object_count_ = 0, backed_count_ = 0;
  std::map<std::uint32_t, std::size_t> class_counts_;
  FileId next_file_ = 1;
  Handle next_client_ = 0xc1d00001;  // as the driver numbers them
  StateObserver* observer_ = nullptr;
  std::vector<FileDescriptor> dropped_;
  bool restoring_ = false;
};

}  // namespace vgpu::rm
