#include <array>
#include <cstdio>
#include <ctime>
#include <memory>

#include "cli/commands.h"
#include "host/cache_folders.h"
#include "oci/cache_request.h"

namespace vgpu::cli {
namespace {

std::string time_text(std::time_t time) {
  std::array<char, 32> text{};
  tm parts{};
  if (time == 0 || ::localtime_r(&time, &parts) == nullptr) return "never";
  return {text.data(), std::strftime(text.data(), text.size(), "%F %T", &parts)};
}

void list() {
  const std::string base = value_or_fail(host::cache_base());
  const auto caches = value_or_fail(host::list_caches(base));
  if (caches.empty()) {
    std::printf("no shared cache of compiled kernels (looked in %s/cache)\n", base.c_str());
    return;
  }
  std::printf("%-32s %-32s %8s %12s  %s\n", "OWNER", "NAME", "FILES", "BYTES", "LAST USE");
  for (const host::SharedCache& cache : caches) {
    std::printf("%-32s %-32s %8llu %12llu  %s\n", cache.owner.c_str(), cache.name.c_str(),
                static_cast<unsigned long long>(cache.files), static_cast<unsigned long long>(cache.bytes),
                time_text(cache.last_use).c_str());
  }
}

struct Options {
  std::string name;
  std::string owner = std::string(oci::kUserOwner);
};

void remove(const Options& options) {
  if (!oci::is_cache_name(options.name)) throw CommandFailed{{"cache \"" + options.name + "\": not a cache's name"}};
  if (!oci::is_cache_owner(options.owner)) {
    throw CommandFailed{
        {"--owner \"" + options.owner + "\": must be user or namespace/NAME, as `vgpu cache list` says"}};
  }
  value_or_fail(host::remove_cache(value_or_fail(host::cache_base()), options.owner, options.name));
}

}  // namespace

void add_cache(CLI::App& program) {
  CLI::App* command = program.add_subcommand("cache", "Caches of compiled kernels that containers share");
  command->require_subcommand(1);
  command->add_subcommand("list", "List the caches of this machine")->callback(list);
  CLI::App* remove_command = command->add_subcommand("remove", "Remove a cache");
  const auto options = std::make_shared<Options>();
  remove_command->add_option("name", options->name, "As in vgpu.dev/cache")->required();
  remove_command->add_option("--owner", options->owner, "user (the default), or namespace/NAME");
  remove_command->callback([=] { remove(*options); });
}

}  // namespace vgpu::cli
