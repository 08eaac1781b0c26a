#include "hook/nri/plugin.h"

namespace vgpu::nri {
namespace {

// nri.pkg.api.v1alpha1.Event, of which each is a bit from 0 on.
constexpr int kCreateContainer = 1 << (4 - 1);

// google.rpc.Code
constexpr int kInvalidArgument = 3;
constexpr int kFailedPrecondition = 9;
constexpr int kUnimplemented = 12;

constexpr std::int64_t kTimeout = 5'000'000'000;

message::Reply refusal(int code, const std::string& text) {
  message::Reply reply;
  reply.mutable_status()->set_code(code);
  reply.mutable_status()->set_text(text);
  return reply;
}

template <class Payload>
message::Reply reply_with(const Payload& payload) {
  message::Reply reply;
  reply.set_payload(payload.SerializeAsString());
  return reply;
}

message::Reply malformed(const std::string& method) {
  return refusal(kInvalidArgument, "vgpu: " + method + ": the request cannot be read");
}

message::Reply synchronize(const std::string& payload) {
  message::SynchronizeRequest request;
  if (!request.ParseFromString(payload)) return malformed("Synchronize");
  // Containers that run already keep what they have.
  message::SynchronizeResponse response;
  response.set_more(request.more());
  return reply_with(response);
}

}  // namespace

Message Plugin::registration(const std::string& name, const std::string& index) {
  message::RegisterPluginRequest request;
  request.set_plugin_name(name);
  request.set_plugin_index(index);
  message::Call call;
  call.set_service("nri.pkg.api.v1alpha1.Runtime");
  call.set_method("RegisterPlugin");
  call.set_payload(request.SerializeAsString());
  call.set_timeout_nanoseconds(kTimeout);
  return {Channel::Runtime, 1, MessageType::Request, call.SerializeAsString()};
}

Expected<std::optional<Message>> Plugin::answer(const Message& message) {
  if (message.type == MessageType::Response) {
    message::Reply reply;
    if (!reply.ParseFromString(message.payload)) return failure("the engine's answer cannot be read");
    if (reply.status().code() != 0) return failure("the engine refuses the plugin: " + reply.status().text());
    return std::nullopt;
  }
  message::Call call;
  if (!call.ParseFromString(message.payload)) return failure("the engine's request cannot be read");
  return Message{message.channel, message.stream, MessageType::Response, serve(call).SerializeAsString()};
}

message::Reply Plugin::serve(const message::Call& call) {
  const std::string& method = call.method();
  if (method == "CreateContainer") return create_container(call.payload());
  if (method == "Synchronize") return synchronize(call.payload());
  if (method == "Configure") {
    message::ConfigureRequest request;
    if (!request.ParseFromString(call.payload())) return malformed(method);
    engine_ = {request.runtime_name(), request.runtime_version()};
    log_("registered with " + engine_.name + " " + engine_.version);
    message::ConfigureResponse response;
    response.set_events(kCreateContainer);
    return reply_with(response);
  }
  if (method == "Shutdown") {
    shut_down_ = true;
    return {};
  }
  return refusal(kUnimplemented, "vgpu: " + method + ": not one of the plugin's");
}

message::Reply Plugin::create_container(const std::string& payload) {
  message::CreateContainerRequest request;
  if (!request.ParseFromString(payload)) return malformed("CreateContainer");
  const auto adjustment = adjust_(request, engine_);
  if (!adjustment) {
    log_("container " + request.container().name() + " of pod " + request.pod().namespace_() + "/" +
         request.pod().name() + ": " + adjustment.error().message);
    return refusal(kFailedPrecondition, "vgpu: " + adjustment.error().message);
  }
  message::CreateContainerResponse response;
  if (*adjustment) *response.mutable_adjust() = **adjustment;
  return reply_with(response);
}

}  // namespace vgpu::nri
