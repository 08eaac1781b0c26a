#pragma once

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "cli/doctor/findings.h"
#include "gpu/model/device_file.h"
#include "tests/unit/elf_builder.h"

namespace vgpu::cli::doctor {

namespace fs = std::filesystem;
using test::BuiltElf;
using test::BuiltSymbol;

inline BuiltSymbol versioned(const std::string& name, const std::string& library) {
  return {name, library, library, false};
}

// An installation with libraries of a few names, and the file system of a container with Ollama's layout of which
// covered files are the installation's own: a hard link is the same file, as what is mounted is.
class DoctorTest : public testing::Test {
 protected:
  DoctorTest() {
    std::string pattern = (fs::temp_directory_path() / "vgpu-doctor-XXXXXX").string();
    folder_ = fs::canonical(::mkdtemp(pattern.data()));
    libraries_ = folder_ / "lib64/vgpu";
    root_ = folder_ / "root";
    fs::create_directories(libraries_);
    make_library("libcuda.so.1", {{"cuInit", "", "", false}, {"cuMemCreate", "", "", false}});
    make_library("libnvidia-ml.so.1", {{"nvmlInit_v2", "", "", false}});
    make_library("libcudart.so.12", {versioned("cudaMalloc", "libcudart.so.12")});
    make_library("libcublas.so.12", {versioned("cublasSgemm_v2", "libcublas.so.12")});
    make_library("libcublasLt.so.12", {versioned("cublasLtCreate", "libcublasLt.so.12")});
  }
  ~DoctorTest() override { fs::remove_all(folder_); }

  void make_library(const std::string& name, std::vector<BuiltSymbol> exports) const {
    BuiltElf parts;
    parts.soname = name;
    parts.exports = std::move(exports);
    write(libraries_ / name, test::ElfBuilder(parts).build());
  }

  static void write(const fs::path& path, const std::string& content) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
  }
  void write_elf(const std::string& path, const BuiltElf& parts) const {
    write(root_ / path, test::ElfBuilder(parts).build());
  }
  void cover(const std::string& library, const std::string& path) const {
    fs::create_directories((root_ / path).parent_path());
    fs::remove(root_ / path);
    fs::create_hard_link(libraries_ / library, root_ / path);
  }
  void own(const std::string& path) const {
    fs::remove(root_ / path);
    write_elf(path, {});
  }

  static BuiltElf ggml() {
    BuiltElf parts;
    parts.needed = {"libcudart.so.12", "libcublas.so.12", "libcuda.so.1", "libc.so.6"};
    parts.soname = "libggml-cuda.so";
    parts.runpath = "$ORIGIN";
    parts.imports = {versioned("cudaMalloc", "libcudart.so.12"),
                     versioned("cublasSgemm_v2", "libcublas.so.12"),
                     {"cuMemCreate", "", "", false},
                     {"malloc", "GLIBC_2.2.5", "libc.so.6", false}};
    return parts;
  }

  // The names and places of Ollama's image.
  void make_ollama_image() const {
    const std::string folder = "usr/lib/ollama/cuda_v12/";
    write_elf(folder + "libggml-cuda.so", ggml());
    own(folder + "libcudart.so.12.8.90");
    own(folder + "libcublas.so.12.8.4.1");
    own(folder + "libcublasLt.so.12.8.4.1");
    fs::create_symlink("libcudart.so.12.8.90", root_ / (folder + "libcudart.so.12"));
    fs::create_symlink("libcublas.so.12.8.4.1", root_ / (folder + "libcublas.so.12"));
    fs::create_symlink("libcublasLt.so.12.8.4.1", root_ / (folder + "libcublasLt.so.12"));
    write(root_ / "usr/bin/ollama", "a program");
    fs::create_directories(root_ / "usr/lib/x86_64-linux-gnu");
  }
  // What the hook mounts into it.
  void cover_all() const {
    const std::string folder = "usr/lib/ollama/cuda_v12/";
    cover("libcudart.so.12", folder + "libcudart.so.12.8.90");
    cover("libcublas.so.12", folder + "libcublas.so.12.8.4.1");
    cover("libcublasLt.so.12", folder + "libcublasLt.so.12.8.4.1");
    for (const char* name :
         {"libcuda.so.1", "libnvidia-ml.so.1", "libcudart.so.12", "libcublas.so.12", "libcublasLt.so.12"}) {
      cover(name, std::string("usr/local/nvidia/lib64/") + name);
    }
    write(
        root_ / "etc/vgpu/device.json",
        R"({"version":1,"devices":[{"profile":"t4","memory":4294967296,"uuid":"GPU-00112233-4455-4677-8899-aabbccddeeff"}]})");
  }

  // A running container with these files, as far as doctor can see: its process is this one.
  [[nodiscard]] Subject running() const {
    Subject subject;
    subject.pid = ::getpid();
    subject.root = FileDescriptor(::open(root_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    auto rootfs = oci::open_rootfs(root_.string());
    EXPECT_TRUE(rootfs);
    if (rootfs) subject.rootfs = *std::move(rootfs);
    subject.environment = {{"LD_LIBRARY_PATH", "/usr/local/nvidia/lib:/usr/local/nvidia/lib64"},
                           {"NVIDIA_VISIBLE_DEVICES", "all"},
                           {"OLLAMA_LLM_LIBRARY", "cuda_v12"}};
    subject.library_folder = libraries_.string();
    for (const fs::directory_entry& entry : fs::directory_iterator(libraries_)) {
      struct stat status{};
      if (::stat(entry.path().c_str(), &status) == 0) subject.library_files.emplace(status.st_dev, status.st_ino);
    }
    return subject;
  }

  static Findings missing(const Findings& findings) {
    Findings result;
    for (const Finding& finding : findings) {
      if (finding.state == State::Missing) result.push_back(finding);
    }
    return result;
  }
  static const Finding* find(const Findings& findings, const std::string& what) {
    for (const Finding& finding : findings) {
      if (finding.what == what) return &finding;
    }
    return nullptr;
  }

  fs::path folder_, libraries_, root_;
};

}  // namespace vgpu::cli::doctor
