#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "gpu/model/device_file.h"
#include "seccomp/delivery.h"

// Carrying answers out, with a listener that does what the test says. The caller is this process.
namespace vgpu::seccomp {
namespace {

class FakeListener final : public Listener {
 public:
  int receive(Notification&) override { return EINTR; }
  int answer(std::uint64_t, std::int64_t value, int error) override {
    ++answers;
    last_value = value;
    last_error = error;
    return answer_result;
  }
  int let_through(std::uint64_t) override {
    ++let_throughs;
    return 0;
  }
  bool is_waiting(std::uint64_t) override { return waiting; }
  std::expected<int, int> give_descriptor(std::uint64_t, int, bool) override {
    if (give_error != 0) return std::unexpected(give_error);
    return 33;
  }
  int replace_descriptor(std::uint64_t, int, int) override { return 0; }

  int answers = 0, let_throughs = 0, last_error = -1, answer_result = 0, give_error = 0;
  std::int64_t last_value = -1;
  bool waiting = true;
};

class DeliveryTest : public testing::Test {
 protected:
  DeliveryTest() : file_(*make_shared_memory("journal", SharedJournal::file_size())) {
    notification.id = 1;
    notification.pid = static_cast<std::uint32_t>(::gettid());
    notification.data.nr = __NR_ioctl;
    notification.data.args[1] = 0xc0104629;
    notification.data.args[2] = reinterpret_cast<std::uint64_t>(&memory);
  }
  Outcome answer_of(std::uint64_t content, bool changed) {
    Outcome outcome;
    outcome.kind = Outcome::Kind::Answer;
    outcome.changed = changed;
    const auto bytes = std::as_bytes(std::span(&content, 1));
    outcome.answer.writes.push_back({notification.data.args[2], {bytes.begin(), bytes.end()}});
    return outcome;
  }

  FileDescriptor file_;
  std::uint64_t memory = 5;
  seccomp_notif notification{};
  FakeListener listener;
  Container container{"test",
                      {model::make_device(*model::find_profile("t4"), 0)},
                      *SharedJournal::open(file_.get()),
                      [](const std::string&, const std::string&) {},
                      {[](int, rm::FileId) {}, [](pid_t) {}}};
  Delivery delivery{listener, container};
};

TEST_F(DeliveryTest, WritesAndAnswers) {
  delivery.carry_out(notification, answer_of(6, false));
  EXPECT_EQ(memory, 6u);
  EXPECT_EQ(listener.last_error, 0);
  EXPECT_FALSE(delivery.earlier_answer(notification).has_value());
}

TEST_F(DeliveryTest, WritesNothingForACallerThatIsGone) {
  listener.waiting = false;
  delivery.carry_out(notification, answer_of(6, true));
  EXPECT_EQ(memory, 5u);
  EXPECT_EQ(listener.answers, 0);
}

TEST_F(DeliveryTest, ACallThatWasCutOffGetsItsAnswerWhenItIsMadeAgain) {
  for (const bool written : {false, true}) {
    memory = 5;
    listener.waiting = written;
    listener.answer_result = ENOENT;
    delivery.carry_out(notification, answer_of(6, true));
    const auto again = delivery.earlier_answer(notification);
    ASSERT_TRUE(again.has_value()) << written;
    EXPECT_EQ(again->answer.writes[0].bytes.size(), sizeof memory);
    // Once.
    EXPECT_FALSE(delivery.earlier_answer(notification).has_value());
  }
}

TEST_F(DeliveryTest, ANewCallIsNotTakenForAnOldOne) {
  listener.answer_result = ENOENT;
  delivery.carry_out(notification, answer_of(6, true));
  memory = 7;  // the program has put something else there
  EXPECT_FALSE(delivery.earlier_answer(notification).has_value());

  delivery.carry_out(notification, answer_of(6, true));
  seccomp_notif other = notification;
  other.data.args[1] = 0xc020462a;
  EXPECT_FALSE(delivery.earlier_answer(other).has_value());
  // It may have been of the signal's handler.
  EXPECT_TRUE(delivery.earlier_answer(notification).has_value());

  // An accepted answer that changed nothing is none to be lost.
  listener.answer_result = 0;
  delivery.carry_out(notification, answer_of(6, false));
  EXPECT_FALSE(delivery.earlier_answer(notification).has_value());
  delivery.carry_out(notification, answer_of(6, true));
  EXPECT_TRUE(delivery.earlier_answer(notification).has_value());
  // One that perhaps was is a new one after another call.
  delivery.carry_out(notification, answer_of(6, true));
  EXPECT_FALSE(delivery.earlier_answer(other).has_value());
  EXPECT_FALSE(delivery.earlier_answer(notification).has_value());
}

TEST_F(DeliveryTest, UnwritableMemoryIsAnError) {
  Outcome outcome = answer_of(6, false);
  outcome.answer.writes[0].address = 8;
  delivery.carry_out(notification, outcome);
  EXPECT_EQ(listener.last_error, EFAULT);
}

TEST_F(DeliveryTest, ADescriptorThatCannotBeGivenIsClosed) {
  Outcome outcome;
  outcome.kind = Outcome::Kind::GiveDescriptor;
  outcome.given = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  delivery.carry_out(notification, outcome);
  EXPECT_EQ(listener.last_value, 33);
  EXPECT_EQ(::fcntl(outcome.given, F_GETFD), -1);
  outcome.given = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  listener.give_error = EMFILE;
  delivery.carry_out(notification, outcome);
  EXPECT_EQ(listener.last_error, EMFILE);
  EXPECT_EQ(::fcntl(outcome.given, F_GETFD), -1);
}

}  // namespace
}  // namespace vgpu::seccomp
