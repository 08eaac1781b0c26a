#include <algorithm>
#include <array>

#include "seccomp/rm/control_handlers.h"
#include "seccomp/rm/telemetry.h"

// The control of the thermal system, which is a list of small instructions: ctrl2080thermal.h of branch 595; 535 and
// 550 have the same layout.
namespace vgpu::rm {
namespace {

using abi::Status;

constexpr std::size_t kMostInstructions = 32;
constexpr std::uint32_t kIgnoreFailures = 1;  // of the flags

struct Instruction {
  std::uint32_t result, executed, opcode;
  std::array<std::uint32_t, 8> operands;
};
struct Execution {
  std::uint32_t version, revision, instruction_size, flags, successful, count;
  std::array<Instruction, kMostInstructions> instructions;
};
static_assert(sizeof(Execution) == 1432);

// There is one target, the GPU, with one sensor.
enum Opcode : std::uint32_t {
  kTargetsAvailable = 0x100,
  kTargetType = 0x101,
  kProviderType = 0x301,
  kSensorsAvailable = 0x500,
  kSensorProvider = 0x510,
  kSensorTarget = 0x520,
  kSensorRange = 0x540,
  kSensorReading = 0x1500,
};
constexpr std::uint32_t kGpuTarget = 1, kInternalProvider = 1;
constexpr std::uint32_t kHighestReading = 127;

Status execute(const ControlCall& call, Instruction& instruction) {
  auto& operands = instruction.operands;
  switch (instruction.opcode) {
    case kTargetsAvailable:
    case kSensorsAvailable:
      operands[0] = 1;
      return Status::Ok;
    case kTargetType:
      operands[1] = kGpuTarget;
      return Status::Ok;
    case kProviderType:
      operands[1] = kInternalProvider;
      return Status::Ok;
    case kSensorProvider:
    case kSensorTarget:
      operands[1] = 0;
      return Status::Ok;
    case kSensorRange:
      operands[1] = 0;
      operands[2] = kHighestReading;
      return Status::Ok;
    case kSensorReading:
      operands[1] = readings_of(call).temperature;
      return Status::Ok;
    default:
      return Status::NotSupported;
  }
}

}  // namespace

Status thermal_execute(ControlCall& call) {
  auto& execution = call.as<Execution>();
  if (execution.count > kMostInstructions) return Status::InvalidArgument;
  execution.successful = 0;
  for (std::uint32_t at = 0; at < execution.count; ++at) {
    Instruction& instruction = execution.instructions[at];
    const Status status = execute(call, instruction);
    instruction.executed = 1;
    instruction.result = static_cast<std::uint32_t>(status);
    if (status == Status::Ok) {
      ++execution.successful;
    } else if ((execution.flags & kIgnoreFailures) == 0) {
      break;
    }
  }
  return Status::Ok;
}

Status thermal_threshold(ControlCall& call) {
  // In no header: which threshold, then its temperature in 1/256 of a degree; observed with nvidia-smi 535 and 550.
  constexpr std::uint32_t kSlowdown = 0x04, kShutdown = 0x16, kDegree = 256;
  switch (call.word(0)) {
    case kSlowdown:
      call.word(4) = model::kSlowdownTemperature * kDegree;
      return Status::Ok;
    case kShutdown:
      call.word(4) = model::kShutdownTemperature * kDegree;
      return Status::Ok;
    default:
      return Status::NotSupported;
  }
}

}  // namespace vgpu::rm
