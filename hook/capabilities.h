#pragma once

#include <sys/capability.h>

#include <array>

// What programs keep of host root's capabilities, by what they do.
namespace vgpu::hook {

// Editing a configuration: reading an image whose files belong to other users; making device nodes; what the
// supervisor, which it starts, keeps.
inline constexpr std::array kPrepare = {CAP_DAC_READ_SEARCH, CAP_MKNOD, CAP_SYS_PTRACE};

// Entering a namespace, looking at its process, making mount points in folders of other users, and device nodes.
inline constexpr std::array kMountIntoContainer = {CAP_SYS_ADMIN, CAP_SYS_CHROOT, CAP_SYS_PTRACE, CAP_DAC_OVERRIDE,
                                                   CAP_MKNOD};

// Removing the mount points again.
inline constexpr std::array kRemoveMountPoints = {CAP_DAC_OVERRIDE};

}  // namespace vgpu::hook
