#pragma once

#include <set>
#include <string>
#include <vector>

#include "cli/doctor/subject.h"

namespace vgpu::cli::doctor {

struct Import {
  std::string name, version;
  std::string library;  // that the version is asked of; empty where there is none
};

// A program or library of the container that uses CUDA.
struct Binary {
  std::string path;                        // in the container, free of links
  std::vector<std::string> needed;         // CUDA libraries that are loaded with it
  std::vector<Import> imports;             // functions of theirs that it cannot do without
  std::vector<std::string> first_folders;  // of its DT_RPATH, searched before LD_LIBRARY_PATH
  std::vector<std::string> last_folders;   // of its DT_RUNPATH, searched behind it
};

struct Binaries {
  std::vector<Binary> found;
  std::set<std::string> provided;  // CUDA's names that files of the container define itself
  std::size_t examined = 0;        // ELF files
  bool complete = true;            // false when there were more files than doctor reads
};

// Reads the ELF files in the folders where CUDA programs are: those in which the hook looks for libraries, the
// container's LD_LIBRARY_PATH, Ollama's folders and what is in them, those of programs, and that of the container's
// own.
Binaries find_binaries(const Subject& subject);

// The folders of find_binaries, free of links.
std::vector<std::string> binary_folders(const Subject& subject);

}  // namespace vgpu::cli::doctor
