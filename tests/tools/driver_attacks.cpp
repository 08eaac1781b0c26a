// driver_attacks ATTACK: a static program that tries to get at what is not its own, or to bring the supervisor down.
// Exit status 0: nothing came of it, and the driver still answers.
//
//   race           threads change a request's size, pointers and handles while it is carried out
//   pointers       every request with pointers to nothing, to the kernel, and across the end of a mapping
//   counts         every control with parameters of all ones, and with huge counts
//   forge          another process's handles
//   pass           descriptors inherited by a child and sent to another process
//   truncate       the file behind mapped memory is made shorter
//   descriptors    as many descriptors as the process and the supervisor can have
//   objects        70000 objects, made and freed again and again
//   chain          70000 objects, each below the one before
//   stall          parameters that are never there: waits for a signal
//   other          an open of something else
//   namespaces     a process in user and PID namespaces of its own
//   paths FOLDER   the nodes by other paths; see path_attacks.h
//   flood SECONDS  requests from 64 threads, without a pause
//   latency        the longest that 300 requests take, in microseconds
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <ctime>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "seccomp/rm/abi/control_gpu.h"
#include "seccomp/rm/abi/status.h"
#include "seccomp/rm/abi/vgpu.h"
#include "tests/tools/driver_requests.h"
#include "tests/tools/path_attacks.h"

