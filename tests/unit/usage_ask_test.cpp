#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <thread>

#include "cli/usage/ask.h"
#include "host/listening_socket.h"
#include "host/use_request.h"

// Asking supervisors that answer, that do not, and that are not there.
namespace vgpu::cli::usage {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

class UsageAsk : public testing::Test {
 protected:
  UsageAsk() {
    std::string path = "/tmp/vgpu-ask-test.XXXXXX";
    folder = ::mkdtemp(path.data());
  }
  ~UsageAsk() override { std::filesystem::remove_all(folder); }
  std::string folder;
};

// Answers one who asks rightly with `size` times `x`.
void answer_once(const FileDescriptor& listening, std::size_t size) {
  pollfd ready{listening.get(), POLLIN, 0};
  ASSERT_EQ(::poll(&ready, 1, 5000), 1);
  const FileDescriptor connection(::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC));
  std::array<char, 64> buffer{};
  const ssize_t length = ::recv(connection.get(), buffer.data(), buffer.size(), 0);
  EXPECT_EQ(std::string_view(buffer.data(), static_cast<std::size_t>(length)), host::kUseRequest);
  const std::string text(size, 'x');
  for (std::size_t sent = 0; sent < size;) {
    const ssize_t part = ::send(connection.get(), text.data() + sent, size - sent, MSG_NOSIGNAL);
    ASSERT_GT(part, 0);
    sent += static_cast<std::size_t>(part);
  }
}

TEST_F(UsageAsk, LongAnswersAndManySupervisors) {
  constexpr std::size_t kMany = 300;  // more than are asked at a time
  std::vector<std::string> paths;
  std::vector<FileDescriptor> sockets;
  for (std::size_t index = 0; index < kMany; ++index) {
    paths.push_back(folder + "/" + std::to_string(index));
    auto socket = host::listen_at(paths.back());
    ASSERT_TRUE(socket) << socket.error().message;
    sockets.push_back(*std::move(socket));
  }
  std::jthread answering([&] {
    for (std::size_t index = 0; index < kMany; ++index) answer_once(sockets[index], index == 7 ? 3'000'000 : index + 1);
  });
  const auto answers = ask_supervisors(paths, milliseconds(10'000));
  ASSERT_EQ(answers.size(), kMany);
  for (std::size_t index = 0; index < kMany; ++index) {
    ASSERT_TRUE(answers[index]) << answers[index].error().message;
    EXPECT_EQ(answers[index]->size(), index == 7 ? 3'000'000 : index + 1);
  }
}

TEST_F(UsageAsk, OneThatHangsHoldsUpNoOther) {
  const auto hangs = host::listen_at(folder + "/hangs"), answers = host::listen_at(folder + "/answers");
  std::jthread answering([&] { answer_once(*answers, 5); });
  const auto start = std::chrono::steady_clock::now();
  const auto results = ask_supervisors({folder + "/hangs", folder + "/answers", folder + "/none"}, milliseconds(300));
  const auto took = std::chrono::steady_clock::now() - start;
  EXPECT_LT(took, milliseconds(2000));
  EXPECT_GE(took, milliseconds(250));
  ASSERT_FALSE(results[0]);
  EXPECT_THAT(results[0].error().message, HasSubstr("no answer in time"));
  ASSERT_TRUE(results[1]);
  EXPECT_EQ(*results[1], "xxxxx");
  ASSERT_FALSE(results[2]);
  EXPECT_THAT(results[2].error().message, HasSubstr("No such file"));
}

}  // namespace
}  // namespace vgpu::cli::usage
