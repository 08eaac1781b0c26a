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

  // True when the last sample saw a page: the next one sees that it is gone.
  [[nodiscard]] bool has_seen_pages() const { return !pages_.empty(); }

  // Percent of the time in which at least one kernel ran, of all processes or of one.
  [[nodiscard]] unsigned utilisation(std::size_t device) const;
  [[nodiscard]] unsigned utilisation_of(std::size_t device, pid_t process) const;

  // Nanoseconds in which at least one kernel of a process ran, summed over processes and at most as many as passed:
  // what was seen, so without what a process did after the last look at it. Begins at 0 with this object.
  [[nodiscard]] std::uint64_t busy_time(std::size_t device) const;

 private:
  struct Moment {
    std::uint64_t time = 0, busy = 0;  // nanoseconds
  };
  struct Page {
    std::size_t device = 0;
    pid_t process = 0;
    std::array<Moment, 6> moments{};  // the latest last
    std::size_t count = 0;
    std::uint64_t counted = 0;  // of busy, for busy_time
    bool seen = false;
  };
  static unsigned percent(const Page& page);
  // What a page has added to the time that its device was busy; called before the moment is among the others.
  static std::uint64_t grow(Page& page, std::uint64_t busy);

  std::map<std::pair<Handle, Handle>, Page> pages_;
  std::map<std::size_t, std::uint64_t> busy_times_;
  std::uint64_t last_sample_ = 0;
};

}  // namespace vgpu::rm
