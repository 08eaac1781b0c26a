#include <sys/mman.h>
#include <unistd.h>

#include "rm_fixture.h"
#include "seccomp/rm/abi/control_gpu.h"
#include "seccomp/rm/abi/uvm.h"
#include "seccomp/rm/abi/vgpu.h"
#include "seccomp/rm/use.h"

// The ledger: what is allocated, the limit, and who holds what.
namespace vgpu::rm {
namespace {

using abi::Status;

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;

class RmMemoryTest : public RmTest {
 protected:
  Handle activity_of(const Clients& clients) {
    Handle handle = 0;
    std::uint32_t none = 0;
    EXPECT_EQ(make(clients.control.id, clients.client, clients.subdevice, handle, abi::kActivityClass, none),
              Status::Ok);
    return handle;
  }
  Status charge(const Clients& clients, Handle activity, std::int64_t change) {
    numbers = {change, 0, 0, 0};
    return control(clients.control.id, clients.client, activity, abi::kActivityCharge, numbers);
  }
  Status allocate(const Clients& clients, std::uint64_t size, std::uint32_t flags = 0, std::uint32_t attributes = 0) {
    heap = {};
    heap.root = clients.client;
    heap.parent = clients.device;
    heap.function = abi::kHeapAllocateSize;
    heap.allocate.size = size;
    heap.allocate.flags = flags;
    heap.allocate.attributes = attributes;
    EXPECT_EQ(ask(clients.control.id, 0x4a, heap), 0);
    return static_cast<Status>(heap.status);
  }
  abi::ChargeParameters numbers{};
  abi::HeapControl heap{};
};

TEST_F(RmMemoryTest, TheLimitHoldsForAllProcessesTogether) {
  const Clients one = make_clients(0, 100), other = make_clients(0, 200);
  const Handle first = activity_of(one), second = activity_of(other);
  const auto total = static_cast<std::int64_t>(devices[0].profile.memory);
  ASSERT_EQ(charge(one, first, total - 4096), Status::Ok);
  EXPECT_EQ(numbers.free, 4096u);
  EXPECT_EQ(charge(other, second, 4097), Status::NoMemory);
  EXPECT_EQ(charge(other, second, 0), Status::Ok);
  EXPECT_EQ(numbers.held, 0u);
  EXPECT_EQ(numbers.free, 4096u);
  EXPECT_EQ(allocate(other, 4097), Status::NoMemory);
  EXPECT_EQ(charge(other, second, 4096), Status::Ok);
  EXPECT_EQ(numbers.free, 0u);
  EXPECT_EQ(charge(other, second, 1), Status::NoMemory);
  EXPECT_EQ(charge(other, second, INT64_MAX), Status::NoMemory);
  // Of the other device nothing is used.
  EXPECT_EQ(driver.state().used(1), 0u);
  driver.close(one.control.id);
  EXPECT_EQ(charge(other, second, 0), Status::Ok);
  EXPECT_EQ(numbers.free, devices[0].profile.memory - 4096);
}

TEST_F(RmMemoryTest, NobodyGivesBackMoreThanItHolds) {
  const Clients one = make_clients();
  const Handle activity = activity_of(one);
  ASSERT_EQ(charge(one, activity, 1000), Status::Ok);
  EXPECT_EQ(charge(one, activity, -1001), Status::InvalidArgument);
  EXPECT_EQ(charge(one, activity, INT64_MIN), Status::InvalidArgument);
  EXPECT_EQ(driver.state().used(0), 1000u);
  EXPECT_EQ(charge(one, activity, -1000), Status::Ok);
  EXPECT_EQ(driver.state().used(0), 0u);
}

TEST_F(RmMemoryTest, HeapAllocationsAreChargedWhereTheyAreVideoMemory) {
  const Clients one = make_clients();
  ASSERT_EQ(allocate(one, kGiB), Status::Ok);
  EXPECT_EQ(heap.free, devices[0].profile.memory - kGiB);
  const Handle memory = heap.allocate.memory;
  ASSERT_EQ(allocate(one, 8 * kGiB, abi::kHeapFlagVirtual), Status::Ok);
  ASSERT_EQ(allocate(one, kGiB, 0, 1u << 25), Status::Ok);  // in the machine's memory
  EXPECT_EQ(driver.state().used(0), kGiB);
  EXPECT_EQ(allocate(one, 0), Status::InvalidLimit);
  EXPECT_EQ(allocate(one, UINT64_MAX), Status::InvalidLimit);
  EXPECT_EQ(allocate(one, 15 * kGiB), Status::NoMemory);
  abi::Free request{one.client, one.device, memory, 0};
  ASSERT_EQ(ask(one.control.id, 0x29, request), 0);
  EXPECT_EQ(driver.state().used(0), 0u);
}

TEST_F(RmMemoryTest, WhatIsUsedIsShown) {
  const Clients one = make_clients(0, 100);
  ASSERT_EQ(charge(one, activity_of(one), 5'000'001), Status::Ok);
  struct {
    std::uint32_t count;
    abi::IndexedValue entries[54];
  } list{2, {{0x09, 0}, {0x16, 0}}};
  ASSERT_EQ(control(one.control.id, one.client, one.subdevice, 0x20801303, list), Status::Ok);
  EXPECT_EQ(list.entries[0].value, devices[0].profile.memory >> 10);
  EXPECT_EQ(list.entries[0].value - list.entries[1].value, (5'000'001u + 1023) >> 10);

  abi::ProcessIds ids{};
  ids.id = 0xc5c0;
  ASSERT_EQ(control(one.control.id, one.client, one.subdevice, 0x2080018d, ids), Status::Ok);
  ASSERT_EQ(ids.count, 1u);
  EXPECT_EQ(ids.processes[0], 10u);  // as the container sees it
  abi::ProcessInfoList info{};
  info.count = 2;
  info.entries[0].process = 10;
  info.entries[1].process = 11;
  ASSERT_EQ(control(one.control.id, one.client, one.subdevice, 0x2080018e, info), Status::Ok);
  EXPECT_EQ(info.entries[0].private_memory, 5'000'001u);
  EXPECT_EQ(info.entries[0].result, 0u);
  EXPECT_EQ(static_cast<Status>(info.entries[1].result), Status::ObjectNotFound);
  info.count = 201;
  EXPECT_EQ(control(one.control.id, one.client, one.subdevice, 0x2080018e, info), Status::InvalidArgument);
}

TEST_F(RmMemoryTest, ThePageIsMappedAndCannotBeMadeSmaller) {
  const Clients one = make_clients();
  const Handle activity = activity_of(one);
  OpenedFile target = open({NodeKind::Device, 0});
  abi::MapMemory map{};
  map.client = one.client;
  map.device = one.device;
  map.memory = activity;
  map.length = abi::kActivityPageSize;
  map.descriptor = target.given.get();
  FakeMemory memory = extra;
  const Answer answer = driver.ioctl({one.control.id, request_of(0x4e, sizeof map), memory.add(map), 100}, memory);
  ASSERT_TRUE(answer.replacement.has_value());
  EXPECT_EQ(answer.replacement->target, target.given.get());
  EXPECT_NE(::ftruncate(answer.replacement->source, 0), 0);
  void* mapped =
      ::mmap(nullptr, abi::kActivityPageSize, PROT_READ | PROT_WRITE, MAP_SHARED, answer.replacement->source, 0);
  ASSERT_NE(mapped, MAP_FAILED);
  auto* page = static_cast<abi::ActivityPage*>(mapped);

  EXPECT_TRUE(driver.active());
  driver.sample();
  page->busy = 250'000'000;
  host.now += 1'000'000'000;
  driver.sample();
  EXPECT_EQ(driver.activity().utilisation(0), 25u);
  EXPECT_EQ(driver.activity().utilisation(1), 0u);
  EXPECT_EQ(driver.activity().busy_time(0), 250'000'000u);
  page->busy_since = host.now;
  host.now += 1'000'000'000;
  driver.sample();
  EXPECT_EQ(driver.activity().utilisation(0), 63u);  // 1.25 of 2 seconds
  page->busy_since = 0;
  page->busy = UINT64_MAX;
  host.now += 1'000'000'000;
  driver.sample();
  EXPECT_LE(driver.activity().utilisation(0), 100u);
  EXPECT_EQ(driver.activity().busy_time(0), 2'250'000'000u);  // what a process claims counts as long as time passed
  const auto use = use_of(driver);
  ASSERT_EQ(use.size(), 2u);
  EXPECT_EQ(use[0].busy, 2'250'000'000u);
  ASSERT_EQ(use[0].processes.size(), 1u);
  EXPECT_EQ(use[0].processes[0].process, 100);
  EXPECT_EQ(use[0].processes[0].utilisation, use[0].utilisation);
  EXPECT_TRUE(use[1].processes.empty());
  ::munmap(mapped, abi::kActivityPageSize);

  // What is gone is not busy.
  driver.close(one.control.id);
  EXPECT_TRUE(driver.active());
  host.now += 1'000'000'000;
  driver.sample();
  EXPECT_FALSE(driver.active());
  EXPECT_EQ(driver.activity().utilisation(0), 0u);
  EXPECT_EQ(driver.activity().busy_time(0), 2'250'000'000u);
}

TEST_F(RmMemoryTest, APageIsNotMappedOverAnotherFile) {
  const Clients one = make_clients();
  const Handle activity = activity_of(one);
  abi::MapMemory map{};
  map.client = one.client;
  map.device = one.device;
  map.memory = activity;
  map.length = abi::kActivityPageSize;
  map.descriptor = STDIN_FILENO;
  ASSERT_EQ(ask(one.control.id, 0x4e, map), 0);
  EXPECT_EQ(static_cast<Status>(map.status), Status::InvalidArgument);
}

TEST_F(RmMemoryTest, UvmMapsNothingBeyondAnAllocation) {
  const Clients one = make_clients();
  ASSERT_EQ(allocate(one, 1 << 20), Status::Ok);
  const OpenedFile uvm = open({NodeKind::Uvm, 0});
  struct {
    abi::UvmExternalRange range;
    std::uint8_t attributes[1200 - 24 - 24];
    abi::UvmExternalMemory memory;
  } request{};
  static_assert(sizeof request == 1200);
  const auto status_of = [&](std::uint64_t length, std::uint64_t offset, int descriptor) {
    request.range = {0x700000000000, length, offset};
    request.memory = {1, descriptor, one.client, heap.allocate.memory, 0};
    FakeMemory memory = extra;
    EXPECT_EQ(carry_out(driver.ioctl({uvm.id, 33, memory.add(request), 100}, memory)), 0);
    return static_cast<Status>(request.memory.status);
  };
  EXPECT_EQ(status_of(1 << 20, 0, one.control.given.get()), Status::Ok);
  EXPECT_EQ(status_of(1 << 20, 4096, one.control.given.get()), Status::InvalidOffset);
  EXPECT_EQ(status_of(UINT64_MAX, 0, one.control.given.get()), Status::InvalidAddress);
  EXPECT_EQ(status_of(1 << 20, UINT64_MAX, one.control.given.get()), Status::InvalidOffset);
  EXPECT_EQ(status_of(1 << 20, 0, STDIN_FILENO), Status::InvalidClient);
  const OpenedFile other = open({NodeKind::Control, 0}, 200);
  EXPECT_EQ(status_of(1 << 20, 0, other.given.get()), Status::InvalidClient);
  EXPECT_EQ(driver.state().mappings().size(), 1u);
  driver.close(one.control.id);
  EXPECT_TRUE(driver.state().mappings().empty());
}

}  // namespace
}  // namespace vgpu::rm
