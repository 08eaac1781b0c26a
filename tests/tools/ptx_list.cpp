// ptx_list FILE.so [ARCH] [--entry NAME | --extract FOLDER | --opcodes]: looks into the fat binaries of a program.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <string>

#include "gpu/fatbin/elf_section.h"
#include "gpu/fatbin/fatbin.h"
#include "gpu/ptx/module.h"
#include "gpu/ptx/print.h"

namespace {

using vgpu::fatbin::Entry;
using vgpu::fatbin::Kind;

struct Options {
  const char* file = nullptr;
  unsigned arch = 0;  // 0: all
  const char* entry = nullptr;
  const char* folder = nullptr;
  bool opcodes = false;
};

bool parse(int count, char** arguments, Options& options) {
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--entry" && i + 1 < count) {
      options.entry = arguments[++i];
    } else if (argument == "--extract" && i + 1 < count) {
      options.folder = arguments[++i];
    } else if (argument == "--opcodes") {
      options.opcodes = true;
    } else if (options.file == nullptr) {
      options.file = arguments[i];
    } else {
      options.arch = static_cast<unsigned>(std::strtoul(arguments[i], nullptr, 10));
    }
  }
  return options.file != nullptr;
}

class Lister {
 public:
  explicit Lister(const Options& options) : options_(options) {}

  // One module; false when it cannot be read.
  bool show(unsigned number, const Entry& image) {
    auto text = vgpu::fatbin::unpack(image);
    if (!text) return complain(number, text.error());
    if (options_.folder != nullptr) return extract(number, image.arch, *text);
    const auto module = vgpu::ptx::Module::parse(std::move(*text));
    if (!module) return complain(number, module.error());
    if (options_.opcodes) return count_opcodes(number, **module);
    if (options_.entry != nullptr) {
      const auto* entry = (*module)->find_entry(options_.entry);
      if (entry != nullptr) std::printf("%.*s\n", static_cast<int>(entry->text.size()), entry->text.data());
      return true;
    }
    std::printf("module %u sm_%u PTX %u.%u %zu entries %zu bytes\n", number, image.arch, (*module)->version() / 10,
                (*module)->version() % 10, (*module)->entries().size(), (*module)->text().size());
    if (options_.arch == 0) return true;
    for (const auto& entry : (*module)->entries()) std::printf("  %s\n", entry.name.c_str());
    return true;
  }

  void print_opcodes() const {
    std::multimap<unsigned long, std::string_view, std::greater<>> sorted;
    for (const auto& [opcode, count] : opcodes_) sorted.emplace(count, opcode);
    for (const auto& [count, opcode] : sorted) std::printf("%10lu %s\n", count, std::string(opcode).c_str());
  }

 private:
  bool extract(unsigned number, unsigned arch, const std::string& text) const {
    char name[64];
    std::snprintf(name, sizeof name, "/sm_%u_m%03u.ptx", arch, number);
    std::ofstream(options_.folder + std::string(name)) << text;
    return true;
  }

  bool count_opcodes(unsigned number, const vgpu::ptx::Module& module) {
    for (const auto& entry : module.entries()) {
      const auto function = module.parse_entry(entry.name);
      if (!function) return complain(number, function.error());
      for (const auto& instruction : function->instructions) ++opcodes_[vgpu::ptx::full_opcode(instruction)];
    }
    return true;
  }

  static bool complain(unsigned number, const vgpu::Error& error) {
    std::fprintf(stderr, "ptx_list: module %u: %s\n", number, error.message.c_str());
    return false;
  }

  Options options_;
  std::map<std::string, unsigned long> opcodes_;
};

}  // namespace

int main(int count, char** arguments) {
  Options options;
  if (!parse(count, arguments, options)) {
    std::fprintf(stderr, "usage: ptx_list FILE.so [ARCH] [--entry NAME | --extract FOLDER | --opcodes]\n");
    return 2;
  }
  const auto file = vgpu::fatbin::ElfFile::open(options.file);
  if (!file) {
    std::fprintf(stderr, "ptx_list: %s\n", file.error().message.c_str());
    return 1;
  }
  Lister lister(options);
  bool good = true;
  unsigned number = 0;
  for (const auto container : file->containers()) {
    const auto entries = vgpu::fatbin::read_container(container);
    if (!entries) {
      std::fprintf(stderr, "ptx_list: module %u: %s\n", number, entries.error().message.c_str());
      return 1;
    }
    for (const Entry& entry : *entries) {
      if (entry.kind != Kind::Ptx || (options.arch != 0 && entry.arch != options.arch)) continue;
      good = lister.show(number, entry) && good;
    }
    ++number;
  }
  if (options.opcodes) lister.print_opcodes();
  return good ? 0 : 1;
}
