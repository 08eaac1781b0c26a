#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/exec_fixture.h"

namespace vgpu::exec::test {
namespace {

using gpu::Status;

// Whether a thread of this process sleeps; 0 is none.
bool sleeps(pid_t thread) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
  std::string line;
  std::getline(file, line);
  return line.find(") S ") != std::string::npos;
}

class ExecStream : public testing::Test {
 protected:
  ~ExecStream() override { backend.wait_all(); }
  CpuBackend backend{small_device()};
};

TEST_F(ExecStream, RunsInOrderAndAsynchronously) {
  const auto stream = backend.create_stream(0);
  std::atomic<bool> open{false};
  std::vector<int> order;
  backend.enqueue(*stream, gpu::HostWork{[&] {
    while (!open) std::this_thread::yield();
  }});
  for (int i = 0; i < 1000; ++i) backend.enqueue(*stream, gpu::HostWork{[&order, i] { order.push_back(i); }});
  EXPECT_FALSE(backend.idle(*stream));
  open = true;
  backend.wait(*stream);
  EXPECT_TRUE(backend.idle(*stream));
  ASSERT_EQ(order.size(), 1000u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST_F(ExecStream, WhoWaitsReturnsWhenItsOwnWorkIsDone) {
  const auto stream = backend.create_stream(0);
  std::atomic<int> returned{0};
  std::vector<std::thread> waiting;
  for (int n = 0; n < 4; ++n) {
    // Ends only when those have returned that waited for what was queued before.
    backend.enqueue(*stream, gpu::HostWork{[&returned, n] {
      while (returned < n) std::this_thread::yield();
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }});
    std::atomic<pid_t> thread{0};
    waiting.emplace_back([&] {
      thread = ::gettid();
      backend.wait(*stream);
      ++returned;
    });
    while (!sleeps(thread)) std::this_thread::yield();
  }
  for (std::thread& thread : waiting) thread.join();
  EXPECT_TRUE(backend.idle(*stream));
}

TEST_F(ExecStream, WhoWaitsIsNotWokenForEveryItem) {
  constexpr int kItems = 1000;
  const auto stream = backend.create_stream(0);
  for (int i = 0; i < kItems; ++i) {
    backend.enqueue(*stream, gpu::HostWork{[] { std::this_thread::sleep_for(std::chrono::microseconds(50)); }});
  }
  rusage before{}, after{};
  ASSERT_EQ(::getrusage(RUSAGE_THREAD, &before), 0);
  backend.wait(*stream);
  ASSERT_EQ(::getrusage(RUSAGE_THREAD, &after), 0);
  EXPECT_LT(after.ru_nvcsw - before.ru_nvcsw, kItems / 10);
}

TEST_F(ExecStream, StreamsDoNotWaitForEachOther) {
  const auto blocked = backend.create_stream(0);
  const auto other = backend.create_stream(0);
  std::atomic<bool> open{false};
  backend.enqueue(*blocked, gpu::HostWork{[&] {
    while (!open) std::this_thread::yield();
  }});
  backend.enqueue(*other, gpu::HostWork{[&] { open = true; }});
  backend.wait(*blocked);
  EXPECT_TRUE(open);
}

TEST_F(ExecStream, EventsOrderStreamsAndTellTime) {
  const auto first = backend.create_stream(0);
  const auto second = backend.create_stream(0);
  const auto event = backend.create_event();
  EXPECT_TRUE(backend.complete(*event));
  EXPECT_FALSE(backend.timestamp(*event).has_value());

  std::atomic<bool> open{false};
  std::atomic<int> value{0};
  backend.enqueue(*first, gpu::HostWork{[&] {
    while (!open) std::this_thread::yield();
    value = 1;
  }});
  backend.enqueue(*first, gpu::RecordWork{event});
  backend.enqueue(*second, gpu::WaitWork{event});
  int seen = -1;
  backend.enqueue(*second, gpu::HostWork{[&] { seen = value; }});
  EXPECT_FALSE(backend.complete(*event));
  EXPECT_FALSE(backend.timestamp(*event).has_value());
  open = true;
  backend.wait(*event);
  EXPECT_TRUE(backend.complete(*event));
  const auto start = backend.timestamp(*event);
  ASSERT_TRUE(start.has_value());
  backend.wait(*second);
  EXPECT_EQ(seen, 1);

  backend.enqueue(*second, gpu::HostWork{[] { std::this_thread::sleep_for(std::chrono::milliseconds(5)); }});
  backend.enqueue(*second, gpu::RecordWork{event});
  backend.wait(*event);
  EXPECT_GE(*backend.timestamp(*event) - *start, 5'000'000u);
}

TEST_F(ExecStream, WaitIsForTheRecordAtTheTimeOfTheCall) {
  const auto slow = backend.create_stream(0);
  const auto fast = backend.create_stream(0);
  const auto waiting = backend.create_stream(0);
  const auto event = backend.create_event();
  std::atomic<bool> open{false};
  std::atomic<bool> passed{false};
  backend.enqueue(*slow, gpu::HostWork{[&] {
    while (!open) std::this_thread::yield();
  }});
  backend.enqueue(*slow, gpu::RecordWork{event});
  backend.enqueue(*waiting, gpu::WaitWork{event});
  backend.enqueue(*waiting, gpu::HostWork{[&] { passed = true; }});
  backend.enqueue(*fast, gpu::RecordWork{event});
  backend.wait(*event);
  EXPECT_TRUE(backend.complete(*event));
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  EXPECT_FALSE(passed);
  open = true;
  backend.wait(*waiting);
  EXPECT_TRUE(passed);
}

TEST_F(ExecStream, DroppedStreamFinishesItsWork) {
  std::atomic<int> done{0};
  {
    const auto stream = backend.create_stream(0);
    for (int i = 0; i < 100; ++i) backend.enqueue(*stream, gpu::HostWork{[&] { ++done; }});
  }
  backend.wait_all();
  for (int i = 0; i < 1000 && done != 100; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(done, 100);
}

TEST_F(ExecStream, CopiesRowsAndFills) {
  const auto stream = backend.create_stream(0);
  std::uint64_t memory = 0;
  ASSERT_EQ(backend.allocate(4096, gpu::MemoryKind::Device, memory), Status::Success);
  backend.enqueue(*stream, gpu::FillWork{.destination = memory, .value = 0x11223344, .element_size = 4, .count = 1024});
  backend.enqueue(
      *stream,
      gpu::FillWork{
          .destination = memory + 64, .value = 0xFFAB, .element_size = 1, .count = 3, .height = 2, .pitch = 16});
  std::vector<unsigned char> host(4096);
  backend.enqueue(
      *stream,
      gpu::CopyWork{.destination = reinterpret_cast<std::uint64_t>(host.data()), .source = memory, .width = 4096});
  std::vector<unsigned char> window(2 * 3);
  backend.enqueue(*stream, gpu::CopyWork{.destination = reinterpret_cast<std::uint64_t>(window.data()),
                                         .source = memory + 64,
                                         .width = 3,
                                         .height = 2,
                                         .destination_pitch = 3,
                                         .source_pitch = 16});
  backend.wait(*stream);
  EXPECT_EQ(host[0], 0x44);
  EXPECT_EQ(host[4095], 0x11);
  EXPECT_EQ(host[67], 0x11);
  EXPECT_EQ(window, std::vector<unsigned char>(6, 0xAB));
}

TEST_F(ExecStream, LargeCopiesAndFillsAreWhole) {
  constexpr std::uint64_t kSize = (9u << 20) + 37;
  const auto stream = backend.create_stream(0);
  std::uint64_t memory = 0;
  ASSERT_EQ(backend.allocate(2 * kSize, gpu::MemoryKind::Device, memory), Status::Success);
  std::vector<unsigned char> host(kSize);
  for (std::size_t i = 0; i < kSize; ++i) host[i] = static_cast<unsigned char>(i * 7 + i / 4093);
  const std::vector<unsigned char> original = host;
  const auto address = reinterpret_cast<std::uint64_t>(host.data());
  backend.enqueue(*stream, gpu::CopyWork{.destination = memory, .source = address, .width = kSize});
  // Overlapping by all but ten bytes.
  backend.enqueue(*stream, gpu::CopyWork{.destination = memory + 10, .source = memory, .width = kSize});
  backend.enqueue(*stream, gpu::CopyWork{.destination = address, .source = memory + 10, .width = kSize});
  backend.wait(*stream);
  EXPECT_TRUE(host == original);
  backend.enqueue(*stream,
                  gpu::FillWork{.destination = memory, .value = 0x5A5B, .element_size = 2, .count = kSize / 2});
  backend.enqueue(*stream, gpu::CopyWork{.destination = address, .source = memory, .width = kSize});
  backend.wait(*stream);
  EXPECT_TRUE(std::all_of(host.begin(), host.end() - 1,
                          [&, i = 0](unsigned char byte) mutable { return byte == (i++ % 2 == 0 ? 0x5B : 0x5A); }));
  EXPECT_EQ(host.back(), original[kSize - 11]);
}

// Random work over several streams, with waits for random earlier records. Every item checks that what it depends on
// has happened: all earlier items of its stream, and everything before the records that its stream waited for.
TEST_F(ExecStream, RandomWorkKeepsItsOrder) {
  constexpr std::size_t kStreams = 5;
  constexpr std::size_t kEvents = 4;
  for (unsigned seed = 0; seed < 10; ++seed) {
    std::mt19937 random(seed);
    std::vector<std::shared_ptr<gpu::StreamObject>> streams;
    std::vector<std::shared_ptr<gpu::EventObject>> events;
    using Clock = std::array<int, kStreams>;  // items of each stream that have happened for certain
    std::array<std::atomic<int>, kStreams> done{};
    std::vector<Clock> known(kStreams, Clock{});
    std::vector<Clock> recorded(kEvents, Clock{});
    for (std::size_t i = 0; i < kStreams; ++i) streams.push_back(backend.create_stream(0));
    for (std::size_t i = 0; i < kEvents; ++i) events.push_back(backend.create_event());
    std::atomic<int> violations{0};
    for (int step = 0; step < 2000; ++step) {
      const std::size_t stream = random() % kStreams;
      const std::size_t event = random() % kEvents;
      switch (random() % 4) {
        case 0:
          backend.enqueue(*streams[stream], gpu::RecordWork{events[event]});
          recorded[event] = known[stream];
          break;
        case 1:
          backend.enqueue(*streams[stream], gpu::WaitWork{events[event]});
          for (std::size_t i = 0; i < kStreams; ++i) {
            known[stream][i] = std::max(known[stream][i], recorded[event][i]);
          }
          break;
        default: {
          const Clock expected = known[stream];
          backend.enqueue(*streams[stream], gpu::HostWork{[&done, &violations, expected, stream] {
            for (std::size_t i = 0; i < kStreams; ++i) {
              if (done[i] < expected[i]) ++violations;
            }
            if (done[stream] != expected[stream]) ++violations;
            ++done[stream];
          }});
          ++known[stream][stream];
          break;
        }
      }
    }
    backend.wait_all();
    EXPECT_EQ(violations, 0) << "seed " << seed;
    for (std::size_t i = 0; i < kStreams; ++i) EXPECT_EQ(done[i], known[i][i]) << "seed " << seed;
  }
}

}  // namespace
}  // namespace vgpu::exec::test
