#pragma once

#include <cstdint>
#include <span>

#include "base/file_descriptor.h"

namespace vgpu::oci {

// A file's bytes, read where they are wanted. A file of a container may change or shrink meanwhile.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  [[nodiscard]] virtual std::uint64_t size() const = 0;
  // Fills `target` with what is at `offset`. False when there are fewer bytes.
  [[nodiscard]] virtual bool read(std::uint64_t offset, std::span<char> target) const = 0;
};

// Of an open regular file, which must stay open.
class FileBytes : public ByteSource {
 public:
  explicit FileBytes(const FileDescriptor& file);
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  [[nodiscard]] bool read(std::uint64_t offset, std::span<char> target) const override;

 private:
  int descriptor_;
  std::uint64_t size_;
};

// Of memory, which must stay as it is.
class MemoryBytes : public ByteSource {
 public:
  explicit MemoryBytes(std::span<const char> bytes) : bytes_(bytes) {}
  [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
  [[nodiscard]] bool read(std::uint64_t offset, std::span<char> target) const override;

 private:
  std::span<const char> bytes_;
};

}  // namespace vgpu::oci
