#pragma once

#include "seccomp/rm/record.h"

// Descriptors that the driver keeps open in a program that knows nothing of them. One that closes all that it did not
// open, as daemons do, may have given a number to another file: that file is left alone. They are known by the records
// of the driver's state, of which nothing else is kept. Not thread-safe.
namespace vgpu::preload {

class KeptDescriptors final : public rm::Journal {
 public:
  void append(const rm::Record& record) override;

  // True while the number is of the file that the driver opened.
  [[nodiscard]] static bool is_kept(int descriptor);
};

}  // namespace vgpu::preload
