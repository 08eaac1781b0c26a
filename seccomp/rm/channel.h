#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "seccomp/rm/channel_memory.h"
#include "seccomp/rm/driver.h"

// The front end of a GPU: carries out what processes put into their channels. Semaphores, memory written from the
// channel, and the copy engine; not kernels, which are NVIDIA's machine code: a channel that launches one is stopped
// with the error that a broken kernel would give.
namespace vgpu::rm {

class Channels {
 public:
  // Carries out a bounded part of what waits. True when there was anything.
  bool run(Driver& driver);

  // True while a client has a channel.
  [[nodiscard]] static bool has_any(const State& state);

 private:
  // The methods of one object of a channel, by address / 4.
  using Registers = std::vector<std::uint32_t>;

  // A copy that has begun.
  struct Copy {
    std::uint64_t in = 0, out = 0;
    std::uint32_t line_length = 0, lines = 1, in_pitch = 0, out_pitch = 0;
    std::uint32_t line = 0, done = 0;  // lines, and bytes of the present one
    std::vector<std::byte> pattern;    // what is written instead of a source
    std::uint32_t launch = 0;          // of the method that began it
    unsigned object = 0;               // whose method that was
  };
  struct Channel {
    std::uint32_t get = 0;   // entry of the ring
    std::uint32_t word = 0;  // of the entry: the header of the run of methods that goes on,
    std::uint32_t done = 0;  // and how many of the run are done
    bool begun = false, stopped = false, seen = false;
    std::array<std::uint32_t, 8> classes{};
    std::array<Registers, 8> registers;
    Registers host = Registers(64);
    std::uint32_t inline_written = 0;  // bytes
    std::optional<Copy> copy;
  };
  enum class Step { Done, Waits, Stopped };

  // One turn of one channel. True when it did anything.
  bool run_channel(Driver& driver, const Client& client, const Object& object, Channel& channel);
  Step run_words(ChannelMemory& memory, Channel& channel, const std::vector<std::uint32_t>& words);
  Step method(ChannelMemory& memory, Channel& channel, unsigned object, std::uint32_t address, std::uint32_t data);
  Step host_method(ChannelMemory& memory, Channel& channel, std::uint32_t address, std::uint32_t data);
  Step compute_method(ChannelMemory& memory, Channel& channel, Registers& registers, std::uint32_t address,
                      std::uint32_t data);
  Step begin_copy(Channel& channel, unsigned object, std::uint32_t launch);
  Step run_copy(ChannelMemory& memory, Channel& channel);
  bool release(ChannelMemory& memory, std::uint64_t address, std::uint64_t value, bool is_long, bool with_time);
  void stop(Driver& driver, const Client& client, const Object& object, const std::string& why);

  std::map<std::pair<Handle, Handle>, Channel> channels_;
  std::uint64_t now_ = 0;
  std::uint64_t budget_ = 0;   // bytes that may be moved in this turn
  std::uint32_t methods_ = 0;  // that may be carried out in it
};

}  // namespace vgpu::rm
