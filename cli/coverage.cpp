#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "cli/commands.h"
#include "oci/installation.h"

namespace vgpu::cli {
namespace {

// Where the table that the build generates lies, from the program's folder: installed, or in a build folder.
constexpr std::array kPlaces = {"../share/doc/vgpu/coverage.md", "../stage/coverage.md"};

void print_coverage() {
  const std::filesystem::path folder = std::filesystem::path(value_or_fail(oci::program_path())).parent_path();
  for (const char* place : kPlaces) {
    std::ifstream file(folder / place);
    for (std::string line; std::getline(file, line);) std::puts(line.c_str());
    if (file.eof()) return;
  }
  throw CommandFailed{{"coverage.md: not in this installation"}};
}

}  // namespace

void add_coverage(CLI::App& program) {
  program.add_subcommand("coverage", "List the API functions: done, partial or refused")->callback(print_coverage);
}

}  // namespace vgpu::cli
