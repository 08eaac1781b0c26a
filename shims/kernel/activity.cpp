#include "shims/kernel/activity.h"

namespace vgpu::kernel {

Expected<Activity> Activity::start(Device device) {
  const auto object = device.client().make(device.subdevice(), rm::abi::kActivityClass);
  if (!object) return std::unexpected(object.error());
  return Activity(std::move(device), *object);
}

Status Activity::charge(std::int64_t change, rm::abi::ChargeParameters& answer) {
  answer = {};
  answer.change = change;
  return device_.client().control(object_, rm::abi::kActivityCharge, answer);
}

bool Activity::map_page(void* address) {
  // The next mapping of this descriptor is the page.
  const auto node = device_.open_node();
  if (!node) return false;
  rm::abi::MapMemory parameters{};
  parameters.client = device_.client().handle();
  parameters.device = device_.device();
  parameters.memory = object_;
  parameters.length = rm::abi::kActivityPageSize;
  parameters.descriptor = node->get();
  Client& client = device_.client();
  return client.ask(client.descriptor(), kMapEscape, parameters) == 0 && parameters.status == 0 &&
         client.calls().map_over(address, rm::abi::kActivityPageSize, node->get());
}

}  // namespace vgpu::kernel
