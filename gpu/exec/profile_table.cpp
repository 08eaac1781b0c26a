#include "gpu/exec/profile_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string_view>
#include <vector>

#include "gpu/exec/thread.h"

namespace vgpu::exec {
namespace {

struct Row {
  std::uint64_t launches = 0;
  std::uint64_t nanoseconds = 0;
};

struct Table {
  std::mutex mutex;
  std::map<std::string, Row> rows;
};

Table& table() {
  static auto* instance = new Table();
  return *instance;
}

void print_table() {
  if (threads_lost_by_fork()) return;
  Table& shared = table();
  const std::lock_guard lock(shared.mutex);
  std::vector<std::pair<std::string, Row>> rows(shared.rows.begin(), shared.rows.end());
  std::ranges::sort(rows, [](const auto& a, const auto& b) { return a.second.nanoseconds > b.second.nanoseconds; });
  std::uint64_t total = 0;
  for (const auto& [name, row] : rows) total += row.nanoseconds;
  std::string text = fmt::format("{:>10} {:>12} {:>12} {:>7}  kernel\n", "launches", "total ms", "mean us", "share");
  for (const auto& [name, row] : rows) {
    const double nanoseconds = static_cast<double>(row.nanoseconds);
    text += fmt::format("{:>10} {:>12.3f} {:>12.2f} {:>6.1f}%  {}\n", row.launches, nanoseconds * 1e-6,
                        nanoseconds * 1e-3 / static_cast<double>(row.launches),
                        100.0 * nanoseconds / static_cast<double>(std::max<std::uint64_t>(total, 1)), name);
  }
  text += fmt::format("{:>10} {:>12.3f}\n", "", static_cast<double>(total) * 1e-6);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace

bool profiling() {
  static const bool chosen = [] {
    const char* setting = std::getenv("VGPU_PROFILE");
    if (setting == nullptr || std::string_view(setting) != "1") return false;
    table();
    std::atexit(print_table);
    return true;
  }();
  return chosen;
}

void add_to_profile(const std::string& name, std::uint64_t nanoseconds) {
  Table& shared = table();
  const std::lock_guard lock(shared.mutex);
  Row& row = shared.rows[name];
  ++row.launches;
  row.nanoseconds += nanoseconds;
}

}  // namespace vgpu::exec
