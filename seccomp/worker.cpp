#include "seccomp/worker.h"

#include <dirent.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstring>
#include <map>
#include <memory>
#include <set>

#include "host/state_root.h"
#include "seccomp/container.h"
#include "seccomp/handover.h"
#include "seccomp/listener_thread.h"
#include "seccomp/log.h"
#include "seccomp/queries.h"
#include "seccomp/state.h"
#include "seccomp/watcher.h"

namespace vgpu::seccomp {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using Kind = About::Kind;

constexpr milliseconds kTick{200};      // while there is something to look at now and then
constexpr milliseconds kShortTick{10};  // while something is put off
constexpr int kFolderTick = 1000;       // milliseconds, before the first listener
// That a runtime has. crun connects before it makes the container: on a busy machine seconds pass until it sends.
constexpr milliseconds kHandoverTime{60'000};
constexpr std::size_t kMostConnections = 256;

class Worker {
 public:
  Worker(Table& table, const WorkerOptions& options) : table_(table), options_(options) {}
  int run();

 private:
  struct Connection {
    HandoverConnection handover;
    Clock::time_point deadline;
  };
  struct Served {
    std::string folder;  // empty: all containers without a device
    std::unique_ptr<Container> container;
    std::size_t listeners = 0;
  };
  struct Heard {
    std::uint32_t container = 0;
    std::unique_ptr<ListenerThread> thread;
    bool gone = false;
  };

  bool prepare();
  void take_over();
  void close_what_nobody_owns();
  [[nodiscard]] bool is_connection(int descriptor) const;

  Expected<void> load_container(std::uint32_t index);
  Expected<void> load_listener(std::uint32_t index);
  Expected<std::uint32_t> open_container(const std::string& folder, int process);
  Expected<void> add_listener(Handover handover, int connection);
  void remove_listener(std::uint32_t index);
  void remove_container(std::uint32_t index);

  void accept_connections();
  void add_connection(FileDescriptor connection);
  void read_connection(int number);
  void handle(const About& about);
  void look_around();
  void answer_queries();
  [[nodiscard]] bool is_done() const;
  [[nodiscard]] int patience_left() const;

  Table& table_;
  const WorkerOptions& options_;
  Watcher watcher_;
  FileDescriptor signals_;
  Queries queries_{watcher_};
  std::map<int, Connection> connections_;
  std::map<std::uint32_t, Served> containers_;
  std::map<std::uint32_t, Heard> listeners_;
  const Clock::time_point started_ = Clock::now();
  bool terminated_ = false;
  bool settled_ = true;  // nothing is put off that a container was too busy for
};

bool Worker::prepare() {
  ListenerThread::prepare_process();
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGTERM);
  sigaddset(&wanted, SIGINT);
  ::sigprocmask(SIG_SETMASK, &wanted, nullptr);
  signals_ = FileDescriptor(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!watcher_.valid() || !signals_.valid()) return false;
  watcher_.add(signals_.get(), EPOLLIN, {Kind::Signal, 0, 0});
  watcher_.add(options_.socket, EPOLLIN, {Kind::Socket, 0, 0});
  return true;
}

Expected<void> Worker::load_container(std::uint32_t index) {
  const ContainerEntry& entry = table_.containers[index];
  const std::string folder = entry.state_folder.data();
  auto devices = folder.empty() ? Expected<std::vector<model::Device>>{} : read_devices(folder);
  if (!devices) return std::unexpected(devices.error());
  auto journal = SharedJournal::open(entry.journal);
  if (!journal) return std::unexpected(journal.error());
  // An answer that a listener's slot keeps was given, or will be: what is behind it has happened.
  for (const ListenerEntry& listener : table_.listeners) {
    if (listener.used.load(std::memory_order_acquire) == 0 || listener.container != index) continue;
    const auto slot = AnswerSlot::open(listener.slot);
    if (slot && slot->kept()) journal->commit(slot->position());
  }
  Served& served = containers_[index];
  served.folder = folder;
  served.container = std::make_unique<Container>(
      folder.substr(folder.rfind('/') + 1), *std::move(devices), *std::move(journal), log_of_container,
      Container::Watch{[this, index](int descriptor, rm::FileId file) {
                         watcher_.add(descriptor, EPOLLONESHOT, {Kind::File, index, file});
                       },
                       [this, index](pid_t process) { watcher_.add_process(index, process); }});
  return {};
}

Expected<void> Worker::load_listener(std::uint32_t index) {
  const ListenerEntry& entry = table_.listeners[index];
  const auto served = containers_.find(entry.container);
  if (served == containers_.end()) return failure("listener: its container is gone");
  auto slot = AnswerSlot::open(entry.slot);
  if (!slot) return std::unexpected(slot.error());
  Heard& heard = listeners_[index];
  heard.container = entry.container;
  heard.thread = std::make_unique<ListenerThread>(entry.descriptor, *std::move(slot), *served->second.container);
  ++served->second.listeners;
  watcher_.add(entry.descriptor, 0, {Kind::Listener, entry.container, index});
  return {};
}

void Worker::take_over() {
  for (std::uint32_t index = 0; index < kMostContainers; ++index) {
    if (table_.containers[index].used.load(std::memory_order_acquire) == 0) continue;
    if (const auto loaded = load_container(index); !loaded) log_of_container("", loaded.error().message);
  }
  for (std::uint32_t index = 0; index < kMostListeners; ++index) {
    if (table_.listeners[index].used.load(std::memory_order_acquire) == 0) continue;
    if (const auto loaded = load_listener(index); !loaded) log_of_container("", loaded.error().message);
  }
  for (auto& [index, served] : containers_) served.container->watch_all();
  close_what_nobody_owns();
  for (auto& [index, heard] : listeners_) heard.thread->start();
  for (auto& [index, served] : containers_) served.container->resume_channels();
  // One whose last listener was gone when the worker ended.
  std::vector<std::uint32_t> unheard;
  for (const auto& [index, served] : containers_) {
    if (served.listeners == 0) unheard.push_back(index);
  }
  for (const std::uint32_t index : unheard) remove_container(index);
}

void Worker::close_what_nobody_owns() {
  std::set<int> owned = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO, options_.socket};
  for (const auto& [index, served] : containers_) {
    owned.insert(table_.containers[index].journal);
    owned.merge(served.container->descriptors());
  }
  for (const auto& [index, heard] : listeners_) {
    owned.insert(table_.listeners[index].descriptor);
    owned.insert(table_.listeners[index].slot);
    if (const auto slot = AnswerSlot::open(table_.listeners[index].slot)) {
      for (const int number : slot->descriptors()) owned.insert(number);
    }
  }
  const auto own = watcher_.descriptors();
  owned.insert(own.begin(), own.end());
  owned.insert(signals_.get());
  std::vector<int> closed;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/fd"), ::closedir);
  if (!folder) return;
  while (const dirent* entry = ::readdir(folder.get())) {
    int number = -1;
    const char* end = entry->d_name + std::strlen(entry->d_name);
    if (std::from_chars(entry->d_name, end, number).ptr != end || number == ::dirfd(folder.get())) continue;
    if (!owned.contains(number)) closed.push_back(number);
  }
  for (const int number : closed) {
    FileDescriptor descriptor(number);
    // A runtime that was not heard to the end.
    if (is_connection(number)) add_connection(std::move(descriptor));
  }
}

