#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/file_descriptor.h"

struct MHD_Daemon;

namespace vgpu::exporter {

// Answers HTTP at a socket: GET /metrics with a text that is made for each, one at a time; anything else with what can
// be asked. Clients that say nothing are dropped, and there are few at a time.
class Server {
 public:
  using MakeText = std::function<std::string()>;
  // Fails when the threads cannot be started.
  static Expected<Server> start(FileDescriptor socket, MakeText make_text);

 private:
  struct Stop {
    void operator()(MHD_Daemon* daemon) const;
  };
  Server() = default;
  std::unique_ptr<MakeText> make_text_;
  std::unique_ptr<MHD_Daemon, Stop> daemon_;  // last: it uses the other
};

}  // namespace vgpu::exporter
