#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <random>
#include <vector>

#include "hook/nri/adjustment.h"
#include "hook/nri/session.h"

namespace vgpu::nri {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

message::CreateContainerRequest container_of_pod(std::map<std::string, std::string> annotations) {
  message::CreateContainerRequest request;
  request.mutable_pod()->mutable_annotations()->insert(annotations.begin(), annotations.end());
  request.mutable_container()->set_name("trainer");
  return request;
}

TEST(NriAnnotations, AreThePodsAndTheContainersAndItsName) {
  auto request = container_of_pod({{"vgpu.dev/count", "1"}, {"vgpu.dev/cores", "10"}});
  (*request.mutable_container()->mutable_annotations())["vgpu.dev/count"] = "2";
  const auto annotations = annotations_of(request);
  EXPECT_EQ(annotations.at("vgpu.dev/count"), "2");
  EXPECT_EQ(annotations.at("vgpu.dev/cores"), "10");
  EXPECT_EQ(annotations.at("io.kubernetes.cri.container-name"), "trainer");
}

TEST(NriAdjustment, GivesTheHookItsAnnotationsAndTheProgramItsEnvironment) {
  auto request = container_of_pod({{"vgpu.dev/trainer.count", "1"}, {"nvidia.com/gpumem", "1000"}, {"other", "kept"}});
  for (const char* variable : {"PATH=/bin", "LD_LIBRARY_PATH=/mine", "SET=by user"}) {
    request.mutable_container()->add_environment(variable);
  }
  oci::Plan plan;
  using enum oci::EnvironmentEdit::Kind;
  plan.environment = {{AppendToPath, "LD_LIBRARY_PATH", "/usr/local/nvidia/lib64"},
                      {SetIfMissing, "SET", "by plan"},
                      {SetIfMissing, "NEW", "a=b"}};
  const auto adjustment = make_adjustment(request, plan, "/libexec/vgpu-hook");
  ASSERT_TRUE(adjustment);
  EXPECT_EQ(adjustment->annotations().size(), 3U);
  EXPECT_EQ(adjustment->annotations().at("vgpu.dev/trainer.count"), "1");
  EXPECT_EQ(adjustment->annotations().at("nvidia.com/gpumem"), "1000");
  EXPECT_EQ(adjustment->annotations().at("io.kubernetes.cri.container-name"), "trainer");
  ASSERT_EQ(adjustment->environment_size(), 2);
  EXPECT_EQ(adjustment->environment(0).key(), "LD_LIBRARY_PATH");
  EXPECT_EQ(adjustment->environment(0).value(), "/mine:/usr/local/nvidia/lib64");
  EXPECT_EQ(adjustment->environment(1).key(), "NEW");
  EXPECT_EQ(adjustment->environment(1).value(), "a=b");
  ASSERT_EQ(adjustment->hooks().prestart_size(), 1);
  EXPECT_EQ(adjustment->hooks().prestart(0).path(), "/libexec/vgpu-hook");
  EXPECT_THAT(adjustment->hooks().prestart(0).arguments(), ElementsAre("vgpu-hook", "prestart"));
  EXPECT_THAT(adjustment->hooks().poststop(0).arguments(), ElementsAre("vgpu-hook", "poststop"));
}

TEST(NriAdjustment, IsNoneForPodsThatDoNotAskAndTheReasonForWrongOnes) {
  const auto untouched = adjust(container_of_pod({{"vgpu.dev/other.count", "1"}, {"some", "annotation"}}), {});
  ASSERT_TRUE(untouched) << untouched.error().message;
  EXPECT_FALSE(*untouched);
  const auto refused = adjust(container_of_pod({{"vgpu.dev/count", "many"}}), {});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("vgpu.dev/count=\"many\": not a whole number"));
}

