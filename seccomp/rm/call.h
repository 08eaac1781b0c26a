#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

// One system call of a container as the driver sees it, and what it answers. Nothing here knows by which way the call
// came: a seccomp notification or a function in the same process.
namespace vgpu::rm {

// A file that the driver opened for a container; 0 is none.
using FileId = std::uint32_t;

enum class NodeKind : std::uint8_t { Control, Device, Uvm, UvmTools };

// A device node.
struct Node {
  NodeKind kind = NodeKind::Control;
  unsigned minor = 0;  // of a Device
  bool operator==(const Node&) const = default;
};

// The node with this device number; nullopt when it is none of NVIDIA's.
std::optional<Node> node_of(dev_t device);

// The process that opens a file. It is who memory is charged to.
struct Caller {
  pid_t process = 0;             // as this process sees it
  pid_t container_process = 0;   // in the innermost PID namespace that the process is in
  std::uint64_t start_time = 0;  // clock ticks since boot: tells it from a later process with the same number
  std::int64_t user = -1;        // whose files it uses, as this process sees it
};

// The memory of the process whose call is being answered.
class CallerMemory {
 public:
  virtual ~CallerMemory() = default;
  // False when not all of it could be read.
  virtual bool read(std::uint64_t address, std::span<std::byte> bytes) const = 0;
};

struct Call {
  FileId file = 0;
  std::uint32_t request = 0;
  std::uint64_t argument = 0;
  pid_t thread = 0;  // of the caller, as this process sees it
};

struct MemoryWrite {
  std::uint64_t address = 0;
  std::vector<std::byte> bytes;
};

// The caller's descriptor `target` is to become one for what `source`, a descriptor of the driver's, is open for.
struct DescriptorReplacement {
  int target = -1;
  int source = -1;
};

// What the call does to its caller. Carried out as a whole, or not at all.
struct Answer {
  int error = 0;  // errno of the ioctl; 0: it returns 0
  std::vector<MemoryWrite> writes;
  std::optional<DescriptorReplacement> replacement;
};

}  // namespace vgpu::rm
