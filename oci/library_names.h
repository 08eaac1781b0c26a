#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

// The CUDA libraries that vgpu takes the place of.
namespace vgpu::oci {

// Where the library folder is mounted in every container: the folder that NVIDIA's images name in LD_LIBRARY_PATH.
inline constexpr std::string_view kContainerLibraryFolder = "/usr/local/nvidia/lib64";
// Where the folder with the container's device file is mounted; model::kDeviceFile is in it.
inline constexpr std::string_view kContainerDeviceFolder = "/etc/vgpu";

// A file name that begins with `prefix`, and is that or goes on with a point, is covered by `library`.
struct LibraryName {
  std::string_view prefix;
  std::string_view library;  // its name in the library folder
};
inline constexpr std::array<LibraryName, 8> kLibraryNames = {{
    {"libcuda.so", "libcuda.so.1"},
    {"libnvidia-ml.so", "libnvidia-ml.so.1"},
    {"libcudart.so.12", "libcudart.so.12"},
    {"libcudart.so.13", "libcudart.so.13"},
    {"libcublas.so.12", "libcublas.so.12"},
    {"libcublas.so.13", "libcublas.so.13"},
    {"libcublasLt.so.12", "libcublasLt.so.12"},
    {"libcublasLt.so.13", "libcublasLt.so.13"},
}};

// NVIDIA's management library, as kLibraryNames covers it.
inline constexpr std::string_view kManagementLibrary = "libnvidia-ml.so.1";

// The libraries that no container can do without: a library folder that lacks one of them is none.
inline constexpr std::array<std::string_view, 2> kRequiredLibraries = {"libcuda.so.1", kManagementLibrary};

// Preloaded in this order when a request says `preload`.
inline constexpr std::array<std::string_view, 5> kPreloadedLibraries = {
    "libvgpu-exec.so", "libvgpu-syscall.so", "libvgpu-cuda.so", "libvgpu-nvml.so", "libvgpu-cudart.so"};

// The one of them that answers requests to NVIDIA's driver, and the one that stands for kManagementLibrary.
inline constexpr std::string_view kPreloadedDriver = "libvgpu-syscall.so";
inline constexpr std::string_view kPreloadedManagementLibrary = "libvgpu-nvml.so";

// Where an image has the dynamic linker of glibc: System V ABI for x86-64, section 5.2.1, "Program Interpreter".
inline constexpr std::string_view kGlibcDynamicLinker = "/lib64/ld-linux-x86-64.so.2";

// The library that covers a file of this name; empty when the file is none of CUDA's.
std::string_view covering_library(std::string_view file_name);

// Folders of an image in which CUDA's libraries are looked for, without those of its LD_LIBRARY_PATH. A `*` at the
// end of a path's part stands for any end of a name.
inline constexpr std::array<std::string_view, 18> kSearchedFolders = {
    "/usr/lib/x86_64-linux-gnu",
    "/lib/x86_64-linux-gnu",
    "/usr/lib64",
    "/lib64",
    "/usr/lib",
    "/lib",
    "/usr/lib/x86_64-linux-gnu/nvidia*",
    "/usr/local/lib",
    "/usr/local/lib64",
    "/usr/local/nvidia/lib",
    "/usr/local/cuda*/lib64",
    "/usr/local/cuda*/targets/x86_64-linux/lib",
    "/usr/local/cuda*/compat",
    "/usr/lib/ollama",
    "/usr/lib/ollama/cuda_v*",
    "/usr/local/lib/ollama",
    "/usr/local/lib/ollama/cuda_v*",
    "/opt/cuda*/lib64",
};

// Where the dynamic linkers of distributions look without being told, in the order in which one is chosen for a
// library that the image does not have.
inline constexpr std::array<std::string_view, 4> kSystemLibraryFolders = {"/usr/lib/x86_64-linux-gnu", "/usr/lib64",
                                                                          "/lib64", "/usr/lib"};

// Where distributions have glibc's libc.so.6 for this processor.
inline constexpr std::array<std::string_view, 4> kGlibcFolders = {"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu",
                                                                  "/lib64", "/usr/lib64"};

}  // namespace vgpu::oci
