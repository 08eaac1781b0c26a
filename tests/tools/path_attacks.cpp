#include "tests/tools/path_attacks.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include <atomic>
#include <string>
#include <thread>

#include "tests/tools/driver_requests.h"

namespace {

using namespace vgpu::testing;

constexpr const char* kNode = "/dev/nvidiactl";
constexpr unsigned kMajor = 195, kMinor = 255;

bool is_emulated(int descriptor) {
  abi::SystemParameters parameters{};
  return ::syscall(SYS_ioctl, descriptor, _IOC(_IOC_READ | _IOC_WRITE, abi::kEscapeType, 0xd6, sizeof parameters),
                   &parameters) == 0;
}

void look(const char* what, int folder, const char* path, bool must_be_emulated) {
  const auto file = static_cast<int>(::syscall(SYS_openat, folder, path, O_RDWR | O_CLOEXEC));
  if (file < 0) {
    expect(!must_be_emulated, what, errno);
    std::printf("refused (errno %d): %s\n", errno, what);
    return;
  }
  expect(is_emulated(file), what);
  std::printf("emulated: %s\n", what);
  ::close(file);
}

// A link that leads to the node and to a file of the container's own in turn: whichever is opened is what it is.
void race_a_link(const std::string& folder) {
  const std::string link = folder + "/turning", plain = folder + "/plain", next = folder + "/next";
  const int made = ::open(plain.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  struct stat own{};
  expect(made >= 0 && ::fstat(made, &own) == 0 && ::symlink(kNode, link.c_str()) == 0, "make link");
  std::atomic<bool> ended = false;
  std::thread turner([&] {
    for (unsigned count = 0; !ended; ++count) {
      ::unlink(next.c_str());
      if (::symlink(count % 2 == 0 ? plain.c_str() : kNode, next.c_str()) == 0) ::rename(next.c_str(), link.c_str());
    }
  });
  int emulated = 0, own_file = 0, refused = 0;
  for (int count = 0; count < 5000; ++count) {
    const auto file = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, link.c_str(), O_RDWR | O_CLOEXEC));
    if (file < 0) {
      ++refused;
      continue;
    }
    struct stat opened{};
    ::fstat(file, &opened);
    if (S_ISREG(opened.st_mode) && opened.st_ino == own.st_ino && opened.st_dev == own.st_dev) {
      ++own_file;
    } else {
      expect(is_emulated(file), "a link that turns leads elsewhere");
      ++emulated;
    }
    ::close(file);
  }
  ended = true;
  turner.join();
  std::printf("a link that turns: %d times the node, %d times the file, %d times refused\n", emulated, own_file,
              refused);
}

void look_in_another_root(const std::string& folder) {
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) {
    expect(::mkdir((folder + "/dev").c_str(), 0755) == 0 &&
               ::mknod((folder + "/dev/nvidiactl").c_str(), S_IFCHR | 0666, ::makedev(kMajor, kMinor)) == 0 &&
               ::mknod((folder + "/dev/other").c_str(), S_IFCHR | 0666, ::makedev(1, 3)) == 0 &&
               ::chroot(folder.c_str()) == 0 && ::chdir("/") == 0,
           "another root");
    look("another root", AT_FDCWD, kNode, true);
    look("another root, with the way out", AT_FDCWD, "../../../dev/nvidiactl", true);
    const auto other = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, "/dev/other", O_RDWR | O_CLOEXEC));
    expect(other >= 0 && ::write(other, "a", 1) == 1 && !is_emulated(other), "a node that is none of the driver's");
    std::fflush(stdout);
    std::_Exit(0);
  }
  int status = 0;
  expect(::waitpid(child, &status, 0) == child && status == 0, "another root", status);
}

}  // namespace

int attack_paths(const char* folder) {
  const std::string base = std::string(folder) + "/paths";
  expect(::mkdir(base.c_str(), 0755) == 0 && ::mount("paths", base.c_str(), "tmpfs", 0, "mode=755") == 0, "folder");
  const auto below = [&](const char* name) { return base + "/" + name; };
  look("as it is", AT_FDCWD, kNode, true);
  look("with dots", AT_FDCWD, "//dev/./shm/..//nvidiactl", true);
  const int devices = ::open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);
  look("from a descriptor", devices, "nvidiactl", true);
  look("from a wrong descriptor", 999, "nvidiactl", false);
  expect(::chdir("/dev") == 0, "chdir");
  look("from the working folder", AT_FDCWD, "nvidiactl", true);
  expect(::chdir("/") == 0 && ::symlink("../../../../../dev/nvidiactl", below("link").c_str()) == 0 &&
             ::symlink("link", below("link2").c_str()) == 0 && ::symlink("loop", below("loop").c_str()) == 0,
         "links");
  look("a link", AT_FDCWD, below("link").c_str(), true);
  look("a link to a link", AT_FDCWD, below("link2").c_str(), true);
  look("a link to itself", AT_FDCWD, below("loop").c_str(), false);
  look("by /proc/self/root", AT_FDCWD, "/proc/self/root/dev/nvidiactl", false);
  look("by the process's number", AT_FDCWD, ("/proc/" + std::to_string(::getpid()) + "/root/dev/nvidiactl").c_str(),
       false);
  const int place = ::open(kNode, O_PATH | O_CLOEXEC);
  look("by a descriptor of the place", AT_FDCWD, ("/proc/self/fd/" + std::to_string(place)).c_str(), false);
  const int bind = ::open(below("bound").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  expect(bind >= 0 && ::mount(kNode, below("bound").c_str(), nullptr, MS_BIND, nullptr) == 0, "bind");
  look("bound elsewhere", AT_FDCWD, below("bound").c_str(), true);
  expect(::mknod(below("own").c_str(), S_IFCHR | 0666, ::makedev(kMajor, kMinor)) == 0, "mknod");
  look("a node of its own", AT_FDCWD, below("own").c_str(), true);
  look("a path without end", AT_FDCWD, std::string(8000, '/').append("dev/nvidiactl").c_str(), false);
  look("an empty path", place, "", false);
  race_a_link(base);
  look_in_another_root(base);
  std::fflush(stdout);
  return 0;
}
