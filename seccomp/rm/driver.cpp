#include "seccomp/rm/driver.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <set>

#include "seccomp/rm/backing.h"
#include "seccomp/rm/channel.h"
#include "seccomp/rm/escape.h"
#include "seccomp/rm/uvm.h"

namespace vgpu::rm {
namespace {

constexpr std::size_t kMostFiles = 4096;
constexpr std::size_t kMostLines = 256;

// UVM's file is mapped with the address as offset: larger than any address of a process.
constexpr std::uint64_t kUvmFileSize = std::uint64_t{1} << 48;

bool has_pipe(NodeKind kind) {
  return kind == NodeKind::Control || kind == NodeKind::Device;
}

}  // namespace

struct Driver::Parts {
  Activity activity;
  Channels channels;
  std::set<std::string> logged;
};

Driver::Driver(std::span<const model::Device> devices, Journal& journal, Host& host)
    : devices_(devices), journal_(journal), host_(host), state_(devices.size()), parts_(std::make_unique<Parts>()) {}

Driver::~Driver() = default;

void Driver::restore(std::span<const Record> records) {
  state_.restore(records);
}

std::expected<OpenedFile, int> Driver::open(Node node, const Caller& caller) {
  if (node.kind == NodeKind::Device && node.minor >= devices_.size()) return std::unexpected(ENODEV);
  if (state_.files().size() >= kMostFiles) return std::unexpected(ENFILE);
  OpenedFile opened;
  opened.id = state_.next_file();
  FileDescriptor kept;
  if (has_pipe(node.kind)) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return std::unexpected(errno);
    opened.given = FileDescriptor(ends[0]);
    kept = FileDescriptor(ends[1]);
    opened.watched = kept.get();
  } else {
    kept = make_memory_file("nvidia-uvm", kUvmFileSize);
    if (!kept.valid()) return std::unexpected(errno);
    opened.given = FileDescriptor(::fcntl(kept.get(), F_DUPFD_CLOEXEC, 0));
    if (!opened.given.valid()) return std::unexpected(errno);
  }
  struct stat status{};
  if (::fstat(opened.given.get(), &status) != 0) return std::unexpected(errno);
  Record record;
  record.kind = RecordKind::OpenFile;
  record.file = opened.id;
  record.node = node;
  record.caller = caller;
  record.descriptor = kept.release();
  record.inode_device = status.st_dev;
  record.inode = status.st_ino;
  change(record);
  return opened;
}

void Driver::close(FileId file) {
  Record record;
  record.kind = RecordKind::CloseFile;
  record.file = file;
  change(record);
}

void Driver::process_ended(pid_t process) {
  std::vector<FileId> ended;
  for (const auto& [id, file] : state_.files()) {
    if (file.caller.process == process && !has_pipe(file.node.kind)) ended.push_back(id);
  }
  for (const FileId file : ended) close(file);
}

Answer Driver::ioctl(const Call& call, const CallerMemory& memory) {
  const File* file = state_.find_file(call.file);
  if (file == nullptr) {
    Answer answer;
    answer.error = EBADF;
    return answer;
  }
  return has_pipe(file->node.kind) ? answer_escape(*this, *file, call, memory) : answer_uvm(*this, *file, call, memory);
}

bool Driver::run_channels() {
  return parts_->channels.run(*this);
}

bool Driver::has_channels() const {
  return Channels::has_any(state_);
}

void Driver::sample() {
  parts_->activity.sample(state_, host_);
}

bool Driver::active() const {
  return Activity::has_pages(state_) || parts_->activity.has_seen_pages();
}

const Activity& Driver::activity() const {
  return parts_->activity;
}

bool Driver::has_room(unsigned device, std::uint64_t size) const {
  const std::uint64_t total = devices_[device].profile.memory, used = state_.used(device);
  return used <= total && size <= total - used;
}

void Driver::log_once(const std::string& line) {
  if (parts_->logged.size() < kMostLines && parts_->logged.insert(line).second) host_.log(line);
}

}  // namespace vgpu::rm
