#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/usage/print.h"
#include "cli/usage/state_folders.h"
#include "gpu/model/device_file.h"
#include "oci/container_names.h"

// What vgpu ps and vgpu top make of what is kept of containers, and of what supervisors say.
namespace vgpu::cli::usage {
namespace {

using testing::HasSubstr;

model::Device device(const char* profile = "t4", std::uint64_t memory = std::uint64_t{1} << 30) {
  model::Device made = model::make_device(*model::find_profile(profile), 0);
  made.profile.memory = memory;
  made.uuid = {0x12, 0x34, 0x56, 0x78};
  return made;
}

Container container(const std::string& id, std::optional<DeviceUse> use) {
  Container made{id, {}, {}, {}, {}};
  made.devices.push_back({device(), std::move(use)});
  return made;
}

TEST(UsageAnswer, EveryNumber) {
  const auto answer = parse_answer(
      R"({"version":1,"containers":[{"id":"a","devices":[{"memory":5000000000,"utilisation":42,"busy":7,
          "processes":[{"process":10,"container_process":2,"memory":9,"utilisation":41}]},{}]},{"id":"b"}]})");
  ASSERT_TRUE(answer) << answer.error().message;
  ASSERT_TRUE(answer->at("a").has_value());
  const auto& devices = *answer->at("a");
  ASSERT_EQ(devices.size(), 2u);
  EXPECT_EQ(devices[0].memory, 5000000000u);
  EXPECT_EQ(devices[0].utilisation, 42u);
  EXPECT_EQ(devices[0].busy, 7u);
  ASSERT_EQ(devices[0].processes.size(), 1u);
  EXPECT_EQ(devices[0].processes[0].process, 10);
  EXPECT_EQ(devices[0].processes[0].container_process, 2);
  EXPECT_EQ(devices[0].processes[0].memory, 9u);
  EXPECT_EQ(devices[0].processes[0].utilisation, 41u);
  EXPECT_FALSE(answer->at("b").has_value());
}

TEST(UsageAnswer, WhatIsNoneIsRefused) {
  for (const char* text : {"", "[]", "{", R"({"version":2,"containers":[]})", R"({"version":1,"containers":[{}]})",
                           R"({"version":1,"containers":[7]})", R"({"version":"1"})"}) {
    EXPECT_FALSE(parse_answer(text)) << text;
  }
  const auto odd = parse_answer(
      R"({"version":1,"containers":[{"id":"a","devices":[{"memory":-1,"utilisation":99999999999,"busy":"x",
          "processes":{}},3]}]})");
  ASSERT_TRUE(odd);
  EXPECT_EQ(odd->at("a")->at(0).memory, 0u);
  EXPECT_EQ(odd->at("a")->at(0).utilisation, 0u);
}

TEST(UsagePrint, ATableWithWhatIsKnownAndWhatIsNot) {
  Container known = container("0123456789abcdef", DeviceUse{(std::uint64_t{512} << 20) + 1, 7, 0, {{1, 1, 5, 7}}});
  known.names = {"main", "web", "shop"};
  const Container unknown = container("fedcba9876543210", std::nullopt);
  EXPECT_EQ(device_table({known, unknown}),
            "CONTAINER     NAME           PROFILE  DEVICE        MEMORY (MiB)  UTIL  PROCESSES\n"
            "0123456789ab  shop/web/main  t4       GPU-12345678  512 / 1024    7%    1\n"
            "fedcba987654  fedcba987654   t4       GPU-12345678  - / 1024      -     -\n");
}

TEST(UsagePrint, NamesCannotWriteToTheTerminal) {
  Container evil = container("0123456789abcdef", DeviceUse{});
  evil.names = {"\033[2J\n", "p", "n"};
  const std::string table = device_table({evil});
  EXPECT_EQ(table.find('\033'), std::string::npos);
  EXPECT_EQ(std::ranges::count(table, '\n'), 2);
  EXPECT_THAT(table, HasSubstr("n/p/?[2J?"));
}