TEST(NriAdjustment, ACacheIsTheNamespacesThatTheEngineSays) {
  const auto refusal = [](const message::CreateContainerRequest& request) {
    const auto adjustment = adjust(request, {});
    return adjustment ? "adjusted" : adjustment.error().message;
  };
  auto request = container_of_pod({{"vgpu.dev/cache", "models"}});
  request.mutable_pod()->set_namespace_("own");
  EXPECT_EQ(annotations_of(request).at("io.kubernetes.cri.sandbox-namespace"), "own");
  const auto adjustment = make_adjustment(request, {}, "/libexec/vgpu-hook");
  ASSERT_TRUE(adjustment);
  EXPECT_EQ(adjustment->annotations().at("io.kubernetes.cri.sandbox-namespace"), "own");
  EXPECT_EQ(adjustment->annotations().at("vgpu.dev/cache"), "models");
  // Where the engine has written it itself, it stays as it is.
  auto said = request;
  (*said.mutable_container()->mutable_annotations())["io.kubernetes.pod.namespace"] = "own";
  EXPECT_FALSE(make_adjustment(said, {}, "/hook")->annotations().contains("io.kubernetes.cri.sandbox-namespace"));
  for (const char* key : {"io.kubernetes.cri.sandbox-namespace", "io.kubernetes.pod.namespace"}) {
    auto forged = request;
    (*forged.mutable_pod()->mutable_annotations())[key] = "victim";
    EXPECT_THAT(refusal(forged), HasSubstr("vgpu.dev/cache=\"models\": annotations of the container name ")) << key;
  }
  request.mutable_pod()->clear_namespace_();
  EXPECT_THAT(refusal(request), HasSubstr("vgpu.dev/cache=\"models\": annotations of the container name another"));
}

TEST(NriPolicy, IsForEnginesThatTakeOneAndContainersWithTheirDefault) {
  EXPECT_TRUE(takes_policy({"containerd", "v2.2.0"}));
  EXPECT_TRUE(takes_policy({"containerd", "3.0.0~rc1"}));
  EXPECT_TRUE(takes_policy({"cri-o", "1.34.0"}));
  EXPECT_FALSE(takes_policy({"containerd", "2.1.9"}));
  EXPECT_FALSE(takes_policy({"containerd", "1.7.24~ds1"}));
  EXPECT_FALSE(takes_policy({"cri-o", "1.33.4"}));
  EXPECT_FALSE(takes_policy({"containerd", "unknown"}));
  EXPECT_FALSE(takes_policy({"other", "9.9"}));
  message::Container container;
  EXPECT_FALSE(has_default_policy(container));
  container.mutable_linux()->mutable_seccomp_profile();
  EXPECT_TRUE(has_default_policy(container));
  container.mutable_linux()->mutable_seccomp_profile()->set_type(1);
  EXPECT_FALSE(has_default_policy(container));
}

TEST(NriPolicy, SaysWhatTheProfileSays) {
  const auto profile = oci::parse_config(R"({"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38,
    "architectures": ["SCMP_ARCH_X86_64"], "flags": ["SECCOMP_FILTER_FLAG_LOG"], "listenerPath": "/run/vgpu/x",
    "listenerMetadata": "containers", "syscalls": [
      {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"},
      {"names": ["socket"], "action": "SCMP_ACT_ERRNO", "errnoRet": 22,
       "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_EQ"}]},
      {"names": ["ioctl"], "action": "SCMP_ACT_NOTIFY",
       "args": [{"index": 1, "value": 65280, "valueTwo": 17920, "op": "SCMP_CMP_MASKED_EQ"}]}]})");
  ASSERT_TRUE(profile);
  const auto policy = make_policy(*profile);
  ASSERT_TRUE(policy) << policy.error().message;
  EXPECT_EQ(policy->default_action(), "SCMP_ACT_ERRNO");
  EXPECT_EQ(policy->default_error().value(), 38U);
  EXPECT_THAT(policy->architectures(), ElementsAre("SCMP_ARCH_X86_64"));
  EXPECT_THAT(policy->flags(), ElementsAre("SECCOMP_FILTER_FLAG_LOG"));
  EXPECT_EQ(policy->listener_path(), "/run/vgpu/x");
  EXPECT_EQ(policy->listener_metadata(), "containers");
  ASSERT_EQ(policy->system_calls_size(), 3);
  EXPECT_THAT(policy->system_calls(0).names(), ElementsAre("read", "write"));
  EXPECT_FALSE(policy->system_calls(0).has_error());
  EXPECT_EQ(policy->system_calls(1).error().value(), 22U);
  EXPECT_EQ(policy->system_calls(1).arguments(0).value_two(), 0U);
  const auto& argument = policy->system_calls(2).arguments(0);
  EXPECT_EQ(argument.index(), 1U);
  EXPECT_EQ(argument.value(), 65280U);
  EXPECT_EQ(argument.value_two(), 17920U);
  EXPECT_EQ(argument.comparison(), "SCMP_CMP_MASKED_EQ");
}

