#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "base/file_descriptor.h"
#include "seccomp/answer_slot.h"
#include "seccomp/container.h"
#include "seccomp/delivery.h"

// The thread that answers one listener.
namespace vgpu::seccomp {

class ListenerThread {
 public:
  // `descriptor` and the container are the caller's and outlive the thread.
  ListenerThread(int descriptor, AnswerSlot slot, Container& container);
  ~ListenerThread();

  // Starts the thread. It ends first what a worker that is gone had begun.
  void start();

  // Asks the thread to end, for a listener that nobody is behind any more; may be called again and again.
  void stop();
  [[nodiscard]] bool has_ended() const { return ended_.load(std::memory_order_acquire); }

  // Makes the signal by which stop() interrupts a wait do nothing else. Call once in the process.
  static void prepare_process();

 private:
  void recover();
  void run();
  void answer(const seccomp_notif& notification);

  KernelListener listener_;
  AnswerSlot slot_;
  Container& container_;
  Delivery delivery_;
  std::atomic<bool> stopping_ = false, ended_ = true;
  std::thread thread_;
};

}  // namespace vgpu::seccomp
