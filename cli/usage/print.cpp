#include "cli/usage/print.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "cli/usage/state_folders.h"

namespace vgpu::cli::usage {
namespace {

constexpr std::size_t kShortUuid = 12;  // "GPU-" and eight digits

template <std::size_t Columns>
std::string aligned(const std::vector<std::array<std::string, Columns>>& rows) {
  std::array<std::size_t, Columns> widths{};
  for (const auto& row : rows) {
    for (std::size_t column = 0; column < Columns; ++column)
      widths[column] = std::max(widths[column], row[column].size());
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t column = 0; column < Columns; ++column) {
      text += row[column];
      if (column + 1 < Columns) text.append(widths[column] - row[column].size() + 2, ' ');
    }
    text += '\n';
  }
  return text;
}

std::string percent(unsigned value) {
  return std::to_string(value) + "%";
}

}  // namespace

std::string printable(std::string_view text) {
  std::string line(text);
  for (char& character : line) {
    if (static_cast<unsigned char>(character) < 0x20 || static_cast<unsigned char>(character) > 0x7e) character = '?';
  }
  return line;
}

std::string mebibytes(std::uint64_t bytes) {
  return std::to_string(bytes >> 20);
}

std::string device_table(const std::vector<Container>& containers) {
  std::vector<std::array<std::string, 7>> rows = {
      {"CONTAINER", "NAME", "PROFILE", "DEVICE", "MEMORY (MiB)", "UTIL", "PROCESSES"}};
  for (const Container& container : containers) {
    for (const UsedDevice& used : container.devices) {
      const bool known = used.use.has_value();
      rows.push_back({container.id.substr(0, 12), printable(display_name(container)), used.device.profile.id,
                      used.device.uuid_string().substr(0, kShortUuid),
                      (known ? mebibytes(used.use->memory) : "-") + " / " + mebibytes(used.device.profile.memory),
                      known ? percent(used.use->utilisation) : "-",
                      known ? std::to_string(used.use->processes.size()) : "-"});
    }
  }
  return aligned(rows);
}

std::string process_table(const std::vector<Container>& containers, std::size_t lines) {
  struct Line {
    const Container* container;
    const ProcessUse* process;
  };
  std::vector<Line> found;
  for (const Container& container : containers) {
    for (const UsedDevice& used : container.devices) {
      if (!used.use) continue;
      for (const ProcessUse& process : used.use->processes) found.push_back({&container, &process});
    }
  }
  if (found.empty()) return {};
  std::ranges::sort(found, std::greater(),
                    [](const Line& line) { return std::pair(line.process->memory, line.process->process); });
  if (found.size() > lines) found.resize(lines);
  std::vector<std::array<std::string, 5>> rows = {{"PID", "PROGRAM", "MEMORY (MiB)", "UTIL", "CONTAINER"}};
  for (const auto& [container, process] : found) {
    rows.push_back({std::to_string(process->process), printable(process_name(process->process)),
                    mebibytes(process->memory), percent(process->utilisation), printable(display_name(*container))});
  }
  return aligned(rows);
}

std::string cut_lines(std::string_view text, std::size_t columns) {
  std::string result;
  std::size_t column = 0;
  for (const char character : text) {
    column = character == '\n' ? 0 : column + 1;
    if (column <= columns) result += character;
  }
  return result;
}

}  // namespace vgpu::cli::usage
