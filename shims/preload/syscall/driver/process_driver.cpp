#include "shims/preload/syscall/driver/process_driver.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "gpu/model/device_file.h"
#include "shims/preload/syscall/driver/own_memory.h"

namespace vgpu::preload {
namespace {

// The process' driver, for the functions around fork(2).
ProcessDriver* made = nullptr;

constexpr std::uint64_t kSamplePause = 200'000'000;  // ns

// A descriptor to read a text from; a negative errno when it cannot be made.
int text_descriptor(const std::string& text, int flags) {
  if ((flags & O_ACCMODE) != O_RDONLY) return -EACCES;
  if ((flags & O_DIRECTORY) != 0) return -ENOTDIR;
  FileDescriptor file(::memfd_create("nvidia", MFD_ALLOW_SEALING | ((flags & O_CLOEXEC) != 0 ? MFD_CLOEXEC : 0)));
  if (!file.valid()) return -errno;
  if (::pwrite(file.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) return -ENOMEM;
  ::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
  return file.release();
}

}  // namespace

// The lock, with signals put off: a handler that opens or asks would wait for its own thread.
class ProcessDriver::Turn {
 public:
  explicit Turn(ProcessDriver& driver) : driver_(driver), error_(errno) {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &mask_);
    driver_.mutex_.lock();
  }
  ~Turn() {
    driver_.mutex_.unlock();
    ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
    errno = error_;
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  ProcessDriver& driver_;
  const int error_;
  sigset_t mask_{};
};

ProcessDriver* ProcessDriver::make() {
  std::vector<model::Device> devices = model::devices();
  if (devices.empty()) return nullptr;
  made = new ProcessDriver(std::move(devices));
  ::pthread_atfork([] { made->mutex_.lock(); }, [] { made->mutex_.unlock(); },
                   [] {
                     made->channels_run_ = false;  // the thread is the parent's
                     made->mutex_.unlock();
                   });
  return made;
}

ProcessDriver::ProcessDriver(std::vector<model::Device> devices)
    : devices_(std::move(devices)), driver_(devices_, kept_, host_), files_(devices_) {}

int ProcessDriver::open(const char* path, int flags) {
  const Turn turn(*this);
  const Entry* entry = files_.find(path);
  if (entry != nullptr && entry->kind == EntryKind::Node) return open_node(entry->device, flags);
  if (const auto text = files_.text(path)) return text_descriptor(*text, flags);
  return entry == nullptr && files_.covers(path) ? -ENOENT : kNotOurs;
}

int ProcessDriver::open_node(std::uint64_t number, int flags) {
  if ((flags & O_DIRECTORY) != 0) return -ENOTDIR;
  if ((flags & O_PATH) != 0) return kNotOurs;
  close_abandoned();
  const auto node = rm::node_of(number);
  if (!node) return kNotOurs;
  rm::Caller caller;
  caller.process = caller.container_process = ::getpid();
  auto opened = driver_.open(*node, caller);
  if (!opened) return -opened.error();
  if ((flags & O_CLOEXEC) == 0) ::fcntl(opened->given.get(), F_SETFD, 0);
  return opened->given.release();
}

void ProcessDriver::close_abandoned() {
  std::vector<rm::FileId> abandoned;
  for (const auto& [id, file] : driver_.state().files()) {
    const int kept = file.descriptor.get();
    const bool has_pipe = file.node.kind == rm::NodeKind::Control || file.node.kind == rm::NodeKind::Device;
    pollfd pipe{kept, 0, 0};
    if (!KeptDescriptors::is_kept(kept) || (has_pipe && ::poll(&pipe, 1, 0) == 1)) abandoned.push_back(id);
  }
  for (const rm::FileId file : abandoned) driver_.close(file);
  driver_.close_dropped();
}

int ProcessDriver::ioctl(int descriptor, std::uint32_t request, std::uint64_t argument) {
  const Turn turn(*this);
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return kNotOurs;
  if (driver_.find_file(status.st_dev, status.st_ino) == nullptr) return kNotOurs;
  close_abandoned();
  const rm::File* file = driver_.find_file(status.st_dev, status.st_ino);
  if (file == nullptr) return kNotOurs;
  const rm::Answer answer = driver_.ioctl({file->id, request, argument, ::gettid()}, OwnMemory());
  const int result = carry_out(answer);
  settle();
  return result;
}

int ProcessDriver::carry_out(const rm::Answer& answer) {
  if (answer.replacement) {
    const auto [target, source] = *answer.replacement;
    const int flags = ::fcntl(target, F_GETFD);
    if (!KeptDescriptors::is_kept(source) || flags < 0) return -EIO;
    if (::dup3(source, target, (flags & FD_CLOEXEC) != 0 ? O_CLOEXEC : 0) < 0) return -errno;
  }
  for (const rm::MemoryWrite& write : answer.writes) {
    if (!write_own_memory(write.address, write.bytes)) return -EFAULT;
  }
  return -answer.error;
}

void ProcessDriver::settle() {
  driver_.close_dropped();
  const std::uint64_t now = host_.monotonic_time();
  if (now - sampled_ >= kSamplePause && driver_.active()) {
    driver_.sample();
    sampled_ = now;
  }
  start_channels();
}

int ProcessDriver::look_up(const char* path, Entry& entry) {
  const Entry* found = files_.find(path);
  if (found == nullptr) return files_.covers(path) ? -ENOENT : kNotOurs;
  entry = *found;
  return 0;
}

const char* ProcessDriver::name_in(const char* folder, unsigned number, EntryKind& kind) {
  return files_.name_in(folder, number, kind);
}

}  // namespace vgpu::preload
