#include "seccomp/rm/abi/channel.h"
#include "seccomp/rm/channel_number.h"
#include "seccomp/rm/class_handlers.h"

// A client's channels.
namespace vgpu::rm {

abi::Status make_channel(ClassCall& call) {
  constexpr std::uint32_t kMostEntries = 1 << 22;
  const auto& parameters = call.as<abi::ChannelParameters>();
  if (parameters.entries == 0 || parameters.entries > kMostEntries) return abi::Status::InvalidArgument;
  if (call.record.object_class == abi::kPascalChannelClass) {
    // Before Volta the memory with the ring's indices is the driver's, and mapped as the channel itself.
    if (parameters.control_memory[0] != 0) return abi::Status::InvalidArgument;
    const std::uint64_t place = control_place(call.record.object);
    call.record.value = place + abi::kControlSize;
    call.record.channel = {parameters.entries_address, parameters.entries, call.record.object, place,
                           parameters.error_memory};
    return abi::Status::Ok;
  }
  const Object* control = object_for(call.client, parameters.control_memory[0]);
  if (control == nullptr || parameters.control_offset[0] > control->size ||
      control->size - parameters.control_offset[0] < abi::kPutOffset + sizeof(std::uint32_t)) {
    return abi::Status::InvalidObject;
  }
  call.record.channel = {parameters.entries_address, parameters.entries, parameters.control_memory[0],
                         parameters.control_offset[0], parameters.error_memory};
  return abi::Status::Ok;
}

}  // namespace vgpu::rm
