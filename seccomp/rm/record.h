#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "seccomp/rm/call.h"

// Everything that changes a driver's state is a record, applied and written to a journal. A process that takes over
// from one that died applies the journal anew and has the same state: descriptors are shared by the two and keep their
// numbers.
namespace vgpu::rm {

enum class RecordKind : std::uint32_t {
  OpenFile,        // file, node, descriptor (the end of a pipe whose other end the caller has, or the memory of UVM's),
                   // device and inode of what the caller has, caller
  CloseFile,       // file
  LinkFile,        // file, value: the control file that a device file is registered with
  SetVersion,      // file; value: the packed version of the user-space of the file's process
  AllocateObject,  // client, parent, object, object_class, device; value: bytes, value2: of the class; charged. Of a
                   // client itself also file
  FreeObject,      // client, object, with everything below it; a client with everything it has
  ChargeObject,    // client, object; value: the bytes that it holds from now on
  SetDescriptor,   // client, object, descriptor: the memory behind an object
  MapExternal,     // file (UVM's), client, object; value: address, value2: length, value3: offset
  UnmapExternal,   // file, value: address, value2: length
};

struct Record {
  RecordKind kind = RecordKind::OpenFile;
  FileId file = 0;
  Node node;
  Caller caller;
  std::int32_t descriptor = -1;
  std::uint32_t client = 0, parent = 0, object = 0, object_class = 0;
  std::uint32_t device = 0;
  bool charged = false;
  std::uint64_t inode_device = 0, inode = 0;
  std::uint64_t value = 0, value2 = 0, value3 = 0;
};
static_assert(std::is_trivially_copyable_v<Record>);

class Journal {
 public:
  virtual ~Journal() = default;
  // Keeps a record of the call that is being answered. It counts once the call's answer does.
  virtual void append(const Record& record) = 0;
};

}  // namespace vgpu::rm
