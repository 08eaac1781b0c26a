#include "seccomp/rm/escape_handlers.h"

// Events that a process waits for by poll(2) on a descriptor of its own, which is a file of the driver already: it
// becomes ready when something is written to the other end of its pipe.
namespace vgpu::rm {
namespace {

int answer_event(EscapeCall& call) {
  auto& parameters = call.as<abi::OsEvent>();
  const bool known = client_for(call.driver, call.file, parameters.client) != nullptr;
  parameters.status = static_cast<std::uint32_t>(known ? abi::Status::Ok : abi::Status::InvalidClient);
  return 0;
}

}  // namespace

int allocate_event(EscapeCall& call) {
  return answer_event(call);
}

int free_event(EscapeCall& call) {
  return answer_event(call);
}

}  // namespace vgpu::rm
