#include "cli/usage/terminal.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

namespace vgpu::cli::usage {
namespace {

// xterm's control sequences, which all terminals of today know: the second screen, and the cursor.
constexpr std::string_view kEnter = "\033[?1049h\033[?25l", kLeave = "\033[?25h\033[?1049l";
constexpr std::string_view kHome = "\033[H", kClearToEndOfLine = "\033[K", kClearBelow = "\033[J";

void write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t length = ::write(STDOUT_FILENO, text.data(), text.size());
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(length));
  }
}

}  // namespace

bool Screen::is_terminal() {
  return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
}

Screen::Screen() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&signals, number);
  ::sigprocmask(SIG_BLOCK, &signals, &signals_before_);
  signals_ = FileDescriptor(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (termios state{}; ::tcgetattr(STDIN_FILENO, &state) == 0) {
    before_ = state;
    state.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &state);
  }
  write_all(kEnter);
}

Screen::~Screen() {
  write_all(kLeave);
  if (before_) ::tcsetattr(STDIN_FILENO, TCSANOW, &*before_);
  // What came in the meantime has been obeyed.
  signalfd_siginfo ignored{};
  while (::read(signals_.get(), &ignored, sizeof ignored) > 0) {
  }
  ::sigprocmask(SIG_SETMASK, &signals_before_, nullptr);
}

Screen::Size Screen::size() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return {};
  return {size.ws_row, size.ws_col};
}

void Screen::show(std::string_view text) {
  std::string frame(kHome);
  for (const char character : text) {
    if (character == '\n') frame += kClearToEndOfLine;
    frame += character;
  }
  frame += kClearBelow;
  write_all(frame);
}

bool Screen::wait(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return true;
    std::array<pollfd, 2> waited = {{{STDIN_FILENO, POLLIN, 0}, {signals_.get(), POLLIN, 0}}};
    if (::poll(waited.data(), waited.size(), static_cast<int>(left.count())) <= 0) continue;
    if (waited[1].revents != 0) return false;
    char key = 0;
    if (waited[0].revents != 0 && (::read(STDIN_FILENO, &key, 1) <= 0 || key == 'q' || key == 'Q')) return false;
  }
}

}  // namespace vgpu::cli::usage
