#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

#include "gpu/exec/memory.h"
#include "gpu/exec/process_ledger.h"

namespace vgpu::exec {
namespace {

using gpu::MemoryKind;
using gpu::Status;

constexpr std::uint64_t kTotal = 16u << 20;

TEST(ExecMemory, ChargesRoundedSizesUpToTheTotal) {
  ProcessLedger ledger(kTotal);
  DeviceMemory memory(ledger);
  std::uint64_t address = 0;
  ASSERT_EQ(memory.allocate(1, MemoryKind::Device, address), Status::Success);
  EXPECT_EQ(ledger.info().free, kTotal - 512);
  std::uint64_t other = 0;
  EXPECT_EQ(memory.allocate(kTotal, MemoryKind::Device, other), Status::OutOfMemory);
  EXPECT_EQ(memory.allocate(~std::uint64_t{0}, MemoryKind::Device, other), Status::OutOfMemory);
  EXPECT_EQ(ledger.info().free, kTotal - 512);
  EXPECT_EQ(memory.allocate(kTotal - 512, MemoryKind::Managed, other), Status::Success);
  EXPECT_EQ(ledger.info().free, 0u);
  EXPECT_EQ(memory.allocate(1, MemoryKind::Device, address), Status::OutOfMemory);
  EXPECT_EQ(memory.release(other), Status::Success);
  EXPECT_EQ(ledger.info().free, kTotal - 512);
}

TEST(ExecMemory, PinnedIsNotChargedAndIsPageAligned) {
  ProcessLedger ledger(kTotal);
  DeviceMemory memory(ledger);
  std::uint64_t address = 0;
  ASSERT_EQ(memory.allocate(2 * kTotal, MemoryKind::Pinned, address), Status::Success);
  EXPECT_EQ(address % 4096, 0u);
  EXPECT_EQ(ledger.info().free, kTotal);
}

TEST(ExecMemory, RefusesSizeZeroAndAddressesThatAreNoStart) {
  ProcessLedger ledger(kTotal);
  DeviceMemory memory(ledger);
  std::uint64_t address = 0;
  EXPECT_EQ(memory.allocate(0, MemoryKind::Device, address), Status::InvalidValue);
  ASSERT_EQ(memory.allocate(1000, MemoryKind::Device, address), Status::Success);
  EXPECT_EQ(memory.release(address + 512), Status::InvalidValue);
  EXPECT_EQ(memory.release(address), Status::Success);
  EXPECT_EQ(memory.release(address), Status::InvalidValue);
}

TEST(ExecMemory, FindsAllocationsByRange) {
  ProcessLedger ledger(kTotal);
  DeviceMemory memory(ledger);
  std::uint64_t address = 0;
  ASSERT_EQ(memory.allocate(1000, MemoryKind::Managed, address), Status::Success);
  const auto found = memory.find(address + 999);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->address, address);
  EXPECT_EQ(found->size, 1000u);
  EXPECT_EQ(found->kind, MemoryKind::Managed);
  EXPECT_FALSE(memory.find(address + 1000).has_value());
  EXPECT_FALSE(memory.find(address - 1).has_value());
}

TEST(ExecMemory, RegistersHostRangesOnce) {
  ProcessLedger ledger(kTotal);
  DeviceMemory memory(ledger);
  std::vector<char> host(10000);
  const auto address = reinterpret_cast<std::uint64_t>(host.data());
  EXPECT_EQ(memory.register_host(address, host.size()), Status::Success);
  EXPECT_EQ(memory.register_host(address + 5000, 100), Status::HostMemoryAlreadyRegistered);
  EXPECT_EQ(memory.register_host(address - 10, 100), Status::HostMemoryAlreadyRegistered);
  ASSERT_TRUE(memory.find(address + 9999).has_value());
  EXPECT_TRUE(memory.find(address + 9999)->registered);
  EXPECT_EQ(memory.release(address), Status::InvalidValue);
  EXPECT_EQ(memory.unregister_host(address + 1), Status::HostMemoryNotRegistered);
  EXPECT_EQ(memory.unregister_host(address), Status::Success);
  EXPECT_FALSE(memory.find(address).has_value());
}

TEST(ExecMemory, PersistentMemorySurvivesReleaseAll) {
  ProcessLedger ledger(kTotal);
  DeviceMemory memory(ledger);
  std::uint64_t variable = 0;
  std::uint64_t plain = 0;
  ASSERT_EQ(memory.allocate(4096, MemoryKind::Device, variable, true), Status::Success);
  EXPECT_EQ(ledger.info().free, kTotal - 4096);
  ASSERT_EQ(memory.allocate(4096, MemoryKind::Device, plain), Status::Success);
  EXPECT_EQ(memory.release(variable), Status::InvalidValue);
  memory.release_all();
  EXPECT_EQ(ledger.info().free, kTotal - 4096) << "the limit holds for variables too";
  EXPECT_FALSE(memory.find(plain).has_value());
  EXPECT_TRUE(memory.find(variable).has_value());
  EXPECT_EQ(memory.release(variable, true), Status::Success);
  EXPECT_EQ(ledger.info().free, kTotal);
}

// A ledger of a device that is used by other processes too.
class SharedLedger final : public gpu::DeviceLedger {
 public:
  Status charge(std::uint64_t size) override {
    ++calls;
    if (size > free) return Status::OutOfMemory;
    free -= size;
    return Status::Success;
  }
  void give_back(std::uint64_t size) override {
    ++calls;
    free += size;
  }
  gpu::MemoryInfo info() override { return {.free = free, .total = kTotal}; }
  [[nodiscard]] unsigned process() const override { return number; }
  gpu::BusyTime& busy_time() override { return time; }

