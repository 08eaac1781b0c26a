#include "seccomp/processes.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstring>
#include <ctime>

#include "host/process_identity.h"
#include "seccomp/rm/library_version.h"

namespace vgpu::seccomp {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kMostWrites = 64;
constexpr std::size_t kMostMemories = 64;
constexpr std::size_t kLongestMap = std::size_t{4} << 20;

std::uint64_t time_of(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

// "THREAD/NAME" or "THREAD/fd/NUMBER" without formatting machinery: it is made for every request.
class ProcPath {
 public:
  ProcPath(pid_t thread, const char* name) {
    char* at = std::to_chars(text_.data(), text_.data() + 16, thread).ptr;
    *at++ = '/';
    end_ = std::copy(name, name + std::strlen(name) + 1, at) - 1;
  }
  ProcPath(pid_t thread, int descriptor) : ProcPath(thread, "fd/") {
    end_ = std::to_chars(end_, text_.data() + text_.size() - 1, descriptor).ptr;
    *end_ = '\0';
  }
  [[nodiscard]] const char* get() const { return text_.data(); }

 private:
  std::array<char, 64> text_{};
  char* end_ = nullptr;
};

std::string read_all(int folder, const char* path, std::size_t longest) {
  const FileDescriptor file(::openat(folder, path, O_RDONLY | O_CLOEXEC));
  std::string text;
  std::array<char, 16384> buffer;
  while (file.valid() && text.size() < longest) {
    const ssize_t length = ::read(file.get(), buffer.data(), buffer.size());
    if (length <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(length));
  }
  return text;
}

// The last of the numbers behind "NAME:" in /proc/PID/status.
std::optional<std::int64_t> last_number(const std::string& status, const std::string& name) {
  const std::size_t begin = status.find("\n" + name + ":");
  if (begin == std::string::npos) return std::nullopt;
  const std::size_t end = status.find('\n', begin + 1);
  const std::size_t number = status.find_last_of(" \t:", end == std::string::npos ? end : end - 1) + 1;
  std::int64_t value = 0;
  const auto [at, error] = std::from_chars(status.data() + number, status.data() + status.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

}  // namespace

bool ThreadMemory::read(std::uint64_t address, std::span<std::byte> bytes) const {
  if (bytes.empty()) return true;
  const iovec local{bytes.data(), bytes.size()};
  const iovec remote{reinterpret_cast<void*>(address), bytes.size()};
  return ::process_vm_readv(thread_, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(bytes.size());
}

bool write_memory(pid_t thread, std::span<const rm::MemoryWrite> writes) {
  std::array<iovec, kMostWrites> local, remote;
  if (writes.size() > kMostWrites) return false;
  std::size_t count = 0, total = 0;
  for (const rm::MemoryWrite& write : writes) {
    if (write.bytes.empty()) continue;
    local[count] = {const_cast<std::byte*>(write.bytes.data()), write.bytes.size()};
    remote[count++] = {reinterpret_cast<void*>(write.address), write.bytes.size()};
    total += write.bytes.size();
  }
  return count == 0 ||
         ::process_vm_writev(thread, local.data(), count, remote.data(), count, 0) == static_cast<ssize_t>(total);
}

std::optional<std::string> read_path(const rm::CallerMemory& memory, std::uint64_t address) {
  std::string path;
  std::array<char, 256> buffer;
  while (path.size() < PATH_MAX) {
    // Never over the end of a page: the next one may not be there.
    const std::size_t length = std::min(buffer.size(), kPage - (address + path.size()) % kPage);
    if (!memory.read(address + path.size(), std::as_writable_bytes(std::span(buffer)).first(length))) {
      return std::nullopt;
    }
    const auto* end = std::find(buffer.data(), buffer.data() + length, '\0');
    path.append(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
    if (end != buffer.data() + length) return path;
  }
  return std::nullopt;
}

Processes::Processes(std::string container, Log log_function)
    : container_(std::move(container)), log_(log_function), proc_(::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC)) {}

std::uint64_t Processes::real_time() {
  return time_of(CLOCK_REALTIME);
}

std::uint64_t Processes::monotonic_time() {
  return time_of(CLOCK_MONOTONIC);
}

std::string Processes::library_version(pid_t thread) {
  return rm::library_version_in(read_all(proc_.get(), ProcPath(thread, "maps").get(), kLongestMap));
}

std::optional<rm::Host::DescriptorIdentity> Processes::descriptor(pid_t thread, int number) {
  struct stat status{};
  if (number < 0) return std::nullopt;
  if (::fstatat(proc_.get(), ProcPath(thread, number).get(), &status, 0) == 0) {
    return DescriptorIdentity{status.st_dev, status.st_ino};
  }
  if (errno != EACCES) return std::nullopt;
  // The owner of a user namespace may do everything to its processes but look into folders that are closed to others.
  const auto owner = caller(thread);
  if (!owner) return std::nullopt;
  const FileDescriptor process(static_cast<int>(::syscall(SYS_pidfd_open, owner->process, 0)));
  if (!process.valid()) return std::nullopt;
  const FileDescriptor copy(static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), number, 0)));
  if (!copy.valid() || ::fstat(copy.get(), &status) != 0) return std::nullopt;
  return DescriptorIdentity{status.st_dev, status.st_ino};
}

int Processes::memory_of(const rm::Caller& process) {
  const std::pair key{process.process, process.start_time};
  if (const auto known = memories_.find(key); known != memories_.end()) return known->second.get();
  FileDescriptor memory(::openat(proc_.get(), ProcPath(process.process, "mem").get(), O_RDWR | O_CLOEXEC));
  // Looked at afterwards: what is open is of this program, or of an earlier one of the same process.
  const auto identity = host::identify_process(process.process);
  const std::string status = read_all(proc_.get(), ProcPath(process.process, "status").get(), kPage * 4);
  struct stat folder{};
  if (!memory.valid() || !identity || identity->start_time != process.start_time ||
      last_number(status, "Uid") != process.user ||
      ::fstatat(proc_.get(), ProcPath(process.process, "").get(), &folder, 0) != 0 ||
      static_cast<std::int64_t>(folder.st_uid) != process.user) {
    return -1;
  }
  if (memories_.size() >= kMostMemories) memories_.clear();
  return memories_.emplace(key, std::move(memory)).first->second.get();
}

bool Processes::read(const rm::Caller& process, std::uint64_t address, std::span<std::byte> bytes) {
  const int memory = memory_of(process);
  return memory >= 0 &&
         ::pread(memory, bytes.data(), bytes.size(), static_cast<off_t>(address)) == static_cast<ssize_t>(bytes.size());
}

bool Processes::write(const rm::Caller& process, std::uint64_t address, std::span<const std::byte> bytes) {
  const int memory = memory_of(process);
  return memory >= 0 && ::pwrite(memory, bytes.data(), bytes.size(), static_cast<off_t>(address)) ==
                            static_cast<ssize_t>(bytes.size());
}

void Processes::log(const std::string& line) {
  log_(container_, line);
}

std::optional<rm::Caller> Processes::caller(pid_t thread) {
  const std::string status = read_all(proc_.get(), ProcPath(thread, "status").get(), kPage * 4);
  const auto process = last_number(status, "Tgid");
  const auto inner = last_number(status, "NStgid");
  if (!process) return std::nullopt;
  const auto number = static_cast<pid_t>(*process);
  const auto identity = host::identify_process(number);
  const auto user = last_number(status, "Uid");
  if (!identity || !user) return std::nullopt;
  return rm::Caller{number, static_cast<pid_t>(inner.value_or(*process)), identity->start_time, *user};
}

std::string Processes::link_of(pid_t thread, const std::string& name) const {
  std::array<char, PATH_MAX> target;
  const ssize_t length = ::readlinkat(proc_.get(), ProcPath(thread, name.c_str()).get(), target.data(), target.size());
  return length > 0 ? std::string(target.data(), static_cast<std::size_t>(length)) : std::string();
}

std::optional<dev_t> Processes::device_at(pid_t thread, int folder, const std::string& path) {
  if (path.empty()) return std::nullopt;
  std::string absolute = path;
  if (path[0] != '/') {
    std::string base = link_of(thread, folder == AT_FDCWD ? "cwd" : "fd/" + std::to_string(folder));
    // Both are seen from the top of the mounts; what is opened is below the thread's own root.
    const std::string root = link_of(thread, "root");
    if (root.size() > 1 && base.starts_with(root)) base = base.substr(root.size());
    if (!base.empty() && base[0] != '/') return std::nullopt;
    absolute = base + "/" + path;
  }
  const FileDescriptor root(::openat(proc_.get(), ProcPath(thread, "root").get(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.valid()) return std::nullopt;
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  const FileDescriptor file(static_cast<int>(::syscall(SYS_openat2, root.get(), absolute.c_str(), &how, sizeof how)));
  struct stat status{};
  if (!file.valid() || ::fstat(file.get(), &status) != 0 || !S_ISCHR(status.st_mode)) return std::nullopt;
  return status.st_rdev;
}

}  // namespace vgpu::seccomp
