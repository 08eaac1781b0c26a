#include "gpu/ptx/module.h"

#include <algorithm>

#include "gpu/ptx/body.h"
#include "gpu/ptx/function_addresses.h"
#include "gpu/ptx/module_scan.h"

namespace vgpu::ptx {
namespace {

constexpr std::uint64_t kFunctionStep = 16;  // bytes between the addresses of functions

template <class T>
const T* find_by_name(const std::vector<T>& items, std::string_view name) {
  const auto found = std::ranges::find(items, name, &T::name);
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

Expected<std::shared_ptr<const Module>> Module::parse(std::string text) {
  while (!text.empty() && text.back() == '\0') text.pop_back();
  auto module = std::make_shared<Module>();
  module->text_ = std::move(text);
  auto contents = scan_module(module->text_);
  if (!contents) return std::unexpected(contents.error());
  module->target_ = contents->target;
  module->version_ = contents->version;
  module->variables_ = std::move(contents->variables);
  module->entries_ = std::move(contents->entries);
  module->functions_ = std::move(contents->functions);
  for (std::size_t i = 0; i < module->functions_.size(); ++i) module->functions_[i].address = kFunctionStep * (i + 1);
  return module;
}

const EntrySignature* Module::find_entry(std::string_view name) const {
  return find_by_name(entries_, name);
}

const Variable* Module::find_variable(std::string_view name) const {
  return find_by_name(variables_, name);
}

const DeviceFunction* Module::find_function(std::string_view name) const {
  const auto defined = [&](const DeviceFunction& function) { return function.name == name && !function.body.empty(); };
  const auto found = std::ranges::find_if(functions_, defined);
  return found == functions_.end() ? find_by_name(functions_, name) : &*found;
}

const std::vector<const DeviceFunction*>& Module::address_taken() const {
  std::call_once(addresses_found_, [this] { address_taken_ = find_address_taken(*this); });
  return address_taken_;
}

Expected<Function> Module::parse_entry(std::string_view name) const {
  const EntrySignature* entry = find_entry(name);
  if (entry == nullptr) return failure("no entry \"" + std::string(name) + "\" in the module");
  auto function = parse_body(*this, *entry);
  if (!function) return failure("entry \"" + entry->name + "\", " + function.error().message);
  return function;
}

}  // namespace vgpu::ptx
