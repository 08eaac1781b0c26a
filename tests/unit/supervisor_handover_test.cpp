#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>

#include "seccomp/handover.h"
#include "seccomp/state.h"

// What runtimes send with a listener, and what others might.
namespace vgpu::seccomp {
namespace {

using testing::HasSubstr;
using Progress = HandoverConnection::Progress;

const std::string kState =
    R"({"ociVersion":"0.2.0","fds":["other","seccompFd"],"pid":77,"metadata":"/run/vgpu/containers/a}{\"b",
    "state":{"id":"abc","pid":77,"bundle":"/b","annotations":{"x":"}}}}"}}})";

class Pair {
 public:
  Pair() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
    mine = FileDescriptor(ends[0]);
    connection = HandoverConnection(FileDescriptor(ends[1]));
  }
  void send(const std::string& text, const std::vector<int>& descriptors = {}) {
    iovec piece{const_cast<char*>(text.data()), text.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * 8)> control{};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    if (!descriptors.empty()) {
      message.msg_control = control.data();
      message.msg_controllen = CMSG_SPACE(sizeof(int) * descriptors.size());
      cmsghdr* header = CMSG_FIRSTHDR(&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN(sizeof(int) * descriptors.size());
      std::memcpy(CMSG_DATA(header), descriptors.data(), sizeof(int) * descriptors.size());
    }
    EXPECT_EQ(::sendmsg(mine.get(), &message, 0), static_cast<ssize_t>(text.size()));
  }
  FileDescriptor mine;
  HandoverConnection connection{FileDescriptor()};
};

TEST(Handover, ComesInPiecesOverAConnectionThatStaysOpen) {
  Pair pair;
  EXPECT_EQ(pair.connection.read(), Progress::More);
  pair.send(kState.substr(0, 20), {STDIN_FILENO, STDERR_FILENO});
  EXPECT_EQ(pair.connection.read(), Progress::More);
  for (std::size_t at = 20; at + 1 < kState.size(); ++at) {
    pair.send(kState.substr(at, 1));
    ASSERT_EQ(pair.connection.read(), Progress::More) << at;
  }
  pair.send(kState.substr(kState.size() - 1));
  ASSERT_EQ(pair.connection.read(), Progress::Complete);
  const auto handover = pair.connection.finish();
  ASSERT_TRUE(handover.has_value()) << handover.error().message;
  EXPECT_EQ(handover->id, "abc");
  EXPECT_EQ(handover->metadata, "/run/vgpu/containers/a}{\"b");
  EXPECT_EQ(handover->process, 77);
  struct stat given{}, sent{};
  ASSERT_EQ(::fstat(handover->listener.get(), &given), 0);
  ASSERT_EQ(::fstat(STDERR_FILENO, &sent), 0);
  EXPECT_EQ(given.st_ino, sent.st_ino);
  EXPECT_NE(::fcntl(handover->listener.get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(Handover, WhatCameInOnePieceCanBeReadByAnotherWorker) {
  Pair pair;
  pair.send(kState, {STDIN_FILENO, STDERR_FILENO});
  ASSERT_EQ(pair.connection.read(), Progress::Complete);
  HandoverConnection other(FileDescriptor(::dup(pair.connection.descriptor())));
  ASSERT_EQ(other.read(), Progress::Complete);
  for (HandoverConnection* one : {&pair.connection, &other}) {
    const auto handover = one->finish();
    ASSERT_TRUE(handover.has_value());
    EXPECT_EQ(handover->id, "abc");
    EXPECT_TRUE(handover->listener.valid());
  }
}

TEST(Handover, NothingComesOfNonsense) {
  {
    Pair pair;
    pair.mine = FileDescriptor();
    EXPECT_EQ(pair.connection.read(), Progress::Failed);
  }
  {
    Pair pair;
    pair.send("{}");
    ASSERT_EQ(pair.connection.read(), Progress::Complete);
    EXPECT_FALSE(pair.connection.finish().has_value());
  }
  {
    Pair pair;
    pair.send(kState);  // without descriptors
    ASSERT_EQ(pair.connection.read(), Progress::Complete);
    EXPECT_THAT(pair.connection.finish().error().message, HasSubstr("came without its listener"));
  }
  {
    Pair pair;
    Progress progress = Progress::More;
    for (int count = 0; count < 200 && progress == Progress::More; ++count) {
      pair.send(std::string(65536, '{'));
      progress = pair.connection.read();
    }
    EXPECT_EQ(progress, Progress::Failed);
  }
}

TEST(Handover, StatesThatAreNone) {
  for (const char* text : {"", "[]", "5", R"({"fds":5,"state":{"id":"a"}})", R"({"fds":["x"],"state":{"id":"a"}})",
                           R"({"fds":["seccompFd"]})", R"({"fds":["seccompFd"],"state":{"id":5}})"}) {
    EXPECT_FALSE(parse_container_process_state(text).has_value()) << text;
  }
}

TEST(Handover, MetadataMustNameTheContainersOwnFolder) {
  EXPECT_EQ(*folder_of("/run/vgpu/containers/abc", "/run/vgpu", "abc"), "/run/vgpu/containers/abc");
  for (const char* metadata : {"", "/run/vgpu/containers/abd", "/run/vgpu/containers/abc/", "/tmp/abc"}) {
    EXPECT_FALSE(folder_of(metadata, "/run/vgpu", "abc").has_value()) << metadata;
  }
  EXPECT_FALSE(folder_of("/run/vgpu/containers/..", "/run/vgpu", "..").has_value());
  EXPECT_FALSE(folder_of("/run/vgpu/containers/a/b", "/run/vgpu", "a/b").has_value());
}

}  // namespace
}  // namespace vgpu::seccomp
