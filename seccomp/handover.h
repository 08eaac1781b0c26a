#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "base/file_descriptor.h"

// What comes by the supervisor's socket. How a container runtime hands a listener over: it connects to
// linux.seccomp.listenerPath and sends the state of the container's process (runtime-spec, "The Container Process
// State") with the descriptors that it names.
namespace vgpu::seccomp {

struct Handover {
  std::string id;        // of the container
  std::string metadata;  // linux.seccomp.listenerMetadata
  int process = 0;       // of the container, as the runtime sees it
  FileDescriptor listener;
};

class HandoverConnection {
 public:
  explicit HandoverConnection(FileDescriptor connection) : connection_(std::move(connection)) {}

  // Use: it is host::kUseRequest that came, and nothing else.
  enum class Progress { More, Complete, Use, Failed };
  // Reads what has come, without waiting. Failed: nothing will come of it. What came in one piece, as runtimes send it,
  // stays in the connection, for another worker if this one dies before the listener is its own.
  Progress read();
  // What came, once it is complete. Fails with what is wrong with it.
  Expected<Handover> finish();

  [[nodiscard]] int descriptor() const { return connection_.get(); }
  // Gives the connection away, after Progress::Use.
  FileDescriptor take() { return std::move(connection_); }

 private:
  FileDescriptor connection_;
  std::string text_;
  std::vector<FileDescriptor> descriptors_;
  std::size_t scanned_ = 0;
  int depth_ = 0;
  bool in_string_ = false, escaped_ = false, complete_ = false;
  void scan();
  ssize_t receive(int flags);
};

// Reads a container process state. Fails when it is none, or names no seccomp descriptor. `index` is the listener's
// place among the descriptors.
struct ContainerProcessState {
  std::string id, metadata;
  int process = 0;
  std::size_t index = 0;
};
Expected<ContainerProcessState> parse_container_process_state(const std::string& text);

}  // namespace vgpu::seccomp
