#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <utility>

#include "base/error.h"
#include "base/file_descriptor.h"

// Memory that a worker and the one that takes over from it both have: a file in memory, whose descriptor they share.
namespace vgpu::seccomp {

// Owns a mapping of the whole of such a file.
class Mapping {
 public:
  Mapping() = default;
  Mapping(Mapping&& other) noexcept
      : address_(std::exchange(other.address_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Mapping& operator=(Mapping&& other) noexcept {
    if (this != &other) {
      reset();
      address_ = std::exchange(other.address_, nullptr);
      size_ = std::exchange(other.size_, 0);
    }
    return *this;
  }
  ~Mapping() { reset(); }

  // Fails with why it cannot be mapped.
  static Expected<Mapping> of(int descriptor, std::size_t size);

  template <class T>
  [[nodiscard]] T* as() const {
    return static_cast<T*>(address_);
  }

 private:
  void reset() {
    if (address_ != nullptr) ::munmap(address_, size_);
    address_ = nullptr;
  }
  void* address_ = nullptr;
  std::size_t size_ = 0;
};

// A new file of zeros. Fails with why it cannot be made.
Expected<FileDescriptor> make_shared_memory(const char* name, std::size_t size);

}  // namespace vgpu::seccomp
