#include "cli/output_file.h"

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "cli/commands.h"

namespace vgpu::cli {

namespace fs = std::filesystem;

void write_output(const std::string& path, const std::string& text) {
  if (path.empty()) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
      throw CommandFailed{{"write \"standard output\": cannot be written"}};
    }
    return;
  }
  const fs::path temporary = path + ".new";
  std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  std::error_code error;
  if (file) fs::rename(temporary, path, error);
  if (!file || error) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw CommandFailed{{"write \"" + path + "\": " + (error ? error.message() : "cannot be written")}};
  }
}

}  // namespace vgpu::cli
