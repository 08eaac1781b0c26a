#pragma once

#include <optional>

#include "base/error.h"
#include "hook/nri/nri.pb.h"
#include "hook/nri/seccomp_policy.h"
#include "oci/plan.h"
#include "oci/request.h"

// What a plugin of the Node Resource Interface does to a container.
namespace vgpu::nri {

// The annotations that count for a container: its pod's, its own before those, and its name and its pod's namespace
// where the engine has not written them into those.
oci::Annotations annotations_of(const message::CreateContainerRequest& container);

// How a container is changed so that it gets a device. The engine has not made its file system yet, so the libraries
// are mounted by the hook `prestart`, which reads the same annotations again. `plan` is the request's own.
Expected<message::ContainerAdjustment> make_adjustment(const message::CreateContainerRequest& container,
                                                       const oci::Plan& plan, const std::string& hook_program);

// What containers are adjusted by.
struct Settings {
  Engine engine;
  std::optional<message::Seccomp> policy;  // that may take the place of the engine's default
};

// The adjustment of a container on this machine; nullopt when its annotations ask for no device. Fails with the reason
// that the pod's event is to show.
Expected<std::optional<message::ContainerAdjustment>> adjust(const message::CreateContainerRequest& container,
                                                             const Settings& settings);

}  // namespace vgpu::nri
