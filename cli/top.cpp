#include <array>
#include <cstdio>
#include <ctime>
#include <memory>

#include "cli/commands.h"
#include "cli/usage/node.h"
#include "cli/usage/print.h"
#include "cli/usage/terminal.h"
#include "host/state_root.h"

namespace vgpu::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTime{500};
constexpr std::size_t kAllLines = 100'000;

struct Options {
  double interval = 1;  // seconds
  bool once = false;
};

std::string time_of_day() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  std::array<char, 16> text{};
  ::localtime_r(&now, &parts);
  return {text.data(), std::strftime(text.data(), text.size(), "%H:%M:%S", &parts)};
}

// The tables, in at most `lines` lines.
std::string frame(std::size_t lines) {
  const auto containers = usage::look_at_node(host::state_root(), kTime);
  std::size_t devices = 0, busy = 0, unknown = 0;
  std::uint64_t used = 0, limit = 0;
  for (const usage::Container& container : containers) {
    if (!container.unknown.empty()) ++unknown;
    for (const usage::UsedDevice& one : container.devices) {
      ++devices;
      limit += one.device.profile.memory;
      if (!one.use) continue;
      used += one.use->memory;
      if (one.use->utilisation > 0) ++busy;
    }
  }
  std::string text = "vgpu top  " + time_of_day() + "  containers " + std::to_string(containers.size()) +
                     (unknown == 0 ? "" : " (" + std::to_string(unknown) + " cannot be asked)") + ", devices " +
                     std::to_string(devices) + ", busy " + std::to_string(busy) + ", memory " + usage::mebibytes(used) +
                     " / " + usage::mebibytes(limit) + " MiB\n\n";
  text += usage::device_table(containers);
  const std::size_t above = devices + 5;  // and two empty lines, two headings
  const std::string processes = lines > above ? usage::process_table(containers, lines - above) : std::string();
  if (!processes.empty()) text += "\n" + processes;
  return text;
}

// As many lines as fit: one more would make the screen scroll.
std::string fitting(const std::string& text, usage::Screen::Size size) {
  std::size_t end = 0;
  for (std::size_t line = 1; line < size.lines && end < text.size(); ++line) end = text.find('\n', end) + 1;
  return usage::cut_lines(std::string_view(text).substr(0, end), size.columns);
}

void run(const Options& options) {
  if (options.once || !usage::Screen::is_terminal()) {
    std::fputs(frame(kAllLines).c_str(), stdout);
    return;
  }
  usage::Screen screen;
  do {
    const auto size = usage::Screen::size();
    usage::Screen::show(fitting(frame(size.lines), size));
  } while (screen.wait(milliseconds(static_cast<long>(options.interval * 1000))));
}

}  // namespace

void add_top(CLI::App& program) {
  CLI::App* command = program.add_subcommand("top", "Show what containers do with their vGPU; q ends it");
  const auto options = std::make_shared<Options>();
  command->add_option("-d,--interval", options->interval, "Seconds between two looks")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
  command->add_flag("--once", options->once, "Print one look and end, as where there is no terminal");
  command->callback([options] { run(*options); });
}

}  // namespace vgpu::cli