  std::uint64_t free = kTotal;
  unsigned number = 0, calls = 0;
  gpu::BusyTime time;
};

TEST(ExecMemory, WhatTheLedgerRefusesChangesNothing) {
  SharedLedger ledger;
  DeviceMemory memory(ledger);
  std::uint64_t address = 7;
  ledger.free = 511;
  EXPECT_EQ(memory.allocate(1, MemoryKind::Device, address), Status::OutOfMemory);
  EXPECT_EQ(memory.allocate(~std::uint64_t{0} - 100, MemoryKind::Managed, address), Status::OutOfMemory);
  EXPECT_EQ(address, 7u);
  EXPECT_EQ(ledger.free, 511u);
  ledger.free = 512;
  EXPECT_EQ(memory.allocate(1, MemoryKind::Device, address), Status::Success);
  EXPECT_EQ(ledger.free, 0u);
  EXPECT_EQ(memory.release(address), Status::Success);
  EXPECT_EQ(ledger.free, 512u);
}

TEST(ExecMemory, MemoryThatCannotBeMappedIsNotCharged) {
  ProcessLedger ledger(~std::uint64_t{0});
  DeviceMemory memory(ledger);
  std::uint64_t address = 0;
  EXPECT_EQ(memory.allocate(std::uint64_t{1} << 47, MemoryKind::Device, address), Status::OutOfMemory);
  EXPECT_EQ(ledger.info().free, ledger.info().total);
}

TEST(ExecMemory, AChildGivesNothingOfItsParentsBack) {
  SharedLedger ledger;
  DeviceMemory memory(ledger);
  std::uint64_t inherited = 0;
  std::uint64_t own = 0;
  ASSERT_EQ(memory.allocate(1024, MemoryKind::Device, inherited), Status::Success);
  ledger.number = 1;
  ASSERT_EQ(memory.allocate(512, MemoryKind::Device, own), Status::Success);
  EXPECT_EQ(memory.release(inherited), Status::Success);
  EXPECT_EQ(ledger.free, kTotal - 1536);
  EXPECT_EQ(memory.release(own), Status::Success);
  EXPECT_EQ(ledger.free, kTotal - 1024);
}

TEST(ExecMemory, AllIsGivenBackInOneCall) {
  SharedLedger ledger;
  DeviceMemory memory(ledger);
  std::uint64_t address = 0;
  for (int count = 0; count < 100; ++count)
    ASSERT_EQ(memory.allocate(600, MemoryKind::Device, address), Status::Success);
  EXPECT_EQ(ledger.free, kTotal - 100 * 1024);
  ledger.calls = 0;
  memory.release_all();
  EXPECT_EQ(ledger.free, kTotal);
  EXPECT_EQ(ledger.calls, 1u);
}

// Random allocations and releases: no two overlap, each keeps its contents, neighbourhoods are readable, and the
// charge is the sum of the sizes.
TEST(ExecMemory, RandomAllocationsDoNotOverlap) {
  ProcessLedger ledger(kTotal);
  DeviceMemory memory(ledger);
  std::mt19937 random(7);
  struct Block {
    std::uint64_t address, size;
    unsigned char mark;
  };
  std::vector<Block> blocks;
  std::uint64_t charged = 0;
  for (int step = 0; step < 3000; ++step) {
    if (blocks.empty() || random() % 3 != 0) {
      const std::uint64_t size = 1 + random() % (step % 10 == 0 ? 200000 : 5000);
      std::uint64_t address = 0;
      const Status status = memory.allocate(size, MemoryKind::Device, address);
      const std::uint64_t rounded = round_up(size, 512);
      if (charged + rounded > kTotal) {
        ASSERT_EQ(status, Status::OutOfMemory);
        continue;
      }
      ASSERT_EQ(status, Status::Success);
      ASSERT_EQ(address % 512, 0u);
      charged += rounded;
      const auto mark = static_cast<unsigned char>(random());
      std::memset(reinterpret_cast<void*>(address), mark, size);
      blocks.push_back({address, size, mark});
      const volatile char* start = reinterpret_cast<const char*>(address);
      static_cast<void>(start[-static_cast<int>(kReadablePadding)]);
      static_cast<void>(start[size + kReadablePadding - 1]);
    } else {
      const std::size_t chosen = random() % blocks.size();
      const Block block = blocks[chosen];
      const auto* bytes = reinterpret_cast<const unsigned char*>(block.address);
      ASSERT_EQ(bytes[0], block.mark);
      ASSERT_EQ(bytes[block.size / 2], block.mark);
      ASSERT_EQ(bytes[block.size - 1], block.mark);
      ASSERT_EQ(memory.release(block.address), Status::Success);
      charged -= round_up(block.size, 512);
      blocks[chosen] = blocks.back();
      blocks.pop_back();
    }
    ASSERT_EQ(ledger.info().free, kTotal - charged);
  }
}

}  // namespace
}  // namespace vgpu::exec
