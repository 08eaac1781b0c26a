#include "hook/nri/adjustment.h"

#include "gpu/model/cache_folder.h"
#include "hook/preparation.h"
#include "hook/supervisor.h"
#include "host/state_root.h"
#include "oci/annotation_keys.h"
#include "oci/config.h"

namespace vgpu::nri {
namespace {

constexpr const char* kContainerName = "io.kubernetes.cri.container-name";
constexpr const char* kNamespace = "io.kubernetes.cri.sandbox-namespace";
constexpr const char* kNamespaceOfCrio = "io.kubernetes.pod.namespace";
constexpr int kHookTimeout = 30;  // seconds

void add_hook(google::protobuf::RepeatedPtrField<message::Hook>& hooks, const std::string& program, const char* stage) {
  message::Hook& hook = *hooks.Add();
  hook.set_path(program);
  hook.add_arguments("vgpu-hook");
  hook.add_arguments(stage);
  hook.mutable_timeout()->set_value(kHookTimeout);
}

// A configuration with the container's variables.
oci::Config environment_of(const message::Container& container) {
  const auto& now = container.environment();
  return {{"process", {{"env", std::vector<std::string>(now.begin(), now.end())}}}};
}

// The engine says the pod's namespace in a field of its own, which no annotation of the pod's can be.
Expected<void> check_owner(const message::CreateContainerRequest& container, const oci::CacheRequest& cache) {
  const std::string owner = std::string(oci::kNamespaceOwner) + container.pod().namespace_();
  if (cache.owner == owner) return {};
  return failure("vgpu.dev/cache=\"" + cache.name +
                 "\": annotations of the container name another namespace than its pod's");
}

// Adds the variables that the plan changes or sets.
Expected<void> add_environment(const message::Container& container, const oci::Plan& plan,
                               message::ContainerAdjustment& adjustment) {
  const auto& now = container.environment();
  oci::Config config = environment_of(container);
  oci::Plan edits;
  edits.environment = plan.environment;
  if (const auto applied = oci::apply_plan(edits, config); !applied) return applied;
  int index = 0;
  for (const auto& entry : config["process"]["env"]) {
    const auto variable = entry.get<std::string>();
    const bool changed = index >= now.size() || now[index] != variable;
    ++index;
    const std::size_t equals = variable.find('=');
    if (!changed || equals == std::string::npos) continue;
    message::KeyValue& added = *adjustment.add_environment();
    added.set_key(variable.substr(0, equals));
    added.set_value(variable.substr(equals + 1));
  }
  return {};
}

}  // namespace

oci::Annotations annotations_of(const message::CreateContainerRequest& container) {
  oci::Annotations annotations(container.container().annotations().begin(), container.container().annotations().end());
  annotations.insert(container.pod().annotations().begin(), container.pod().annotations().end());
  if (!container.container().name().empty()) annotations.emplace(kContainerName, container.container().name());
  if (!container.pod().namespace_().empty()) annotations.emplace(kNamespace, container.pod().namespace_());
  return annotations;
}

Expected<message::ContainerAdjustment> make_adjustment(const message::CreateContainerRequest& container,
                                                       const oci::Plan& plan, const std::string& hook_program) {
  message::ContainerAdjustment adjustment;
  const auto& own = container.container().annotations();
  const bool has_namespace = own.contains(kNamespace) || own.contains(kNamespaceOfCrio);
  for (const auto& [key, value] : annotations_of(container)) {
    if (oci::is_request_key(key) || (key == kContainerName && !own.contains(key)) ||
        (key == kNamespace && !has_namespace))
      (*adjustment.mutable_annotations())[key] = value;
  }
  if (const auto added = add_environment(container.container(), plan, adjustment); !added) {
    return std::unexpected(added.error());
  }
  add_hook(*adjustment.mutable_hooks()->mutable_prestart(), hook_program, "prestart");
  add_hook(*adjustment.mutable_hooks()->mutable_poststop(), hook_program, "poststop");
  return adjustment;
}

Expected<std::optional<message::ContainerAdjustment>> adjust(const message::CreateContainerRequest& container,
                                                             const Settings& settings) {
  const auto request = oci::parse_request(annotations_of(container), hook::machine_limits());
  if (!request) return std::unexpected(request.error());
  if (!*request) return std::nullopt;
  if ((*request)->cache) {
    if (auto checked = check_owner(container, *(*request)->cache); !checked) return std::unexpected(checked.error());
  }
  const std::string& id = container.container().id();
  const std::string folder = host::state_root() + host::kContainersFolder + "/" + id;
  auto facts = hook::installation_facts(id, folder);
  if (!facts) return std::unexpected(facts.error());
  facts->cache_path =
      oci::environment_variable(environment_of(container.container()), model::kCachePathVariable).value_or("");
  // As the hook will find it in an image without a file of its own.
  facts->preload_file.emplace();
  facts->has_glibc = true;
  const auto plan = oci::make_plan(**request, *facts);
  if (!plan) return std::unexpected(plan.error());
  auto adjustment = make_adjustment(container, *plan, facts->hook_program);
  // A policy whose listener is not there would fail the start. Without one the driver is in the container's processes.
  if (adjustment && settings.policy && takes_policy(settings.engine) && has_default_policy(container.container()) &&
      hook::node_supervisor(host::state_root(), folder)) {
    *adjustment->mutable_linux()->mutable_seccomp_policy() = *settings.policy;
  }
  return adjustment;
}

}  // namespace vgpu::nri
