#include "seccomp/listener_thread.h"

#include <pthread.h>

#include <cerrno>
#include <csignal>

namespace vgpu::seccomp {
namespace {

constexpr int kInterrupt = SIGUSR1;

// A call that this many workers died of is answered without being carried out.
constexpr std::uint32_t kMostBegun = 5;

}  // namespace

ListenerThread::ListenerThread(int descriptor, AnswerSlot slot, Container& container)
    : listener_(descriptor), slot_(std::move(slot)), container_(container), delivery_(listener_, container) {}

ListenerThread::~ListenerThread() {
  if (!thread_.joinable()) return;
  while (!has_ended()) {
    stop();
    std::this_thread::yield();
  }
  thread_.join();
}

void ListenerThread::prepare_process() {
  struct sigaction action{};
  action.sa_handler = [](int) {};
  ::sigaction(kInterrupt, &action, nullptr);
}

void ListenerThread::answer(const seccomp_notif& notification) {
  if (const auto outcome = delivery_.earlier_answer(notification)) return delivery_.carry_out(notification, *outcome);
  if (slot_.begin() > kMostBegun) {
    listener_.answer(notification.id, 0, EIO);
    return;
  }
  delivery_.carry_out(notification, container_.answer(notification, slot_));
}

void ListenerThread::recover() {
  const Notification* received = slot_.received();
  if (received == nullptr) return;
  const auto kept = slot_.kept();
  if (!listener_.is_waiting(received->value.id)) {
    // It was answered, or its caller is gone.
  } else if (kept) {
    delivery_.carry_out(received->value, *kept);
  } else {
    answer(received->value);
  }
  slot_.empty();
}

void ListenerThread::start() {
  ended_ = false;
  thread_ = std::thread([this] {
    recover();
    run();
  });
}

void ListenerThread::stop() {
  stopping_.store(true, std::memory_order_release);
  if (!has_ended()) ::pthread_kill(thread_.native_handle(), kInterrupt);
}

void ListenerThread::run() {
  while (!stopping_.load(std::memory_order_acquire)) {
    Notification& notification = slot_.empty();
    const int error = listener_.receive(notification);
    if (error == 0) {
      answer(notification.value);
    } else if (error != EINTR && error != ENOENT) {
      break;
    }
  }
  ended_.store(true, std::memory_order_release);
}

}  // namespace vgpu::seccomp
