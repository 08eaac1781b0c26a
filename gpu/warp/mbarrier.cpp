#include "gpu/warp/mbarrier.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>

namespace vgpu::warp {
namespace {

using ptx::Opcode;

constexpr std::uint64_t kCountBits = 20;  // PTX: counts up to 2^20 - 1,
constexpr std::uint64_t kBytesBits = 21;  // and bytes under way between -(2^20 - 1) and 2^20 - 1
constexpr std::uint64_t kCounts = (std::uint64_t{1} << kCountBits) - 1;
constexpr std::uint64_t kBytes = (std::uint64_t{1} << kBytesBits) - 1;
constexpr std::uint64_t kPhases = 7;

// What the eight bytes hold; programs may keep them as a state, and look at none of it but by the operations.
struct Object {
  std::uint64_t pending = 0;   // arrivals that this phase still waits for
  std::uint64_t expected = 0;  // arrivals of the next phase
  std::uint64_t bytes = 0;     // that are under way, modulo 2^kBytesBits
  std::uint64_t phase = 0;

  static Object unpack(std::uint64_t word) {
    return {.pending = word & kCounts,
            .expected = word >> kCountBits & kCounts,
            .bytes = word >> 2 * kCountBits & kBytes,
            .phase = word >> (2 * kCountBits + kBytesBits)};
  }
  [[nodiscard]] std::uint64_t pack() const {
    return (pending & kCounts) | (expected & kCounts) << kCountBits | (bytes & kBytes) << 2 * kCountBits |
           (phase & kPhases) << (2 * kCountBits + kBytesBits);
  }

