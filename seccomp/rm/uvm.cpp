#include "seccomp/rm/uvm.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "seccomp/rm/abi/status.h"
#include "seccomp/rm/escape.h"
#include "seccomp/rm/uvm_handlers.h"

namespace vgpu::rm {
namespace {

constexpr std::uint32_t kDeinitialize = 0x30000002;  // without parameters

constexpr auto kRequests = [] {
  auto requests = std::to_array<UvmRequest>({
#define UVM(number, name, size535, size550, status535, status550, handler) \
  {number, #name, {size535, size550}, {status535, status550}, handler},
#include "seccomp/rm/uvm.def"
#undef UVM
  });
  std::ranges::sort(requests, {}, &UvmRequest::number);
  return requests;
}();

}  // namespace

std::span<const UvmRequest> uvm_requests() {
  return kRequests;
}

Answer answer_uvm(Driver& driver, const File& file, const Call& call, const CallerMemory& memory) {
  Answer answer;
  if (call.request == kDeinitialize) return answer;
  const auto request = std::ranges::lower_bound(kRequests, call.request, {}, &UvmRequest::number);
  if (request == kRequests.end() || request->number != call.request) {
    driver.log_once("UVM request " + std::to_string(call.request) + ": unknown, refused");
    answer.error = EINVAL;
    return answer;
  }
  const auto branch = static_cast<unsigned>(branch_of(version_for(driver, file, call.thread)));
  alignas(16) std::array<std::byte, 16384> buffer;
  const std::span<std::byte> parameters = std::span(buffer).first(request->size[branch]);
  if (!memory.read(call.argument, parameters)) {
    answer.error = EFAULT;
    return answer;
  }
  auto status = static_cast<std::uint32_t>(abi::Status::NotSupported);
  if (request->handler != nullptr) {
    UvmCall uvm_call{driver, file, static_cast<Branch>(branch), call.thread, parameters};
    status = static_cast<std::uint32_t>(request->handler(uvm_call));
  } else {
    driver.log_once(std::string("UVM request ") + request->name + ": refused");
  }
  std::memcpy(parameters.data() + request->status_offset[branch], &status, sizeof status);
  answer.writes.push_back({call.argument, {parameters.begin(), parameters.end()}});
  return answer;
}

}  // namespace vgpu::rm