namespace {

using namespace vgpu::rm;
using namespace vgpu::testing;

constexpr std::size_t kPage = 4096;
constexpr std::uint32_t kName = 0x20800110;
constexpr std::uint64_t kKernel = 0xffff888000000000, kNotCanonical = 0x8000000000000000;

struct Known {
  std::uint32_t command;
  std::uint32_t sizes[2];
};
constexpr Known kControls[] = {
#define CONTROL(command, name, size535, size550, handler) {command, {size535, size550}},
#include "seccomp/rm/controls.def"
#undef CONTROL
};

double now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// A request as it is, whatever comes of it: 0, or the errno.
int raw(int descriptor, unsigned long request, std::uint64_t argument) {
  return ::syscall(SYS_ioctl, descriptor, request, argument) == 0 ? 0 : errno;
}
constexpr unsigned long request_of(unsigned number, unsigned size) {
  return _IOC(_IOC_READ | _IOC_WRITE, abi::kEscapeType, number, size);
}

void expect_answers(const Opened& opened) {
  abi::NameString name{};
  expect(control(opened.control, opened.client, opened.subdevice, kName, name) == 0 && name.ascii[0] != '\0', "name");
}

// Memory that ends where nothing is mapped.
std::byte* guarded(std::size_t size) {
  const std::size_t whole = (size + kPage - 1) / kPage * kPage;
  auto* memory = static_cast<std::byte*>(
      ::mmap(nullptr, whole + kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  ::mprotect(memory + whole, kPage, PROT_NONE);
  return memory + whole;  // its end
}

// In a child; what it returns is its exit status.
template <class Function>
pid_t start(Function function) {
  const pid_t child = ::fork();
  if (child == 0) {
    const int status = function();
    std::fflush(stdout);
    std::_Exit(status);
  }
  expect(child > 0, "fork");
  return child;
}
void expect_success(pid_t child, const char* what) {
  int status = 0;
  ::waitpid(child, &status, 0);
  expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, what, status);
}

int race() {
  const Opened opened = open_client(0);
  constexpr std::size_t kArena = 1 << 20;
  constexpr std::byte kUntouched{0xa5};
  std::byte* const arena = guarded(kArena) - kArena;
  std::memset(arena, 0xa5, kArena);
  std::byte* const places[] = {arena + kPage, arena + kArena - sizeof(abi::NameString)};
  for (std::byte* place : places) std::memset(place, 0, sizeof(abi::NameString));
  volatile abi::Control shared{};
  std::atomic<bool> ended = false;
  const auto change = [&](unsigned seed) {
    while (!ended) {
      seed = seed * 1664525 + 1013904223;
      const std::uint64_t pointers[] = {reinterpret_cast<std::uint64_t>(places[0]),
                                        reinterpret_cast<std::uint64_t>(places[1]), kKernel, 1,
                                        reinterpret_cast<std::uint64_t>(arena + kArena)};
      const std::uint32_t sizes[] = {sizeof(abi::NameString), 0, 0xffffffff, 4, sizeof(abi::NameString)};
      const Handle handles[] = {opened.client, opened.client, 0, 0xffffffff, opened.subdevice};
      shared.parameters = pointers[seed >> 8 & 3];
      shared.parameters_size = sizes[seed >> 16 & 3];
      shared.client = handles[seed >> 24 & 3];
      shared.object = (seed >> 28) == 0 ? 0 : opened.subdevice;
    }
  };
  std::vector<std::thread> threads;
  for (unsigned seed = 1; seed <= 3; ++seed) threads.emplace_back(change, seed);
  long answered = 0;
  for (const double end = now() + 2; now() < end;) {
    shared.command = kName;
    raw(opened.control, request_of(0x2a, sizeof shared), reinterpret_cast<std::uint64_t>(&shared));
    answered += shared.status == 0;
  }
  ended = true;
  for (std::thread& thread : threads) thread.join();
  for (std::byte* place : places) std::memset(place, 0xa5, sizeof(abi::NameString));
  expect(std::all_of(arena, arena + kArena, [](std::byte byte) { return byte == kUntouched; }), "memory elsewhere");
  expect(answered > 0, "no request came through");
  expect_answers(opened);
  return 0;
}

// Of the parameters, so many bytes are there.
void bad_controls(const Opened& opened, std::uint64_t pointer, std::uint32_t there) {
  for (const Known& known : kControls) {
    for (const std::uint32_t size : known.sizes) {
      const Handle objects[] = {opened.client, opened.device, opened.subdevice};
      for (const Handle object : objects) {
        abi::Control call{opened.client, object, known.command, 0, pointer, size, 0};
        const int error = raw(opened.control, request_of(0x2a, sizeof call), reinterpret_cast<std::uint64_t>(&call));
        expect(size <= there || error != 0 || call.status != 0, "a control with a wrong pointer", known.command);
      }
    }
  }
}

int pointers() {
  const Opened opened = open_client(0);
  const int device = open_node("/dev/nvidia0"), uvm = open_node("/dev/nvidia-uvm");
  const auto edge = reinterpret_cast<std::uint64_t>(guarded(kPage));
  void* const constant = ::mmap(nullptr, kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (const std::uint64_t pointer : {std::uint64_t{0}, std::uint64_t{1}, edge, kKernel, kNotCanonical,
                                      ~std::uint64_t{0}, std::uint64_t{0x7ffffffff000}}) {
    for (const int descriptor : {opened.control, device}) {
      for (unsigned number = 0; number < 256; ++number) {
        for (const unsigned size : {1u, 4u, 8u, 16u, 28u, 32u, 40u, 48u, 56u, 72u, 184u, 560u, 2304u, 4095u, 16383u}) {
          expect(raw(descriptor, request_of(number, size), pointer) != 0, "a request with a wrong pointer", number);
        }
      }
    }
    for (unsigned long number = 0; number < 128; ++number) {
      if (number != 69) raw(uvm, number, pointer);
    }
    raw(uvm, 0x30000001, pointer);
    bad_controls(opened, pointer, 0);
  }
  bad_controls(opened, edge - 1, 1);
  // What can be read and not written is no place for an answer.
  abi::Control call{
      opened.client, opened.subdevice, kName, 0, reinterpret_cast<std::uint64_t>(constant), sizeof(abi::NameString), 0};
  const int error = raw(opened.control, request_of(0x2a, sizeof call), reinterpret_cast<std::uint64_t>(&call));
  expect(error != 0 || call.status != 0, "an answer where nothing can be written", error);
  expect_answers(opened);
  return 0;
}

int counts() {
  const Opened opened = open_client(0);
  constexpr std::size_t kLargest = 1 << 16;
  std::byte* const end = guarded(kLargest);
  const auto list = reinterpret_cast<std::uint64_t>(guarded(kPage)) - 64;
  for (const Known& known : kControls) {
    if (known.command == abi::kActivityCharge) continue;
    for (const std::uint32_t size : known.sizes) {
      for (const Handle object : {opened.client, opened.device, opened.subdevice}) {
        for (const std::uint32_t count : {0xffffffffu, 0x7fffffffu, 0x80000000u, 1025u, 0x20000001u, 1u}) {
          std::byte* const parameters = end - size;
          std::memset(parameters, 0xff, size);
          if (size >= 4) std::memcpy(parameters, &count, 4);
          if (size >= 16) std::memcpy(parameters + 8, &list, 8);
          abi::Control call{opened.client, object, known.command, 0, reinterpret_cast<std::uint64_t>(parameters),
                            size,          0};
          raw(opened.control, request_of(0x2a, sizeof call), reinterpret_cast<std::uint64_t>(&call));
        }
      }
    }
  }
  for (const std::uint64_t size : {std::uint64_t{1} << 40, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    for (const std::uint32_t attributes : {0u, 0x02000000u, 0xffffffffu}) {
      abi::HeapControl heap{};
      heap.root = opened.client;
      heap.parent = opened.device;
      heap.function = abi::kHeapAllocateSize;
      heap.allocate.size = size;
      heap.allocate.attributes = attributes;
      raw(opened.control, request_of(0x4a, sizeof heap), reinterpret_cast<std::uint64_t>(&heap));
      expect(heap.status != 0 || attributes != 0, "memory without end");
    }
  }
  expect_answers(opened);
  return 0;
}

int forge() {
  int own[2], back[2];
  expect(::pipe(own) == 0 && ::pipe(back) == 0, "pipe");
  const pid_t owner = start([&] {
    const Opened opened = open_client(0);
    char byte = 0;
    expect(::write(own[1], &opened, sizeof opened) == sizeof opened && ::read(back[0], &byte, 1) == 1, "pipe");
    expect_answers(opened);
    return 0;
  });
  Opened victim;
  expect(::read(own[0], &victim, sizeof victim) == sizeof victim, "pipe");
  const Opened mine = open_client(0);
  expect(mine.client != victim.client, "two clients have one handle");
  abi::NameString name{};
  std::uint32_t none = 0;
  Handle object = 0;
  for (std::uint32_t client = victim.client - 64; client != victim.client + 64; ++client) {
    if (client == mine.client) continue;
    expect(control(mine.control, client, victim.subdevice, kName, name) != 0, "a control of another's", client);
    expect(make(mine.control, client, victim.device, object, 0x2080, &none) != 0, "an object below another's", client);
    expect(free_object(mine.control, client, victim.subdevice) != 0, "another's object freed", client);
    expect(free_object(mine.control, client, client) != 0, "another's client freed", client);
    abi::HeapControl heap{};
    heap.root = client;
    heap.parent = victim.device;
    heap.function = abi::kHeapAllocateSize;
    heap.allocate.size = kPage;
    ask(mine.control, 0x4a, heap);
    expect(heap.status != 0, "memory in another's name", client);
    abi::MapMemory map{};
    map.client = client;
    map.device = victim.device;
    map.memory = victim.subdevice;
    map.descriptor = mine.control;
    ask(mine.control, 0x4e, map);
    expect(map.status != 0, "another's memory mapped", client);
  }
  expect(::write(back[1], "", 1) == 1, "pipe");
  expect_success(owner, "the owner still has what it had");
  expect_answers(mine);
  return 0;
}

void send_descriptor(int socket, int descriptor) {
  char byte = 0;
  iovec piece{&byte, 1};
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof descriptor)] = {};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = room;
  message.msg_controllen = sizeof room;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof descriptor);
  std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  expect(::sendmsg(socket, &message, 0) == 1, "send a descriptor");
}

int receive_descriptor(int socket) {
  char byte = 0;
  iovec piece{&byte, 1};
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = room;
  message.msg_controllen = sizeof room;
  expect(::recvmsg(socket, &message, 0) == 1, "receive a descriptor");
  int descriptor = -1;
  std::memcpy(&descriptor, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof descriptor);
  return descriptor;
}

int pass() {
  int sockets[2];
  expect(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0, "socketpair");
  // Was there before, so it has nothing but what it is sent.
  const pid_t stranger = start([&] {
    Opened sent;
    sent.control = receive_descriptor(sockets[1]);
    const int copy = sent.control;
    expect(::read(sockets[1], &sent, sizeof sent) == sizeof sent, "read");
    sent.control = copy;
    expect_answers(sent);
    return 0;
  });
  const Opened opened = open_client(0);
  expect_success(start([&] {
                   expect_answers(opened);
                   ::close(opened.control);
                   return 0;
                 }),
                 "a child has its parent's descriptor");
  expect_answers(opened);
  send_descriptor(sockets[0], opened.control);
  expect(::write(sockets[0], &opened, sizeof opened) == sizeof opened, "write");
  expect_success(stranger, "whoever is sent the descriptor");
  expect_answers(opened);
  return 0;
}

int truncate() {
  const Opened opened = open_client(0);
  Handle activity = 0;
  std::uint32_t none = 0;
  expect(make(opened.control, opened.client, opened.subdevice, activity, abi::kActivityClass, &none) == 0,
         "make activity");
  const int window = open_node("/dev/nvidia0");
  abi::MapMemory map{};
  map.client = opened.client;
  map.device = opened.subdevice;
  map.memory = activity;
  map.length = kPage;
  map.descriptor = window;
  ask(opened.control, 0x4e, map);
  expect(map.status == 0, "map", map.status);
  auto* page =
      static_cast<volatile std::uint64_t*>(::mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, window, 0));
  expect(page != MAP_FAILED, "mmap");
  expect(::ftruncate(window, 0) != 0 && errno == EPERM, "made shorter");
  expect(::ftruncate(window, 1 << 30) != 0 && errno == EPERM, "made longer");
  for (int count = 0; count < 40; ++count) {
    page[0] = ~std::uint64_t{0} - static_cast<unsigned>(count);
    page[1] = static_cast<unsigned>(count);
    ::fallocate(window, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, kPage);
    ::usleep(20'000);
    expect_answers(opened);
  }
  return 0;
}

int descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const Opened opened = open_client(0);
  const rlimit few{32, limit.rlim_max};
  expect(::setrlimit(RLIMIT_NOFILE, &few) == 0, "setrlimit");
  std::vector<int> files;
  const auto open_all = [&] {
    for (int count = 0; count < 20000; ++count) {
      const auto file = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, "/dev/nvidiactl", O_RDWR));
      if (file < 0) return errno;
      files.push_back(file);
    }
    return 0;
  };
  const auto close_all = [&] {
    for (const int file : files) ::close(file);
    files.clear();
  };
  expect(open_all() == EMFILE, "more descriptors than the process may have", errno);
  expect_answers(opened);
  close_all();
  ::close(open_node("/dev/nvidiactl"));
  const rlimit most{limit.rlim_max, limit.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &most);
  const int error = open_all();
  std::printf("opened %zu, then errno %d\n", files.size(), error);
  expect(files.size() > 100, "files");
  expect_answers(opened);
  close_all();
  ::usleep(500'000);
  ::close(open_node("/dev/nvidiactl"));
  expect_answers(opened);
  return 0;
}

