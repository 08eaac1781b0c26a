#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <thread>

#include "host/process_identity.h"
#include "seccomp/processes.h"

// What channels do to the memory of processes. The process here is an ordinary user's, which becomes a program that
// runs as root: one of the image, with the set-user-ID bit.
namespace vgpu::seccomp {
namespace {

constexpr uid_t kNobody = 65534;

class ProcessesTest : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root: makes a set-user-ID program";
    std::string pattern = "/var/tmp/vgpu-processes.XXXXXX";
    folder = ::mkdtemp(pattern.data());
    struct statvfs system{};
    if (::statvfs(folder.c_str(), &system) != 0 || (system.f_flag & ST_NOSUID) != 0) {
      GTEST_SKIP() << "set-user-ID programs have no effect in /var/tmp";
    }
    std::filesystem::copy_file("/bin/sleep", folder + "/sleep");
    ASSERT_EQ(::chmod((folder + "/sleep").c_str(), 04755), 0);
    ASSERT_EQ(::chmod(folder.c_str(), 0755), 0);
    std::array<int, 2> ready{}, go{};
    ASSERT_EQ(::pipe2(ready.data(), O_CLOEXEC), 0);
    ASSERT_EQ(::pipe2(go.data(), O_CLOEXEC), 0);
    process = ::fork();
    if (process == 0) {
      char byte = 0;
      // As of a program that was started by this user.
      const bool changed = ::setresgid(kNobody, kNobody, kNobody) == 0 && ::setresuid(kNobody, kNobody, kNobody) == 0 &&
                           ::prctl(PR_SET_DUMPABLE, 1) == 0;
      if (!changed || ::write(ready[1], "r", 1) != 1 || ::read(go[0], &byte, 1) != 1) ::_exit(1);
      ::execl((folder + "/sleep").c_str(), "sleep", "60", nullptr);
      ::_exit(1);
    }
    become_root_when_told = FileDescriptor(go[1]);
    const FileDescriptor other(go[0]), written(ready[1]), read(ready[0]);
    char byte = 0;
    ASSERT_EQ(::read(read.get(), &byte, 1), 1);
    const auto identity = host::identify_process(process);
    ASSERT_TRUE(identity.has_value());
    caller = {process, process, identity->start_time, kNobody};
  }

  void TearDown() override {
    if (process > 0) {
      ::kill(process, SIGKILL);
      ::waitpid(process, nullptr, 0);
    }
    if (!folder.empty()) std::filesystem::remove_all(folder);
  }

  // Returns when the process is the other program.
  void become_root() {
    ASSERT_EQ(::write(become_root_when_told.get(), "g", 1), 1);
    const std::string link = "/proc/" + std::to_string(process) + "/exe";
    for (int round = 0; round < 500; ++round) {
      std::error_code error;
      if (std::filesystem::read_symlink(link, error) == folder + "/sleep") return;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    FAIL() << "the process did not become the other program";
  }

  // An address that the process may read and write.
  [[nodiscard]] std::uint64_t writable_address() const {
    std::ifstream maps("/proc/" + std::to_string(process) + "/maps");
    for (std::string line; std::getline(maps, line);) {
      if (line.find(" rw-p ") != std::string::npos) return std::stoull(line, nullptr, 16);
    }
    ADD_FAILURE() << "nothing is writable";
    return 0;
  }

  bool may_read() {
    std::array<std::byte, 8> bytes{};
    return processes.read(caller, writable_address(), bytes);
  }
  bool may_write() {
    const std::array<std::byte, 8> bytes{};
    return processes.write(caller, writable_address(), bytes);
  }

  Processes processes{"test", [](const std::string&, const std::string&) {}};
  std::string folder;
  pid_t process = -1;
  FileDescriptor become_root_when_told;
  rm::Caller caller{};
};

TEST_F(ProcessesTest, MemoryOfTheProcessIsReadAndWritten) {
  EXPECT_TRUE(may_read());
  EXPECT_TRUE(may_write());
}

TEST_F(ProcessesTest, AProgramThatItBecomesIsNotTouched) {
  ASSERT_TRUE(may_write());
  ASSERT_NO_FATAL_FAILURE(become_root());
  EXPECT_FALSE(may_read());
  EXPECT_FALSE(may_write());
}

TEST_F(ProcessesTest, AProgramThatItBecameBeforeTheFirstWriteIsNotTouched) {
  ASSERT_NO_FATAL_FAILURE(become_root());
  EXPECT_FALSE(may_read());
  EXPECT_FALSE(may_write());
}

TEST_F(ProcessesTest, AnotherProcessOfTheSameNumberIsNotTouched) {
  ++caller.start_time;
  EXPECT_FALSE(may_read());
}

}  // namespace
}  // namespace vgpu::seccomp
