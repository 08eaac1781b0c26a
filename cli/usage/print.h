#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/usage/node.h"

// What look_at_node found, as text.
namespace vgpu::cli::usage {

// Names are what annotations and processes say: bytes that a terminal could take for a command become `?`.
std::string printable(std::string_view text);

// Whole MiB, as nvidia-smi shows them.
std::string mebibytes(std::uint64_t bytes);

// A line for each device, below a heading. What is not known is `-`.
std::string device_table(const std::vector<Container>& containers);

// A line for each process that uses a device, the one that holds most memory first, below a heading; at most `lines`
// lines. Empty when there is none.
std::string process_table(const std::vector<Container>& containers, std::size_t lines);

// Lines that are cut off at `columns` characters, so that none takes two of a terminal's.
std::string cut_lines(std::string_view text, std::size_t columns);

// {"containers":[…]}: see docs/metrics.md.
std::string json_text(const std::vector<Container>& containers);

}  // namespace vgpu::cli::usage