int objects() {
  const Opened opened = open_client(0);
  std::uint32_t none = 0, status = 0;
  std::vector<Handle> made;
  for (int count = 0; count < 70000 && status == 0; ++count) {
    Handle object = 0;
    status = make(opened.control, opened.client, opened.device, object, 0x2080, &none);
    if (status == 0) made.push_back(object);
  }
  std::printf("made %zu, then status %#x\n", made.size(), status);
  expect(made.size() > 1000 && status != 0, "objects without end", static_cast<long>(made.size()));
  expect_answers(opened);
  expect(free_object(opened.control, opened.client, made.back()) == 0, "free");
  Handle object = 0;
  expect(make(opened.control, opened.client, opened.device, object, 0x2080, &none) == 0, "make in a free place");
  // Each change is remembered for a worker that may have to take over: also when there is much to remember already.
  for (int count = 0; count < 100000; ++count) {
    expect(free_object(opened.control, opened.client, object) == 0, "free again and again", count);
    expect(make(opened.control, opened.client, opened.device, object, 0x2080, &none) == 0, "make again", count);
  }
  return 0;
}

// Each object below the one before.
int chain() {
  const Opened opened = open_client(0);
  std::uint32_t status = 0;
  Handle parent = opened.device;
  int depth = 0;
  for (; depth < 70000 && status == 0; ++depth) {
    Handle object = 0;
    status = make(opened.control, opened.client, parent, object, 0x83de, nullptr);
    if (status == 0) parent = object;
  }
  std::printf("%d deep, then status %#x\n", depth, status);
  expect(depth > 1000 && status != 0, "a chain without end", depth);
  expect_answers(opened);
  expect(free_object(opened.control, opened.client, opened.device) == 0, "free the chain");
  return 0;
}

