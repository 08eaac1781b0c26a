#pragma once

#include <linux/seccomp.h>

#include <cstdint>
#include <expected>

#include "base/error.h"
#include "base/file_descriptor.h"

// The listener of a seccomp filter (seccomp_unotify(2)); a seam for tests.
namespace vgpu::seccomp {

// Of a size that the kernel's structure, which may grow, fits in.
union Notification {
  seccomp_notif value;
  unsigned char room[256];
};

class Listener {
 public:
  virtual ~Listener() = default;

  // Waits for a notification. 0, or the errno: EINTR, ENOENT (the caller is gone), ENOTCONN (all callers are).
  virtual int receive(Notification& notification) = 0;
  // Ends the call. 0, or the errno: ENOENT when the call was cut off by a signal or its process is gone.
  virtual int answer(std::uint64_t id, std::int64_t value, int error) = 0;
  // Has the kernel carry the call out as if nobody had listened.
  virtual int let_through(std::uint64_t id) = 0;
  // True while the call waits: whatever was read under its thread's number before was of that thread.
  virtual bool is_waiting(std::uint64_t id) = 0;
  // Gives the caller a copy of a descriptor: its number there, or the errno. The call goes on waiting. (The kernel can
  // do that and end the call at once, but if the process that asks for it is killed meanwhile, the call ends with 0 and
  // no descriptor: observed with Linux 6.18.)
  virtual std::expected<int, int> give_descriptor(std::uint64_t id, int source, bool close_on_exec) = 0;
  // Makes the caller's descriptor `target` a copy of `source`. 0, or the errno.
  virtual int replace_descriptor(std::uint64_t id, int source, int target) = 0;
};

// The kernel's listener. `descriptor` stays the caller's.
class KernelListener final : public Listener {
 public:
  explicit KernelListener(int descriptor);

  int receive(Notification& notification) override;
  int answer(std::uint64_t id, std::int64_t value, int error) override;
  int let_through(std::uint64_t id) override;
  bool is_waiting(std::uint64_t id) override;
  std::expected<int, int> give_descriptor(std::uint64_t id, int source, bool close_on_exec) override;
  int replace_descriptor(std::uint64_t id, int source, int target) override;

 private:
  int send(std::uint64_t id, std::int64_t value, int error, std::uint32_t flags);
  int descriptor_;
};

}  // namespace vgpu::seccomp