bool Worker::is_connection(int descriptor) const {
  int listens = 0;
  socklen_t size = sizeof listens;
  sockaddr_un own{}, other{};
  socklen_t own_size = sizeof own, other_size = sizeof other;
  return ::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens == 0 &&
         ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&other), &other_size) == 0 &&
         ::getsockname(options_.socket, reinterpret_cast<sockaddr*>(&own), &own_size) == 0 && own_size == other_size &&
         std::memcmp(&own, &other, own_size) == 0 &&
         std::ranges::none_of(table_.listeners, [&](const ListenerEntry& listener) {
           return listener.used.load(std::memory_order_acquire) != 0 && listener.connection == descriptor;
         });
}

Expected<std::uint32_t> Worker::open_container(const std::string& folder, int process) {
  for (const auto& [index, served] : containers_) {
    if (served.folder == folder) return index;
  }
  const auto free = std::ranges::find_if(table_.containers, [](const auto& entry) { return entry.used == 0; });
  if (free == table_.containers.end()) return failure("container folder \"" + folder + "\": too many containers");
  if (folder.size() >= free->state_folder.size()) return failure("container folder \"" + folder + "\": too long");
  auto journal = make_shared_memory("vgpu-journal", SharedJournal::file_size());
  if (!journal) return std::unexpected(journal.error());
  const auto index = static_cast<std::uint32_t>(free - table_.containers.begin());
  free->journal = journal->get();
  free->state_folder = {};
  std::ranges::copy(folder, free->state_folder.begin());
  if (const auto loaded = load_container(index); !loaded) return std::unexpected(loaded.error());
  static_cast<void>(journal->release());
  free->used.store(1, std::memory_order_release);
  if (!folder.empty()) record_process(folder, process);
  return index;
}