// A request whose parameters lie in memory that nobody ever brings.
int stall() {
  const Opened opened = open_client(0);
  const int faults = static_cast<int>(::syscall(SYS_userfaultfd, O_CLOEXEC));
  if (faults < 0) return 77;
  uffdio_api api{};
  api.api = UFFD_API;
  void* const memory = ::mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  uffdio_register area{};
  area.range = {reinterpret_cast<std::uint64_t>(memory), kPage};
  area.mode = UFFDIO_REGISTER_MODE_MISSING;
  expect(::ioctl(faults, UFFDIO_API, &api) == 0 && ::ioctl(faults, UFFDIO_REGISTER, &area) == 0, "userfaultfd");
  std::thread([&] { raw(opened.control, request_of(0x2a, sizeof(abi::Control)), area.range.start); }).detach();
  pollfd asked{faults, POLLIN, 0};
  expect(::poll(&asked, 1, 5000) == 1, "the supervisor does not read");
  std::printf("stalled\n");
  std::fflush(stdout);
  ::pause();
  return 0;
}

// A call that is trapped and is none of the driver's.
int other() {
  ::close(open_node("/dev/null"));
  return 0;
}

int namespaces() {
  expect(::unshare(CLONE_NEWUSER) == 0 && ::unshare(CLONE_NEWPID) == 0, "unshare");
  expect_success(start([] {
                   expect(::getpid() == 1, "PID");
                   expect_answers(open_client(0));
                   expect_success(start([] {
                                    expect_answers(open_client(0));
                                    return 0;
                                  }),
                                  "its child");
                   return 0;
                 }),
                 "in namespaces of its own");
  return 0;
}