TEST(UsagePrint, TheProcessThatHoldsMostComesFirst) {
  Container one = container("a", DeviceUse{0, 0, 0, {{1999999991, 1, 5 << 20, 1}, {1999999992, 2, 9 << 20, 2}}});
  const std::string all = process_table({one}, 10);
  EXPECT_LT(all.find("1999999992"), all.find("1999999991"));
  EXPECT_EQ(std::ranges::count(all, '\n'), 3);
  EXPECT_EQ(std::ranges::count(process_table({one}, 1), '\n'), 2);
}

TEST(UsagePrint, LinesAreCutOff) {
  EXPECT_EQ(cut_lines("abcdef\nxy\n", 3), "abc\nxy\n");
  EXPECT_EQ(cut_lines("", 3), "");
}

TEST(UsagePrint, JsonSaysWhyThereIsNoUse) {
  Container unknown = container("a", std::nullopt);
  unknown.unknown = "it has no supervisor";
  const auto json = nlohmann::json::parse(json_text({unknown, container("b", DeviceUse{3, 4, 1'500'000'000, {}})}));
  const auto& list = json.at("containers");
  EXPECT_EQ(list[0].at("unknown"), "it has no supervisor");
  EXPECT_FALSE(list[0].at("devices")[0].contains("memory_used"));
  EXPECT_EQ(list[0].at("devices")[0].at("memory_limit"), std::uint64_t{1} << 30);
  EXPECT_FALSE(list[1].contains("unknown"));
  EXPECT_EQ(list[1].at("devices")[0].at("memory_used"), 3);
  EXPECT_EQ(list[1].at("devices")[0].at("busy_seconds"), 1.5);
  EXPECT_EQ(json_text({}), "{\n  \"containers\": []\n}\n");
}

class UsageState : public testing::Test {
 protected:
  UsageState() {
    std::string path = "/tmp/vgpu-usage-test.XXXXXX";
    root = ::mkdtemp(path.data());
  }
  ~UsageState() override { std::filesystem::remove_all(root); }
  void write(const std::string& name, const std::string& text) {
    const std::filesystem::path path = root + "/containers/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  std::string root;
};

TEST_F(UsageState, WhatIsThereAndNothingElse) {
  write("b/etc/device.json", model::device_json({device()}));
  write("b/names.json", oci::names_json({"main", "web", "shop"}));
  write("b/pid", host::to_text(host::ProcessIdentity{4711, 5}));
  write("a/etc/device.json", model::device_json({device("l4"), device("l4")}));
  write("half/etc/device.json", "{");
  write("empty/pid", "1 2");
  const auto kept = kept_containers(root);
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].id, "a");
  EXPECT_EQ(kept[0].devices.size(), 2u);
  EXPECT_EQ(kept[0].names, oci::ContainerNames());
  EXPECT_EQ(kept[1].names, (oci::ContainerNames{"main", "web", "shop"}));
  EXPECT_EQ(kept[1].process, (host::ProcessIdentity{4711, 5}));
  EXPECT_FALSE(kept[1].has_socket);
  EXPECT_TRUE(kept_containers(root + "/none").empty());
}

TEST_F(UsageState, NoLinkAndNoPipeIsFollowed) {
  write("real/etc/device.json", model::device_json({device()}));
  std::filesystem::create_directory_symlink(root + "/containers/real", root + "/containers/link");
  std::filesystem::create_directories(root + "/containers/pipe/etc");
  ASSERT_EQ(::mkfifo((root + "/containers/pipe/etc/device.json").c_str(), 0600), 0);
  const auto kept = kept_containers(root);
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].id, "real");
}

TEST_F(UsageState, AContainerThatNobodyAnswersForIsUnknownOrGone) {
  write("lives/etc/device.json", model::device_json({device()}));
  write("lives/pid", host::to_text(*host::identify_process(::getpid())));
  write("ended/etc/device.json", model::device_json({device()}));
  write("ended/pid", host::to_text(host::ProcessIdentity{::getpid(), 1}));
  const auto containers = look_at_node(root, std::chrono::milliseconds(200));
  ASSERT_EQ(containers.size(), 1u);
  EXPECT_EQ(containers[0].id, "lives");
  EXPECT_EQ(containers[0].unknown, "it has no supervisor");
  EXPECT_FALSE(containers[0].devices[0].use);
  EXPECT_EQ(look_at_node(root, std::chrono::milliseconds(200), Unseen::Unknown).size(), 2u);
}

}  // namespace
}  // namespace vgpu::cli::usage
