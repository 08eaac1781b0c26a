#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace vgpu::device_plugin {

// The program itself. It is killed at the end, should it still run.
class PluginProcess {
 public:
  PluginProcess(const std::vector<std::string>& arguments, const std::string& log) {
    std::vector<std::string> words = {VGPU_TEST_DEVICE_PLUGIN};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    child_ = ::fork();
    if (child_ != 0) return;
    const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(file, STDOUT_FILENO);
    ::dup2(file, STDERR_FILENO);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  PluginProcess(const PluginProcess&) = delete;
  PluginProcess& operator=(const PluginProcess&) = delete;
  ~PluginProcess() {
    if (child_ > 0) kill(SIGKILL);
  }

  // Its exit status, or 128 and the signal's number; -1 when it does not end.
  int wait() {
    for (int turn = 0; turn < 2000; ++turn) {
      int status = 0;
      if (::waitpid(child_, &status, WNOHANG) == child_) {
        child_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return -1;
  }

  int kill(int signal) {
    ::kill(child_, signal);
    return wait();
  }

  [[nodiscard]] pid_t id() const { return child_; }

 private:
  pid_t child_ = -1;
};

}  // namespace vgpu::device_plugin