int flood(double seconds) {
  const Opened opened = open_client(0);
  std::atomic<long> calls = 0;
  std::vector<std::thread> threads;
  for (int count = 0; count < 64; ++count) {
    threads.emplace_back([&] {
      for (const double end = now() + seconds; now() < end; ++calls) expect_answers(opened);
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::printf("calls: %ld\n", calls.load());
  return 0;
}

int latency() {
  const Opened opened = open_client(0);
  double longest = 0;
  for (int count = 0; count < 300; ++count) {
    const double begin = now();
    expect_answers(opened);
    longest = std::max(longest, now() - begin);
    ::usleep(2'000);
  }
  std::printf("%.0f\n", longest * 1e6);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string attack = argc > 1 ? argv[1] : "";
  if (attack == "flood") return flood(argc > 2 ? std::atof(argv[2]) : 3);
  if (attack == "paths" && argc > 2) return attack_paths(argv[2]);
  static constexpr struct {
    const char* name;
    int (*run)();
  } kAttacks[] = {{"race", race},
                  {"pointers", pointers},
                  {"counts", counts},
                  {"forge", forge},
                  {"pass", pass},
                  {"truncate", truncate},
                  {"objects", objects},
                  {"chain", chain},
                  {"stall", stall},
                  {"other", other},
                  {"descriptors", descriptors},
                  {"latency", latency},
                  {"namespaces", namespaces}};
  for (const auto& known : kAttacks) {
    if (attack == known.name) return known.run();
  }
  std::fprintf(stderr, "usage: driver_attacks ATTACK\n");
  return 2;
}
