#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/error.h"
#include "hook/nri/frames.h"
#include "hook/nri/nri.pb.h"
#include "hook/nri/seccomp_policy.h"

// The plugin's side of the Node Resource Interface, apart from the socket that it goes over.
namespace vgpu::nri {

class Plugin {
 public:
  using Adjusted = Expected<std::optional<message::ContainerAdjustment>>;
  using Adjust = std::function<Adjusted(const message::CreateContainerRequest&, const Engine&)>;
  using Log = std::function<void(const std::string&)>;

  // `adjust` decides on each container, `log` takes what an administrator is to read.
  Plugin(Adjust adjust, Log log) : adjust_(std::move(adjust)), log_(std::move(log)) {}

  // The first message to an engine: the plugin's name, and its index, two digits that say when it is called among
  // others.
  [[nodiscard]] static Message registration(const std::string& name, const std::string& index);

  // The answer to a message of the engine's; nullopt where none is due. Fails when the engine refuses the plugin, and
  // for a message that cannot be understood.
  Expected<std::optional<Message>> answer(const Message& message);

  // True once the engine has said that it ends.
  [[nodiscard]] bool is_shut_down() const { return shut_down_; }

 private:
  message::Reply serve(const message::Call& call);
  message::Reply create_container(const std::string& payload);

  Adjust adjust_;
  Log log_;
  Engine engine_;
  bool shut_down_ = false;
};

}  // namespace vgpu::nri
