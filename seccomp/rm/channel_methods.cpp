#include <algorithm>
#include <cstring>

#include "seccomp/rm/abi/channel.h"
#include "seccomp/rm/channel.h"

// What the methods of a channel do.
namespace vgpu::rm {
namespace {

constexpr std::uint32_t kCopyBase = 0xb5, kComputeBase = 0xc0;  // the low bytes of classes
constexpr std::size_t kPiece = std::size_t{1} << 20, kCostOfLine = 2048;

std::uint64_t address_of(std::uint32_t high, std::uint32_t low) {
  return static_cast<std::uint64_t>(high & 0x1ffff) << 32 | low;
}

}  // namespace

Channels::Step Channels::method(ChannelMemory& memory, Channel& channel, unsigned object, std::uint32_t address,
                                std::uint32_t data) {
  if (address == abi::kSetObject) {
    channel.classes[object] = data & 0xffff;
    return Step::Done;
  }
  if (address < abi::kFirstOfObject) return host_method(memory, channel, address, data);
  Registers& registers = channel.registers[object];
  if (registers.empty()) registers.resize(4096);
  registers[address / 4] = data;
  const std::uint32_t base = channel.classes[object] & 0xff;
  if (base == kComputeBase) return compute_method(memory, channel, registers, address, data);
  if (base == kCopyBase && address == abi::kCopyLaunch) {
    if (const Step step = begin_copy(channel, object, data); step != Step::Done) return step;
    return run_copy(memory, channel);
  }
  return Step::Done;
}

bool Channels::release(ChannelMemory& memory, std::uint64_t address, std::uint64_t value, bool is_long,
                       bool with_time) {
  if (with_time) {
    const std::array<std::uint64_t, 2> words = {value, now_};
    return memory.write_value(address, words);
  }
  return is_long ? memory.write_value(address, value) : memory.write_value(address, static_cast<std::uint32_t>(value));
}

Channels::Step Channels::host_method(ChannelMemory& memory, Channel& channel, std::uint32_t address,
                                     std::uint32_t data) {
  auto& host = channel.host;
  host[address / 4] = data;
  const auto value_of = [&](std::uint32_t method_address) { return host[method_address / 4]; };
  if (address == abi::kSemaphoreExecute) {
    // Operation 2:0, 64 bits 24, with a time 25: clc36f.h.
    enum { kAcquire = 0, kRelease = 1, kAcquireNotBelow = 2, kAcquireCircular = 3, kReduction = 6 };
    const std::uint64_t where = (static_cast<std::uint64_t>(value_of(abi::kSemaphoreAddressHigh) & 0xff) << 32) |
                                value_of(abi::kSemaphoreAddressLow);
    const std::uint64_t payload =
        static_cast<std::uint64_t>(value_of(abi::kSemaphorePayloadHigh)) << 32 | value_of(abi::kSemaphorePayloadLow);
    const bool is_long = (data >> 24 & 1) != 0;
    const std::uint32_t operation = data & 7;
    if (operation == kRelease) {
      return release(memory, where, is_long ? payload : payload & 0xffffffff, is_long, (data >> 25 & 1) != 0)
                 ? Step::Done
                 : Step::Stopped;
    }
    std::uint64_t present = 0;
    std::uint32_t present_short = 0;
    const bool found = is_long ? memory.read_value(where, present) : memory.read_value(where, present_short);
    if (!found) return Step::Stopped;
    if (!is_long) present = present_short;
    const std::uint64_t wanted = is_long ? payload : payload & 0xffffffff;
    switch (operation) {
      case kReduction:
        return release(memory, where, present + wanted, is_long, false) ? Step::Done : Step::Stopped;
      case kAcquire:
        return present == wanted ? Step::Done : Step::Waits;
      case kAcquireNotBelow:
        return present >= wanted ? Step::Done : Step::Waits;
      case kAcquireCircular: {
        const bool reached = is_long ? static_cast<std::int64_t>(present - wanted) >= 0
                                     : static_cast<std::int32_t>(static_cast<std::uint32_t>(present - wanted)) >= 0;
        return reached ? Step::Done : Step::Waits;
      }
      default:
        return Step::Done;
    }
  }
  if (address == abi::kOldSemaphoreExecute) {
    enum { kAcquire = 1, kRelease = 2, kAcquireNotBelow = 4 };
    const std::uint64_t where = static_cast<std::uint64_t>(value_of(abi::kOldSemaphoreHigh) & 0xff) << 32 |
                                (value_of(abi::kOldSemaphoreLow) & ~3u);
    const std::uint32_t payload = value_of(abi::kOldSemaphorePayload), operation = data & 0x1f;
    if (operation == kRelease) {
      return release(memory, where, payload, false, (data >> 24 & 1) == 0) ? Step::Done : Step::Stopped;
    }
    std::uint32_t present = 0;
    if (operation != kAcquire && operation != kAcquireNotBelow) return Step::Done;
    if (!memory.read_value(where, present)) return Step::Stopped;
    const bool reached = operation == kAcquire ? present == payload : static_cast<std::int32_t>(present - payload) >= 0;
    return reached ? Step::Done : Step::Waits;
  }
  return Step::Done;
}

Channels::Step Channels::compute_method(ChannelMemory& memory, Channel& channel, Registers& registers,
                                        std::uint32_t address, std::uint32_t data) {
  const auto value_of = [&](std::uint32_t method_address) { return registers[method_address / 4]; };
  switch (address) {
    case abi::kReportExecute: {
      constexpr std::uint32_t kRelease = 0;
      if ((data & 3) != kRelease) return Step::Done;
      const std::uint64_t where = address_of(value_of(abi::kReportAddressHigh), value_of(abi::kReportAddressLow));
      return release(memory, where, value_of(abi::kReportPayload), false, (data >> 28 & 1) == 0) ? Step::Done
                                                                                                 : Step::Stopped;
    }
    case abi::kInlineLaunch:
      channel.inline_written = 0;
      return Step::Done;
    case abi::kInlineData: {
      const std::uint32_t length = value_of(abi::kInlineLength);
      if (channel.inline_written >= length) return Step::Done;
      const std::uint64_t where =
          address_of(value_of(abi::kInlineAddressHigh), value_of(abi::kInlineAddressLow)) + channel.inline_written;
      const std::size_t size = std::min<std::size_t>(sizeof data, length - channel.inline_written);
      channel.inline_written += sizeof data;
      return memory.write(where, std::as_bytes(std::span(&data, 1)).first(size)) ? Step::Done : Step::Stopped;
    }
    case abi::kSendSignal:
    case abi::kLaunchFirst:
    case abi::kLaunchSecond:
    case abi::kLaunchInline:
      return Step::Stopped;
    default:
      return Step::Done;
  }
}

Channels::Step Channels::begin_copy(Channel& channel, unsigned object, std::uint32_t launch) {
  const Registers& registers = channel.registers[object];
  const auto value_of = [&](std::uint32_t method_address) { return registers[method_address / 4]; };
  // Transfer 1:0, many lines 9, remapped 10: clc5b5.h.
  Copy copy;
  copy.launch = launch;
  copy.object = object;
  copy.in = address_of(value_of(abi::kCopyInHigh), value_of(abi::kCopyInLow));
  copy.out = address_of(value_of(abi::kCopyOutHigh), value_of(abi::kCopyOutLow));
  copy.line_length = value_of(abi::kCopyLineLength);
  const bool many = (launch >> 9 & 1) != 0;
  copy.lines = many ? value_of(abi::kCopyLineCount) : 1;
  copy.in_pitch = value_of(abi::kCopyInPitch);
  copy.out_pitch = value_of(abi::kCopyOutPitch);
  if ((launch & 3) == 0) copy.lines = 0;
  if ((launch >> 10 & 1) != 0) {
    // Each element is made of up to four components, each one of two constants; a component of the source is left out.
    const std::uint32_t remap = value_of(abi::kCopyRemap);
    const std::size_t size = (remap >> 16 & 3) + 1, components = (remap >> 24 & 3) + 1;
    for (std::size_t component = 0; component < components; ++component) {
      constexpr std::uint32_t kConstantA = 4, kConstantB = 5;
      const std::uint32_t source = remap >> (4 * component) & 7;
      if (source != kConstantA && source != kConstantB) return Step::Stopped;
      const std::uint32_t constant = value_of(source == kConstantA ? abi::kCopyConstantA : abi::kCopyConstantB);
      std::array<std::byte, 4> bytes{};
      std::memcpy(bytes.data(), &constant, sizeof constant);
      copy.pattern.insert(copy.pattern.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    }
    const std::uint64_t length = static_cast<std::uint64_t>(copy.line_length) * copy.pattern.size();
    if (length > UINT32_MAX) return Step::Stopped;
    copy.line_length = static_cast<std::uint32_t>(length);
  }
  channel.copy = std::move(copy);
  return Step::Done;
}

Channels::Step Channels::run_copy(ChannelMemory& memory, Channel& channel) {
  Copy& copy = *channel.copy;
  std::vector<std::byte> buffer;
  while (copy.line < copy.lines) {
    if (budget_ == 0) return Step::Waits;
    const std::size_t length =
        static_cast<std::size_t>(std::min<std::uint64_t>({copy.line_length - copy.done, kPiece, budget_}));
    const std::uint64_t out = copy.out + static_cast<std::uint64_t>(copy.line) * copy.out_pitch + copy.done;
    const std::uint64_t in = copy.in + static_cast<std::uint64_t>(copy.line) * copy.in_pitch + copy.done;
    buffer.resize(length);
    if (!copy.pattern.empty()) {
      for (std::size_t at = 0; at < length; ++at) buffer[at] = copy.pattern[(copy.done + at) % copy.pattern.size()];
    } else if (!memory.read(in, buffer)) {
      return Step::Stopped;
    }
    if (!memory.write(out, buffer)) return Step::Stopped;
    // Lines without bytes cost something too.
    budget_ -= std::min<std::uint64_t>(budget_, length + kCostOfLine);
    copy.done += static_cast<std::uint32_t>(length);
    if (copy.done == copy.line_length) {
      copy.done = 0;
      ++copy.line;
    }
  }
  const Registers& registers = channel.registers[copy.object];
  const std::uint32_t semaphore = copy.launch >> 3 & 3;
  channel.copy.reset();
  if (semaphore == 0) return Step::Done;
  constexpr std::uint32_t kWithTime = 2;
  const std::uint64_t where = address_of(registers[abi::kCopySemaphoreHigh / 4], registers[abi::kCopySemaphoreLow / 4]);
  return release(memory, where, registers[abi::kCopySemaphorePayload / 4], false, semaphore == kWithTime)
             ? Step::Done
             : Step::Stopped;
}

}  // namespace vgpu::rm