Expected<void> Worker::add_listener(Handover handover, int connection) {
  std::string folder = options_.state_folder;
  if (folder.empty()) {
    auto named = folder_of(handover.metadata, host::state_root(), handover.id);
    if (!named) return std::unexpected(named.error());
    folder = *std::move(named);
  }
  const auto container = open_container(folder, handover.process);
  if (!container) return std::unexpected(container.error());
  const auto free = std::ranges::find_if(table_.listeners, [](const auto& entry) { return entry.used == 0; });
  if (free == table_.listeners.end()) return failure("container \"" + handover.id + "\": too many listeners");
  auto slot = make_shared_memory("vgpu-slot", AnswerSlot::file_size());
  if (!slot) return std::unexpected(slot.error());
  const auto index = static_cast<std::uint32_t>(free - table_.listeners.begin());
  free->descriptor = handover.listener.get();
  free->slot = slot->get();
  free->connection = connection;
  free->container = *container;
  if (const auto loaded = load_listener(index); !loaded) return loaded;
  static_cast<void>(handover.listener.release());
  static_cast<void>(slot->release());
  free->used.store(1, std::memory_order_release);
  table_.had_listener.store(1, std::memory_order_release);
  listeners_.at(index).thread->start();
  return {};
}

void Worker::remove_listener(std::uint32_t index) {
  const std::uint32_t container = listeners_.at(index).container;
  listeners_.erase(index);
  ListenerEntry& entry = table_.listeners[index];
  entry.used.store(0, std::memory_order_release);
  ::close(entry.descriptor);
  ::close(entry.slot);
  if (--containers_.at(container).listeners == 0) remove_container(container);
}

void Worker::remove_container(std::uint32_t index) {
  const std::string folder = containers_.at(index).folder;
  containers_.erase(index);
  watcher_.remove_processes(index);
  ContainerEntry& entry = table_.containers[index];
  entry.used.store(0, std::memory_order_release);
  ::close(entry.journal);
  if (!folder.empty()) remove_folder(folder, host::state_root());
}

