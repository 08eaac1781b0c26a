#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

#include "gpu/exec/device_heap.h"
#include "gpu/exec/process_ledger.h"

namespace vgpu::exec {
namespace {

using gpu::Status;

constexpr std::uint64_t kTotal = 16u << 20;

// Blocks of many sizes in every order: none overlaps another, and all together fill the heap.
TEST(ExecHeap, BlocksDoNotOverlapAndJoinAgain) {
  ProcessLedger ledger(kTotal);
  DeviceMemory memory(ledger);
  DeviceHeap heap(memory);
  constexpr std::uint64_t kSize = 100'000;
  ASSERT_EQ(heap.set_size(kSize), Status::Success);
  std::mt19937 random(7);
  std::map<std::uint64_t, std::uint64_t> blocks;  // size by address
  unsigned refused = 0;
  for (int step = 0; step < 20'000; ++step) {
    if (random() % 5 < 3) {
      const std::uint64_t size = 1 + random() % 2000;
      const std::uint64_t address = heap.allocate(size);
      if (address == 0) {
        ++refused;
        continue;
      }
      ASSERT_EQ(address % 16, 0u);
      const auto after = blocks.lower_bound(address);
      if (after != blocks.end()) {
        ASSERT_LE(address + size, after->first);
      }
      if (after != blocks.begin()) {
        ASSERT_LE(std::prev(after)->first + std::prev(after)->second, address);
      }
      blocks.emplace(address, size);
    } else if (!blocks.empty()) {
      auto chosen = blocks.begin();
      std::advance(chosen, random() % blocks.size());
      EXPECT_FALSE(heap.release(chosen->first + 8));
      ASSERT_TRUE(heap.release(chosen->first));
      EXPECT_FALSE(heap.release(chosen->first));
      blocks.erase(chosen);
    }
  }
  EXPECT_GT(refused, 100u);
  ASSERT_FALSE(blocks.empty());
  EXPECT_LE(blocks.rbegin()->first + blocks.rbegin()->second - blocks.begin()->first, kSize);
  for (const auto& [address, size] : blocks) ASSERT_TRUE(heap.release(address));
  EXPECT_NE(heap.allocate(kSize), 0u);
}

TEST(ExecHeap, IsMemoryOfTheDeviceFromTheFirstBlockOn) {
  ProcessLedger ledger(kTotal);
  DeviceMemory memory(ledger);
  DeviceHeap heap(memory);
  EXPECT_EQ(heap.size(), 8u << 20);
  EXPECT_EQ(ledger.info().free, kTotal);
  const std::uint64_t block = heap.allocate(1);
  EXPECT_EQ(ledger.info().free, kTotal - (8u << 20));
  EXPECT_TRUE(memory.find(block).has_value());
  EXPECT_EQ(memory.release(memory.find(block)->address), Status::InvalidValue);
  EXPECT_TRUE(heap.contains(block, 8u << 20));
  EXPECT_FALSE(heap.contains(block, (8u << 20) + 1));
  EXPECT_FALSE(heap.contains(block - 1, 1));
  memory.release_all();
  EXPECT_TRUE(memory.find(block).has_value());
  EXPECT_EQ(heap.set_size(1 << 20), Status::InvalidValue);
  heap.clear();
  EXPECT_EQ(ledger.info().free, kTotal);
  EXPECT_EQ(heap.set_size(1 << 20), Status::Success);
}

TEST(ExecHeap, HasNoBlocksWhereTheDeviceIsFull) {
  ProcessLedger ledger(kTotal);
  DeviceMemory memory(ledger);
  DeviceHeap heap(memory);
  std::uint64_t address = 0;
  ASSERT_EQ(memory.allocate(kTotal - (1 << 20), gpu::MemoryKind::Device, address), Status::Success);
  EXPECT_EQ(heap.allocate(16), 0u);
  ASSERT_EQ(memory.release(address), Status::Success);
  EXPECT_NE(heap.allocate(16), 0u);
}

}  // namespace
}  // namespace vgpu::exec
