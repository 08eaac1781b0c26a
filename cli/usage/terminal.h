#pragma once

#include <termios.h>

#include <chrono>
#include <csignal>
#include <optional>
#include <string_view>

#include "base/file_descriptor.h"

namespace vgpu::cli::usage {

// A terminal's second screen, with keys that come one by one. The terminal is as it was when this object ends, also by
// SIGINT, SIGTERM, SIGHUP and SIGQUIT, which it waits for itself.
class Screen {
 public:
  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  // Standard input and output are a terminal's.
  static bool is_terminal();

  struct Size {
    std::size_t lines = 24, columns = 80;
  };
  [[nodiscard]] static Size size();

  // Shows the text in place of what was there.
  static void show(std::string_view text);

  // Waits; false when the user has had enough: `q`, the end of input, or a signal.
  bool wait(std::chrono::milliseconds time);

 private:
  std::optional<termios> before_;
  sigset_t signals_before_{};
  FileDescriptor signals_;
};

}  // namespace vgpu::cli::usage
