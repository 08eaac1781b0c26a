#pragma once

#include <cstdint>
#include <vector>

// Sets of numbers as seccomp filters can say them: those whose bits under a mask have a value (SCMP_CMP_MASKED_EQ).
namespace vgpu::oci {

struct Cube {
  std::uint64_t mask = 0, value = 0;
  bool operator==(const Cube&) const = default;
  [[nodiscard]] bool contains(std::uint64_t number) const { return (number & mask) == value; }
};

// What is in both: no cube, or one.
std::vector<Cube> intersection(const Cube& first, const Cube& second);

// Cubes without anything in common that together have all numbers in `from` that none of the others has. libseccomp
// lets an unconditional ALLOW win over every NOTIFY, so that what is allowed must be said without what is not.
std::vector<Cube> difference(const Cube& from, const std::vector<Cube>& without);

// The requests of ioctl(2), argument 1, that are NVIDIA's: type 'F', and the plain numbers of UVM, with all others
// below type 16, of which hardly any are in use: what is left to allow takes rules, and runtimes need a tenth of a
// millisecond for each. The kernel looks at 32 bits of the argument only, and so do these.
const std::vector<Cube>& nvidia_requests();

// The flags of open(2), argument 1, and openat(2), argument 2, with which device nodes are opened: to read and write,
// and not to make a file.
const std::vector<Cube>& node_open_flags();

}  // namespace vgpu::oci
