#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "cli/exporter/address.h"
#include "cli/exporter/exposition.h"
#include "cli/exporter/metrics.h"
#include "gpu/model/device_file.h"

// What Prometheus reads.
namespace vgpu::exporter {
namespace {

using cli::usage::Container;
using cli::usage::DeviceUse;
using testing::HasSubstr;
using testing::Not;

constexpr std::uint64_t kGibibyte = std::uint64_t{1} << 30;

Container container(const std::string& id, std::optional<DeviceUse> use) {
  Container made{id, {}, {}, {}, {}};
  model::Device device = model::make_device(*model::find_profile("t4"), 0);
  device.profile.memory = kGibibyte;
  made.devices.push_back({device, std::move(use)});
  return made;
}

std::string text_of(const std::vector<Container>& containers) {
  return metrics_text(containers, "node-1", std::chrono::milliseconds(5));
}

TEST(Exposition, LabelValuesAreEscaped) {
  EXPECT_EQ(label_value("a\"b\\c\nd"), R"(a\"b\\c\nd)");
  EXPECT_EQ(label_value("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  // Cut off, overlong, a surrogate, beyond Unicode, and a byte that is never one.
  for (const char* wrong : {"\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff"}) {
    EXPECT_THAT(label_value(wrong), testing::StartsWith("\xef\xbf\xbd")) << wrong;
  }
  EXPECT_EQ(label_value("a\xe2\x82"), "a\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(Exposition, SamplesWithAndWithoutLabels) {
  std::string text;
  add_sample(text, "m", {{"a", "x"}, {"b", ""}, {"c", "y"}}, 1073741824);
  add_sample(text, "m", {{"b", ""}}, 0.25);
  EXPECT_EQ(text, "m{a=\"x\",c=\"y\"} 1073741824\nm 0.25\n");
}

TEST(Metrics, ValuesAndLabelsOfTheKnownNames) {
  Container one = container("0123456789abcdef", DeviceUse{kGibibyte / 4, 100, 2'500'000'000, {{1, 1, 5, 7}}});
  one.names = {"ma\"in", "web", "shop"};
  const std::string text = text_of({one});
  const std::string labels =
      R"({gpu="0",UUID=")" + one.devices[0].device.uuid_string() +
      R"(",pci_bus_id="0000:00:05.0",device="nvidia0",modelName="Tesla T4",Hostname="node-1",container="ma\"in",namespace="shop",pod="web"} )";
  for (const std::string& line :
       std::vector<std::string>{"DCGM_FI_DEV_GPU_UTIL" + labels + "100\n", "DCGM_FI_DEV_FB_TOTAL" + labels + "1024\n",
                                "DCGM_FI_DEV_FB_USED" + labels + "256\n", "DCGM_FI_DEV_FB_FREE" + labels + "768\n",
                                "DCGM_FI_PROF_GR_ENGINE_ACTIVE" + labels + "1\n",
                                "DCGM_FI_DEV_GPU_TEMP" + labels + "70\n", "DCGM_FI_DEV_POWER_USAGE" + labels + "63\n",
                                "vgpu_busy_seconds_total" + labels + "2.5\n", "vgpu_processes" + labels + "1\n"}) {
    EXPECT_THAT(text, HasSubstr("\n" + line));
  }
  EXPECT_THAT(
      text,
      HasSubstr(
          R"(hami_vgpu_memory_used_bytes{namespace="shop",pod="web",container="ma\"in",vdevice_index="0",device_uuid=")"));
}

TEST(Metrics, WhatIsNotKnownIsNotThere) {
  Container unknown = container("0123456789abcdef", std::nullopt);
  unknown.unknown = "no answer in time";
  const std::string text = text_of({unknown, container("fedcba9876543210", DeviceUse{})});
  EXPECT_THAT(text, HasSubstr("vgpu_containers{Hostname=\"node-1\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("vgpu_containers_unknown{Hostname=\"node-1\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("\nDCGM_FI_DEV_FB_USED{gpu=\"0\",UUID=\"" + unknown.devices[0].device.uuid_string() +
                                  "\",pci_bus_id=\"0000:00:05.0\"," +
                                  "device=\"nvidia0\",modelName=\"Tesla T4\",Hostname=\"node-1\",container=\"0123")));
  EXPECT_THAT(text, HasSubstr("container=\"fedcba987654\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("container_id=\"0123456789abcdef\"} 1\n"));
}

// Each metric's lines follow its HELP and TYPE, which come once, and no series comes twice.
TEST(Metrics, TheFormatIsWellFormed) {
  std::istringstream lines(
      text_of({container("a", DeviceUse{5, 1, 0, {}}), container("b", DeviceUse{}), container("c", std::nullopt)}));
  const std::regex sample(R"(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-zA-Z_]+="[^"]*"(,[a-zA-Z_]+="[^"]*")*\})? -?[0-9.e+-]+)");
  std::set<std::string> helped, typed;
  std::string line, current;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string hash, kind, name;
    words >> hash >> kind >> name;
    if (hash == "#" && kind == "HELP") {
      EXPECT_TRUE(helped.insert(name).second) << name;
      current = name;
    } else if (hash == "#") {
      EXPECT_EQ(kind, "TYPE");
      EXPECT_EQ(name, current);
      EXPECT_TRUE(typed.insert(name).second) << name;
    } else {
      std::smatch match;
      ASSERT_TRUE(std::regex_match(line, match, sample)) << line;
      EXPECT_EQ(match[1], current);
    }
  }
  EXPECT_EQ(helped, typed);
  std::set<std::string> names;
  for (const MetricName& metric : metric_names()) names.emplace(metric.name);
  EXPECT_EQ(names, helped);
}

TEST(Metrics, TheDashboardUsesOnlyWhatIsExported) {
  std::ifstream file(VGPU_DASHBOARD);
  const auto dashboard = nlohmann::json::parse(std::string{std::istreambuf_iterator<char>(file), {}}, nullptr, false);
  ASSERT_TRUE(dashboard.is_object());
  std::set<std::string> exported;
  for (const MetricName& metric : metric_names()) exported.emplace(metric.name);
  std::size_t used = 0;
  const std::regex name(R"((DCGM|vgpu|hami)_[A-Za-z0-9_]+)");
  const auto look = [&](const std::string& query) {
    for (std::sregex_iterator found(query.begin(), query.end(), name), end; found != end; ++found, ++used) {
      EXPECT_TRUE(exported.contains(found->str())) << found->str() << " in " << query;
    }
  };
  for (const auto& panel : dashboard.at("panels")) {
    if (!panel.contains("targets")) continue;
    EXPECT_FALSE(panel.at("targets").empty());
    for (const auto& target : panel.at("targets")) look(target.at("expr"));
  }
  for (const auto& variable : dashboard.at("templating").at("list")) {
    if (variable.at("type") == "query")
      look(variable.at("query").is_string() ? variable.at("query") : variable.at("query").at("query"));
  }
  EXPECT_GT(used, 8u);
}

TEST(Address, WhereOneCanListenAndWhereNot) {
  for (const char* address : {"127.0.0.1:0", ":0"}) {
    const auto socket = listen_at(address);
    ASSERT_TRUE(socket) << socket.error().message;
    EXPECT_THAT(address_of(*socket), Not(testing::EndsWith(":0")));
  }
  for (const char* address : {"", "9400", "localhost:x", "example.org:9400", "127.0.0.1:70000", "127.0.0.1:"}) {
    const auto socket = listen_at(address);
    ASSERT_FALSE(socket) << address;
    EXPECT_THAT(socket.error().message, HasSubstr(address));
  }
}

}  // namespace
}  // namespace vgpu::exporter
