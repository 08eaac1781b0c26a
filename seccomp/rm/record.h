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
  OpenFile,    // file, node, descriptor (the end of a pipe whose other end the caller has, or the memory of UVM's),
               // device and inode of what the caller has, caller
  CloseFile,   // file
  LinkFile,    // file, value: the control file that a device file is registered with
  SetVersion,  // file; value: the packed version of the user-space of the file's process
  // client, parent, object, object_class, device; value: bytes, value2: of the class; charged; channel. Of a client
  // itself also file
  AllocateObject,
  FreeObject,     // client, object, with everything below it; a client with everything it has
  ChargeObject,   // client, object; value: the bytes that it holds from now on
  SetDescriptor,  // client, object, descriptor: the memory behind an object
  MapExternal,    // file (UVM's), client, object; value: address, value2: length, value3: offset
  UnmapExternal,  // file, value: address, value2: length
};

// Where a channel's work comes from.
struct ChannelPlace {
  std::uint64_t entries_address = 0;  // of the ring of entries ("GPFIFO"), as the process' GPU sees it
  std::uint32_t entries = 0;          // in the ring
  std::uint32_t control_memory = 0;   // the object with the ring's indices ("USERD"),
  std::uint64_t control_offset = 0;   // and where in it they are
  std::uint32_t error_memory = 0;     // the object for the error notifier
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
  ChannelPlace channel;
};
static_assert(std::is_trivially_copyable_v<Record>);

class Journal {
 public:
  virtual ~Journal() = default;
  // Keeps a record of the call that is being answered. It counts once the call's answer does.
  virtual void append(const Record& record) = 0;
};

}  // namespace vgpu::rm
