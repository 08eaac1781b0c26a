#include "seccomp/rm/channel_number.h"
#include "seccomp/rm/control_handlers.h"

// Controls of channels. There is no scheduler to tell anything: channels are carried out in turn.
namespace vgpu::rm {
namespace {

using abi::Status;

struct ChannelList {
  std::uint32_t count, padding;
  std::uint64_t handles, numbers;  // addresses
};
static_assert(sizeof(ChannelList) == 24);

struct ClassEngine {
  std::uint32_t object, class_engine, object_class, engine;
};
static_assert(sizeof(ClassEngine) == 16);

constexpr std::uint32_t kMostChannels = 1024;
constexpr std::uint32_t kComputeBase = 0xc0;                   // the low byte of compute classes
constexpr std::uint32_t kGraphicsEngine = 1, kCopyEngine = 9;  // NV2080_ENGINE_TYPE_…

}  // namespace

Status channel_numbers(ControlCall& call) {
  const auto& list = call.as<ChannelList>();
  if (list.count > kMostChannels) return Status::InvalidArgument;
  std::vector<std::uint32_t> numbers(list.count);
  if (!call.memory.read(list.handles, std::as_writable_bytes(std::span(numbers)))) return Status::InvalidPointer;
  for (std::uint32_t& number : numbers) number = channel_number(number);
  call.write(list.numbers, std::as_bytes(std::span(numbers)));
  return Status::Ok;
}

Status channel_engine(ControlCall& call) {
  auto& parameters = call.as<ClassEngine>();
  const Object* object = object_for(call.client, parameters.object);
  if (object == nullptr) return Status::InvalidObject;
  parameters.class_engine = parameters.object_class = object->object_class;
  parameters.engine = (object->object_class & 0xff) == kComputeBase ? kGraphicsEngine : kCopyEngine;
  return Status::Ok;
}

Status channel_token(ControlCall& call) {
  // What is written to the doorbell, which nobody looks at: the ring's indices are.
  call.word(0) = call.object.handle;
  return Status::Ok;
}

}  // namespace vgpu::rm