void Worker::accept_connections() {
  for (;;) {
    FileDescriptor accepted(::accept4(options_.socket, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!accepted.valid()) return;
    add_connection(std::move(accepted));
  }
}

void Worker::add_connection(FileDescriptor connection) {
  ucred peer{};
  socklen_t size = sizeof peer;
  const bool known = ::getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
  if (!known || (peer.uid != 0 && peer.uid != ::geteuid())) return;
  // Those that connect and say nothing make room first.
  if (connections_.size() >= kMostConnections) {
    connections_.erase(std::ranges::min_element(connections_, {}, [](const auto& one) { return one.second.deadline; }));
  }
  const int number = connection.get();
  watcher_.add(number, EPOLLIN | EPOLLRDHUP, {Kind::Connection, 0, static_cast<std::uint32_t>(number)});
  connections_.emplace(number, Connection{HandoverConnection(std::move(connection)), Clock::now() + kHandoverTime});
}

void Worker::read_connection(int number) {
  const auto connection = connections_.find(number);
  if (connection == connections_.end()) return;
  const auto progress = connection->second.handover.read();
  if (progress == HandoverConnection::Progress::More) return;
  if (progress == HandoverConnection::Progress::Use) {
    watcher_.remove(number);
    queries_.add(connection->second.handover.take());
  }
  if (progress == HandoverConnection::Progress::Complete) {
    auto handover = connection->second.handover.finish();
    const auto added = handover ? add_listener(*std::move(handover), number) : std::unexpected(handover.error());
    if (!added) log_of_container("", added.error().message);
  }
  for (ListenerEntry& listener : table_.listeners) {
    if (listener.connection == number) listener.connection = -1;
  }
  connections_.erase(connection);
}

void Worker::handle(const About& about) {
  switch (about.kind) {
    case Kind::Signal:
      terminated_ = true;
      break;
    case Kind::Socket:
      accept_connections();
      break;
    case Kind::Connection:
      read_connection(static_cast<int>(about.number));
      break;
    case Kind::Query:
      queries_.write(static_cast<int>(about.number));
      break;
    case Kind::Listener:
      // Nobody is behind it any more.
      if (const auto heard = listeners_.find(about.number); heard != listeners_.end()) {
        heard->second.gone = true;
        watcher_.remove(table_.listeners[about.number].descriptor);
      }
      break;
    case Kind::File:
      if (const auto served = containers_.find(about.container); served != containers_.end()) {
        served->second.container->close_later(about.number);
      }
      break;
    case Kind::Process:
      if (const auto served = containers_.find(about.container); served != containers_.end()) {
        watcher_.remove_process(about.container, static_cast<pid_t>(about.number));
        served->second.container->process_ended_later(static_cast<pid_t>(about.number));
      }
      break;
  }
}

void Worker::look_around() {
  std::vector<std::uint32_t> ended;
  for (auto& [index, heard] : listeners_) {
    if (heard.gone) heard.thread->stop();
    if (heard.thread->has_ended()) ended.push_back(index);
  }
  for (const std::uint32_t index : ended) remove_listener(index);
  settled_ = true;
  for (const auto& [index, served] : containers_) settled_ = served.container->settle() && settled_;
  std::erase_if(connections_, [](const auto& entry) { return entry.second.deadline < Clock::now(); });
  answer_queries();
}

void Worker::answer_queries() {
  if (queries_.empty()) return;
  std::map<std::string, Container*> by_id;
  std::vector<std::string> ids;
  for (const auto& [index, served] : containers_) {
    if (served.folder.empty()) continue;
    ids.push_back(served.folder.substr(served.folder.rfind('/') + 1));
    by_id[ids.back()] = served.container.get();
  }
  queries_.go_on(ids, [&](const std::string& id) { return by_id.at(id)->use(); });
}

int Worker::patience_left() const {
  const auto left = std::chrono::duration_cast<milliseconds>(started_ + options_.patience - Clock::now()).count();
  return static_cast<int>(std::max<long>(left, 0));
}

bool Worker::is_done() const {
  if (terminated_) return true;
  if (options_.state_folder.empty() || !containers_.empty() || !connections_.empty()) return false;
  if (table_.had_listener.load(std::memory_order_acquire) != 0 || patience_left() == 0) return true;
  // A runtime whose container failed to start has been told to delete it.
  return ::access(options_.state_folder.c_str(), F_OK) != 0;
}

int Worker::run() {
  if (!prepare()) return 1;
  take_over();
  while (!is_done()) {
    const bool watchful = !containers_.empty() || !connections_.empty() || !queries_.empty();
    const milliseconds tick = settled_ && !queries_.looking() ? kTick : kShortTick;
    const int idle = options_.state_folder.empty() ? -1 : std::min(patience_left(), kFolderTick);
    const int wait = watchful ? static_cast<int>(tick.count()) : idle;
    // An event of a listener that is gone is followed up at once, not at the next tick.
    if (About about; watcher_.next(about, wait)) handle(about);
    look_around();
  }
  // Threads may be waiting for what containers' processes do; nobody waits for them.
  if (terminated_) ::_exit(0);
  return 0;
}

}  // namespace

int run_worker(Table& table, const WorkerOptions& options) {
  return Worker(table, options).run();
}

}  // namespace vgpu::seccomp
