#include <algorithm>
#include <cstring>

#include "seccomp/rm/abi/control_gpu.h"
#include "seccomp/rm/control_handlers.h"
#include "seccomp/rm/processes.h"
#include "seccomp/rm/telemetry.h"

// The control of how busy each process keeps a GPU: samples of some seconds (ctrl2080perf.h of branch 550). What is
// here is what the last second was like, in one sample for each process.
namespace vgpu::rm {
namespace {

using abi::Status;

constexpr std::uint32_t kNoProcess = 0xffffffff;

struct EngineSample {
  std::uint32_t utilisation;  // percent times 100
  std::uint32_t scale, process, inner_process;
  char inner_name[100];
};
static_assert(sizeof(EngineSample) == 116);

struct SampleList {
  std::uint8_t type;
  std::uint8_t padding[3];
  std::uint32_t size, count, tail;
};
constexpr std::size_t kSamples = 72;

}  // namespace

Status process_samples(ControlCall& call) {
  auto& list = call.as<SampleList>();
  const std::uint8_t type = list.type;
  std::ranges::fill(call.parameters, std::byte{});
  // A time, and then a sample for each engine: memory, computing, and, the rest, those for video.
  const std::size_t sample_size = (call.parameters.size() - sizeof list) / kSamples;
  list.type = type;
  list.size = static_cast<std::uint32_t>(sample_size * kSamples);
  const std::uint64_t now = call.driver.host().real_time();
  std::byte* sample = call.parameters.data() + sizeof list;
  for (const DeviceProcess& process : processes_of(call.driver, call.object.device)) {
    if (list.count == kSamples) break;
    std::memcpy(sample, &now, sizeof now);
    const unsigned percent = call.driver.activity().utilisation_of(call.object.device, process.process);
    const std::size_t engines = (sample_size - sizeof now) / sizeof(EngineSample);
    for (std::size_t engine = 0; engine < engines; ++engine) {
      EngineSample entry{};
      entry.process = engine < 2 ? static_cast<std::uint32_t>(process.container_process) : kNoProcess;
      entry.inner_process = kNoProcess;
      if (engine == 0) entry.utilisation = model::memory_utilisation_at(percent) * 100;
      if (engine == 1) entry.utilisation = percent * 100;
      std::memcpy(sample + sizeof now + engine * sizeof entry, &entry, sizeof entry);
    }
    sample += sample_size;
    ++list.count;
  }
  list.tail = list.count % kSamples;
  return Status::Ok;
}

}  // namespace vgpu::rm
