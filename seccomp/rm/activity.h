#pragma once

#include <array>
#include <cstdint>
#include <map>

#include "seccomp/rm/host.h"
#include "seccomp/rm/state.h"

// How busy the devices are, from what processes write into their activity pages.
namespace vgpu::rm {

class Activity {
 public:
  // Reads all pages. What is seen counts for about the last second.
  void sample(const State& state, Host& host);

  // True while there is a page to look at.
  [[nodiscard]] static bool has_pages(const State& state);

  // Percent of the time in which at least one kernel ran, of all processes or of one.
  [[nodiscard]] unsigned utilisation(std::size_t device) const;
  [[nodiscard]] unsigned utilisation_of(std::size_t device, pid_t process) const;

 private:
  struct Moment {
    std::uint64_t time = 0, busy = 0;  // nanoseconds
  };
  struct Page {
    std::size_t device = 0;
    pid_t process = 0;
    std::array<Moment, 6> moments{};  // the latest last
    std::size_t count = 0;
    bool seen = false;
  };
  static unsigned percent(const Page& page);

  std::map<std::pair<Handle, Handle>, Page> pages_;
};

}  // namespace vgpu::rm