TEST(NriPolicy, RefusesProfilesOfOthers) {
  EXPECT_FALSE(make_policy(*oci::parse_config(R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": []})")));
  EXPECT_FALSE(make_policy(
      *oci::parse_config(R"({"defaultAction": 1, "listenerPath": "/x", "listenerMetadata": "y", "syscalls": []})")));
  EXPECT_FALSE(make_policy(*oci::parse_config(
      R"({"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/x", "listenerMetadata": "y", "syscalls": ["ioctl"]})")));
}

// An engine: asks over one end of a pair of sockets what it is told to, and collects what comes back.
class FakeEngine {
 public:
  FakeEngine() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    own_ = FileDescriptor(ends[0]);
    plugin_ = FileDescriptor(ends[1]);
  }
  void send(const std::string& bytes) {
    EXPECT_EQ(::send(own_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  void call(const std::string& method, const std::string& payload) {
    message::Call call;
    call.set_method(method);
    call.set_payload(payload);
    send(encode({Channel::Plugin, ++stream_, MessageType::Request, call.SerializeAsString()}));
  }
  // What the plugin says to all of that, its registration first.
  std::vector<Message> run(Expected<void>& ended) {
    ::shutdown(own_.get(), SHUT_WR);
    Plugin plugin(
        [](const message::CreateContainerRequest& request, const Engine& from) { return adjust(request, {from, {}}); },
        [this](const std::string& line) { log.push_back(line); });
    ended = serve(plugin_, plugin, "vgpu", "10");
    plugin_ = FileDescriptor();
    FrameReader reader;
    std::vector<Message> messages;
    char bytes[4096];
    for (ssize_t length; (length = ::recv(own_.get(), bytes, sizeof bytes, 0)) > 0;) {
      EXPECT_TRUE(reader.add({bytes, static_cast<std::size_t>(length)}));
    }
    for (auto next = reader.next(); next && *next; next = reader.next()) messages.push_back(**next);
    return messages;
  }
  std::vector<std::string> log;

 private:
  FileDescriptor own_, plugin_;
  std::uint32_t stream_ = 0;
};

template <class Type>
Type parsed(const std::string& bytes) {
  Type value;
  EXPECT_TRUE(value.ParseFromString(bytes));
  return value;
}

TEST(NriSession, RegistersAnswersAndEnds) {
  FakeEngine engine;
  message::ConfigureRequest configure;
  configure.set_runtime_name("containerd");
  configure.set_runtime_version("1.7.24");
  engine.send(encode({Channel::Runtime, 1, MessageType::Response, ""}));
  engine.call("Configure", configure.SerializeAsString());
  engine.call("Synchronize", "\x18\x01");
  engine.call("CreateContainer", container_of_pod({}).SerializeAsString());
  engine.call("CreateContainer", container_of_pod({{"vgpu.dev/count", "0"}}).SerializeAsString());
  engine.call("CreateContainer", "\xff");
  engine.call("StopContainer", "");
  engine.call("Shutdown", "");
  Expected<void> ended;
  const auto messages = engine.run(ended);
  EXPECT_TRUE(ended) << ended.error().message;
  EXPECT_THAT(engine.log.at(0), HasSubstr("containerd 1.7.24"));

  std::vector<message::Reply> replies;
  for (const Message& message : messages) {
    if (message.channel == Channel::Runtime) {
      const auto call = parsed<message::Call>(message.payload);
      EXPECT_EQ(call.method(), "RegisterPlugin");
      EXPECT_EQ(parsed<message::RegisterPluginRequest>(call.payload()).plugin_index(), "10");
    } else {
      EXPECT_EQ(message.stream, replies.size() + 1);
      replies.push_back(parsed<message::Reply>(message.payload));
    }
  }
  ASSERT_EQ(replies.size(), 7U);
  EXPECT_EQ(messages.size(), 8U);
  EXPECT_EQ(parsed<message::ConfigureResponse>(replies[0].payload()).events(), 8);
  EXPECT_TRUE(parsed<message::SynchronizeResponse>(replies[1].payload()).more());
  EXPECT_FALSE(replies[2].has_status());
  EXPECT_FALSE(parsed<message::CreateContainerResponse>(replies[2].payload()).has_adjust());
  EXPECT_EQ(replies[3].status().text(), "vgpu: vgpu.dev/count=\"0\": must be 1 to 16");
  EXPECT_NE(replies[3].status().code(), 0);
  EXPECT_THAT(replies[4].status().text(), HasSubstr("cannot be read"));
  EXPECT_EQ(replies[5].status().code(), 12);
  EXPECT_FALSE(replies[6].has_status());
}

TEST(NriSession, FailsWhenTheEngineGoesOrRefusesOrSpeaksNonsense) {
  const auto failure_of = [](const std::string& bytes) {
    FakeEngine engine;
    engine.send(bytes);
    Expected<void> ended;
    engine.run(ended);
    return ended ? std::string() : ended.error().message;
  };
  message::Reply refusal;
  refusal.mutable_status()->set_code(7);
  refusal.mutable_status()->set_text("not wanted");
  const auto response = [](const std::string& payload) {
    return encode({Channel::Runtime, 1, MessageType::Response, payload});
  };
  EXPECT_THAT(failure_of(""), HasSubstr("closed"));
  EXPECT_THAT(failure_of(response(refusal.SerializeAsString())), HasSubstr("refuses the plugin: not wanted"));
  EXPECT_THAT(failure_of(response("\xff")), HasSubstr("cannot be read"));
  EXPECT_THAT(failure_of(encode({Channel::Plugin, 1, MessageType::Request, "\xff"})), HasSubstr("cannot be read"));
  EXPECT_THAT(failure_of(std::string(100, 'x')), HasSubstr("channel"));
}

// Whatever comes, it is answered or refused, and nothing is read that is not there (with sanitizers).
TEST(NriSession, OutlivesDamagedBytes) {
  message::Call call;
  call.set_method("CreateContainer");
  call.set_payload(container_of_pod({{"vgpu.dev/count", "0"}, {"other", "annotation"}}).SerializeAsString());
  std::string whole;
  for (std::uint32_t stream = 1; stream < 4; ++stream) {
    whole += encode({Channel::Plugin, stream, MessageType::Request, call.SerializeAsString()});
  }
  std::mt19937 random(1);
  unsigned answered = 0, refused = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = whole;
    for (unsigned change = random() % 3; change > 0; --change) {
      // Beyond the headers ASCII only: protobuf writes a line for each text that is not UTF-8.
      const std::size_t position = random() % bytes.size();
      bytes[position] = static_cast<char>(random() % (position % (whole.size() / 3) < 18 ? 256 : 128));
    }
    FrameReader reader;
    Plugin plugin([](const message::CreateContainerRequest& request, const Engine&) { return adjust(request, {}); },
                  [](const std::string&) {});
    if (!reader.add(bytes)) ++refused;
    for (;;) {
      const auto message = reader.next();
      if (!message) ++refused;
      if (!message || !*message) break;
      const auto answer = plugin.answer(**message);
      if (!answer) ++refused;
      if (answer && *answer) ++answered;
    }
  }
  EXPECT_GT(answered, 2000U);
  EXPECT_GT(refused, 100U);
}

}  // namespace
}  // namespace vgpu::nri