  void end_phase_if_complete() {
    if ((pending & kCounts) != 0 || (bytes & kBytes) != 0) return;
    pending = expected;
    ++phase;
  }
};

static_assert(2 * kCountBits + kBytesBits + std::bit_width(kPhases) == 64);

std::uint64_t load(std::uint64_t address) {
  std::uint64_t word = 0;
  std::memcpy(&word, reinterpret_cast<const void*>(address), sizeof word);
  return word;
}

void store(std::uint64_t address, std::uint64_t word) {
  std::memcpy(reinterpret_cast<void*>(address), &word, sizeof word);
}

// Changes the object, and returns its state before.
template <class Change>
std::uint64_t change(std::uint64_t address, Change&& how) {
  const std::uint64_t before = load(address);
  Object object = Object::unpack(before);
  how(object);
  store(address, object.pack());
  return before;
}

std::uint64_t init(std::uint64_t address, std::uint64_t count) {
  store(address, Object{.pending = count, .expected = count, .bytes = 0, .phase = 0}.pack());
  return 0;
}

std::uint64_t invalidate(std::uint64_t address, std::uint64_t) {
  store(address, 0);
  return 0;
}

std::uint64_t arrive(std::uint64_t address, std::uint64_t count) {
  return change(address, [&](Object& object) {
    object.pending -= count;
    object.end_phase_if_complete();
  });
}

std::uint64_t arrive_drop(std::uint64_t address, std::uint64_t count) {
  return change(address, [&](Object& object) {
    object.pending -= count;
    object.expected -= count;
    object.end_phase_if_complete();
  });
}

std::uint64_t expect(std::uint64_t address, std::uint64_t bytes) {
  return change(address, [&](Object& object) { object.bytes += bytes; });
}

std::uint64_t complete(std::uint64_t address, std::uint64_t bytes) {
  return change(address, [&](Object& object) {
    object.bytes -= bytes;
    object.end_phase_if_complete();
  });
}

std::uint64_t arrive_expect(std::uint64_t address, std::uint64_t bytes) {
  const std::uint64_t before = expect(address, bytes);
  arrive(address, 1);
  return before;
}

std::uint64_t arrive_drop_expect(std::uint64_t address, std::uint64_t bytes) {
  const std::uint64_t before = expect(address, bytes);
  arrive_drop(address, 1);
  return before;
}

std::uint64_t test_state(std::uint64_t address, std::uint64_t state) {
  return Object::unpack(load(address)).phase != Object::unpack(state).phase ? 1 : 0;
}

// The phase of a parity is complete when the present one has the other.
std::uint64_t test_parity(std::uint64_t address, std::uint64_t parity) {
  return (Object::unpack(load(address)).phase & 1) != (parity & 1) ? 1 : 0;
}

std::uint64_t pending_count(std::uint64_t, std::uint64_t state) {
  return Object::unpack(state).pending;
}

template <std::uint64_t (*Operation)(std::uint64_t address, std::uint64_t operand)>
void in_lanes(std::uint64_t* results, const std::uint64_t* addresses, const std::uint64_t* operands,
              std::uint32_t active) {
  for (; active != 0; active &= active - 1) {
    const int lane = std::countr_zero(active);
    results[lane] = Operation(addresses[lane], operands[lane]);
  }
}

constexpr MbarrierRoutine kInit{"vgpu_mbarrier_init", &in_lanes<init>, true};
constexpr MbarrierRoutine kInvalidate{"vgpu_mbarrier_inval", &in_lanes<invalidate>, true};
constexpr MbarrierRoutine kArrive{"vgpu_mbarrier_arrive", &in_lanes<arrive>, true};
constexpr MbarrierRoutine kArriveDrop{"vgpu_mbarrier_arrive_drop", &in_lanes<arrive_drop>, true};
constexpr MbarrierRoutine kExpect{"vgpu_mbarrier_expect_tx", &in_lanes<expect>, true};
constexpr MbarrierRoutine kComplete{"vgpu_mbarrier_complete_tx", &in_lanes<complete>, true};
constexpr MbarrierRoutine kArriveExpect{"vgpu_mbarrier_arrive_expect_tx", &in_lanes<arrive_expect>, true};
constexpr MbarrierRoutine kArriveDropExpect{"vgpu_mbarrier_arrive_drop_expect_tx", &in_lanes<arrive_drop_expect>, true};
constexpr MbarrierRoutine kTest{"vgpu_mbarrier_test", &in_lanes<test_state>, true};
constexpr MbarrierRoutine kTestParity{"vgpu_mbarrier_test_parity", &in_lanes<test_parity>, true};
constexpr MbarrierRoutine kPendingCount{"vgpu_mbarrier_pending_count", &in_lanes<pending_count>, false};

constexpr const MbarrierRoutine* kRoutines[] = {&kInit,   &kInvalidate, &kArrive,       &kArriveDrop,
                                                &kExpect, &kComplete,   &kArriveExpect, &kArriveDropExpect,
                                                &kTest,   &kTestParity, &kPendingCount};

}  // namespace

const MbarrierRoutine* find_mbarrier_routine(const ptx::Instruction& instruction) {
  switch (instruction.op) {
    case Opcode::MbarrierInit:
      return &kInit;
    case Opcode::MbarrierInval:
      return &kInvalidate;
    case Opcode::MbarrierArrive:
      return &kArrive;
    case Opcode::MbarrierArriveDrop:
      return &kArriveDrop;
    case Opcode::MbarrierExpectTx:
      return &kExpect;
    case Opcode::MbarrierCompleteTx:
      return &kComplete;
    case Opcode::MbarrierArriveExpectTx:
      return &kArriveExpect;
    case Opcode::MbarrierArriveDropExpectTx:
      return &kArriveDropExpect;
    case Opcode::MbarrierTestWait:
    case Opcode::MbarrierTryWait:
      return &kTest;
    case Opcode::MbarrierTestWaitParity:
    case Opcode::MbarrierTryWaitParity:
      return &kTestParity;
    case Opcode::MbarrierPendingCount:
      return &kPendingCount;
    case Opcode::CpAsyncMbarrierArrive:
      return instruction.no_increment ? &kArrive : nullptr;
    default:
      return nullptr;
  }
}

const MbarrierRoutine* find_mbarrier_routine(std::string_view name) {
  const auto* const found = std::ranges::find(
      kRoutines, name, [](const MbarrierRoutine* routine) { return std::string_view(routine->name); });
  return found == std::end(kRoutines) ? nullptr : *found;
}

bool is_mbarrier_wait(Opcode op) {
  return op == Opcode::MbarrierTestWait || op == Opcode::MbarrierTestWaitParity || op == Opcode::MbarrierTryWait ||
         op == Opcode::MbarrierTryWaitParity;
}

void complete_transfer(std::uint64_t address, std::uint64_t bytes) {
  complete(address, bytes);
}

}  // namespace vgpu::warp
