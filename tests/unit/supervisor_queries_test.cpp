#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <nlohmann/json.hpp>
#include <thread>

#include "host/use_request.h"
#include "seccomp/handover.h"
#include "seccomp/queries.h"

// Those who ask a supervisor what its containers hold and do.
namespace vgpu::seccomp {
namespace {

using Json = nlohmann::json;

struct Pair {
  Pair() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
    mine = FileDescriptor(ends[0]);
    other = FileDescriptor(ends[1]);
  }
  // Everything up to the end; nullopt while it does not end.
  std::optional<std::string> read() {
    std::array<char, 65536> buffer;
    for (;;) {
      const ssize_t length = ::recv(mine.get(), buffer.data(), buffer.size(), 0);
      if (length == 0) return text;
      if (length < 0) return std::nullopt;
      text.append(buffer.data(), static_cast<std::size_t>(length));
    }
  }
  FileDescriptor mine, other;
  std::string text;
};

rm::DeviceUse use(std::uint64_t memory) {
  rm::DeviceUse made;
  made.memory = memory;
  made.utilisation = 50;
  made.busy = 3;
  made.processes = {{10, 2, 7, 40}};
  return made;
}

TEST(Queries, AllWhoAskGetOneAnswer) {
  Watcher watcher;
  Queries queries(watcher);
  Pair first, second;
  queries.add(std::move(first.other));
  queries.add(std::move(second.other));
  EXPECT_TRUE(queries.looking());
  int looks = 0;
  queries.go_on({"a"}, [&](const std::string&) {
    ++looks;
    return std::vector{use(5)};
  });
  EXPECT_EQ(looks, 1);
  EXPECT_FALSE(queries.looking());
  EXPECT_TRUE(queries.empty());
  const auto answer = first.read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer, second.read());
  EXPECT_EQ(Json::parse(*answer),
            Json::parse(
                R"({"version":1,"containers":[{"id":"a","devices":[{"memory":5,"utilisation":50,"busy":3,
        "processes":[{"process":10,"container_process":2,"memory":7,"utilisation":40}]}]}]})"));
}

TEST(Queries, ABusyContainerIsLookedAtAgainAndThenLeftOut) {
  Watcher watcher;
  Queries queries(watcher);
  Pair asker;
  queries.add(std::move(asker.other));
  bool busy = true;
  const auto look = [&](const std::string& id) -> ContainerUse {
    if (id == "hangs" || busy) return std::nullopt;
    return std::vector{use(1)};
  };
  queries.go_on({"hangs", "works"}, look);
  EXPECT_TRUE(queries.looking());
  EXPECT_FALSE(asker.read());
  busy = false;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (queries.looking() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    queries.go_on({"hangs", "works"}, look);
  }
  const auto answer = asker.read();
  ASSERT_TRUE(answer);
  const Json containers = Json::parse(*answer).at("containers");
  ASSERT_EQ(containers.size(), 2u);
  EXPECT_FALSE(containers[0].contains("devices"));
  EXPECT_EQ(containers[1].at("devices")[0].at("memory"), 1);
}

TEST(Queries, AnAnswerLongerThanTheSocketTakes) {
  Watcher watcher;
  Queries queries(watcher);
  Pair asker;
  const int number = asker.other.get();
  queries.add(std::move(asker.other));
  std::vector<std::string> ids;
  for (int index = 0; index < 5000; ++index) ids.push_back("container-" + std::to_string(index));
  queries.go_on(ids, [](const std::string&) { return std::vector{use(1), use(2)}; });
  EXPECT_FALSE(queries.empty());
  std::optional<std::string> answer;
  for (int turn = 0; turn < 1000 && !answer; ++turn) {
    answer = asker.read();
    About about;
    if (watcher.next(about, 0)) {
      EXPECT_EQ(about.kind, About::Kind::Query);
      EXPECT_EQ(about.number, static_cast<std::uint32_t>(number));
      queries.write(number);
    }
  }
  ASSERT_TRUE(answer);
  EXPECT_EQ(Json::parse(*answer).at("containers").size(), ids.size());
  EXPECT_TRUE(queries.empty());
}

TEST(Queries, TooManyAreTurnedAway) {
  Watcher watcher;
  Queries queries(watcher);
  std::vector<Pair> askers(40);
  std::size_t turned_away = 0;
  for (Pair& asker : askers) {
    queries.add(std::move(asker.other));
    if (asker.read()) ++turned_away;
  }
  EXPECT_EQ(turned_away, 8u);
}

TEST(Queries, TheRequestIsToldFromAHandover) {
  for (const std::size_t first : {std::size_t{0}, std::size_t{4}, host::kUseRequest.size() - 1}) {
    Pair pair;
    HandoverConnection connection(std::move(pair.other));
    const std::string request(host::kUseRequest);
    if (first > 0) {
      ASSERT_GT(::send(pair.mine.get(), request.data(), first, 0), 0);
      EXPECT_EQ(connection.read(), HandoverConnection::Progress::More);
    }
    ASSERT_GT(::send(pair.mine.get(), request.data() + first, request.size() - first, 0), 0);
    EXPECT_EQ(connection.read(), HandoverConnection::Progress::Use) << first;
    EXPECT_TRUE(connection.take().valid());
  }
  Pair pair;
  HandoverConnection connection(std::move(pair.other));
  ASSERT_GT(::send(pair.mine.get(), "vgpu use 2\n", 11, 0), 0);
  pair.mine = FileDescriptor();
  EXPECT_EQ(connection.read(), HandoverConnection::Progress::Failed);
}

}  // namespace
}  // namespace vgpu::seccomp
