// preload_calls: what libvgpu-syscall.so has to do beside single requests. The first thing that is wrong ends it with
// status 1 and a line.
#include <dirent.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atomic>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "seccomp/rm/abi/control_gpu.h"
#include "tests/tools/driver_requests.h"

namespace {

using namespace vgpu::testing;

void expect_name(const Opened& opened, const char* what) {
  vgpu::rm::abi::NameString name{};
  expect(control(opened.control, opened.client, opened.subdevice, 0x20800110, name) == 0, what);
}

void threads() {
  std::vector<std::thread> all;
  for (int number = 0; number < 8; ++number) {
    all.emplace_back([] {
      for (int round = 0; round < 50; ++round) {
        const Opened opened = open_client(0);
        expect_name(opened, "a thread's request");
        expect(::close(opened.control) == 0, "close");
      }
    });
  }
  for (std::thread& thread : all) thread.join();
}

void children() {
  const Opened opened = open_client(0);
  for (int number = 0; number < 3; ++number) {
    const pid_t child = ::fork();
    if (child == 0) {
      expect_name(open_client(0), "a child's own request");
      std::_Exit(0);
    }
    int status = 0;
    expect(::waitpid(child, &status, 0) == child && status == 0, "child", status);
  }
  expect_name(opened, "a request after children");
}

std::string first_line(const char* path) {
  char line[256] = {};
  std::FILE* file = std::fopen(path, "r");
  if (file == nullptr || std::fgets(line, sizeof line, file) == nullptr) fail(path, 0);
  std::fclose(file);
  return line;
}

void files() {
  expect(first_line("/proc/driver/nvidia/version").starts_with("NVRM version: NVIDIA"), "the driver's version");
  expect(first_line("/sys/bus/pci/devices/0000:00:05.0/vendor") == "0x10de\n", "the vendor");
  struct stat status{};
  expect(::stat("/dev/nvidia0", &status) == 0 && S_ISCHR(status.st_mode), "stat of a node");
  expect(::stat("/dev/nvidia9", &status) != 0 && errno == ENOENT, "stat of a node that is none");
  expect(::access("/dev/nvidiactl", R_OK | W_OK) == 0, "access to a node");
  struct statx more{};
  expect(::statx(AT_FDCWD, "/dev/nvidia0", 0, STATX_TYPE, &more) == 0 && S_ISCHR(more.stx_mode), "statx of a node");
  DIR* folder = ::opendir("/proc/driver/nvidia/gpus/");
  expect(folder != nullptr, "the folder of devices");
  bool found = false;
  while (const dirent* entry = ::readdir(folder)) found = found || std::strcmp(entry->d_name, "0000:00:05.0") == 0;
  ::closedir(folder);
  expect(found, "the device in its folder");
}

// What is none of the driver's is as without the library.
void others() {
  expect(first_line("/etc/passwd").starts_with("root:"), "another file");
  const int file = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  expect(::ioctl(file, 0x5401, nullptr) == -1 && errno == ENOTTY, "a request of another file", errno);
  expect(::open("/nowhere", O_RDONLY) == -1 && errno == ENOENT, "a file that is not there", errno);
  expect(::syscall(SYS_openat, AT_FDCWD, "/nowhere", O_RDONLY) == -1 && errno == ENOENT, "the same by number", errno);
  expect(::syscall(SYS_getppid) == ::getppid(), "another call by number");
  ::close(file);
}

}  // namespace

int main() {
  others();
  files();
  threads();
  children();
  others();
  std::printf("all right\n");
  return 0;
}
