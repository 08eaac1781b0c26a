#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "gpu/model/device_file.h"
#include "oci/driver_files.h"
#include "oci/pci_files.h"

namespace vgpu::oci {
namespace {

using testing::HasSubstr;

std::vector<model::Device> devices(unsigned count) {
  std::vector<model::Device> list;
  for (unsigned ordinal = 0; ordinal < count; ++ordinal) {
    list.push_back(model::make_device(*model::find_profile("t4"), ordinal));
  }
  return list;
}

std::string content(const std::vector<File>& files, const std::string& name) {
  const auto found = std::ranges::find(files, name, &File::name);
  EXPECT_NE(found, files.end()) << name;
  return found == files.end() ? std::string() : found->content;
}

TEST(OciDriverFiles, SayWhatTheModelSays) {
  const auto all = devices(2);
  const auto& versions = model::versions_for(all);
  const auto files = driver_files(all, versions, "0-1");
  EXPECT_THAT(content(files, "proc/driver/nvidia/version"), HasSubstr("Kernel Module  " + versions.driver + "  "));
  EXPECT_EQ(content(files, "sys/module/nvidia/version"), versions.driver + "\n");
  EXPECT_THAT(content(files, "proc/driver/nvidia/params"), HasSubstr("ModifyDeviceFiles: 0\n"));
  const std::string information = content(files, "proc/driver/nvidia/gpus/0000:00:06.0/information");
  EXPECT_THAT(information, HasSubstr(all[1].uuid_string()));
  EXPECT_THAT(information, HasSubstr("Device Minor: \t 1\n"));
  EXPECT_EQ(content(files, "sys/bus/pci/devices/0000:00:05.0/vendor"), "0x10de\n");
  EXPECT_EQ(content(files, "sys/bus/pci/devices/0000:00:05.0/local_cpus"), "3\n");
}

TEST(OciDriverFiles, NoNameLeadsOut) {
  for (const File& file : driver_files(devices(16), model::versions_for(devices(1)), "0")) {
    EXPECT_TRUE(file.name.starts_with("proc/driver/nvidia/") || file.name.starts_with("sys/module/nvidia/") ||
                file.name.starts_with("sys/bus/pci/devices/0000:00:"))
        << file.name;
    EXPECT_EQ(file.name.find(".."), std::string::npos) << file.name;
  }
}

TEST(OciDriverFiles, TheConfigurationSpaceAgreesWithTheTextFiles) {
  const auto files = pci_files(devices(1)[0], "0");
  const std::string space = content(files, "config");
  ASSERT_EQ(space.size(), 256u);
  const auto number = [&](std::size_t at, unsigned bytes) {
    std::uint64_t value = 0;
    for (unsigned byte = bytes; byte-- > 0;) value = value << 8 | static_cast<unsigned char>(space[at + byte]);
    return value;
  };
  EXPECT_EQ(number(0, 2), 0x10deu);
  EXPECT_EQ(number(2, 2), std::stoul(content(files, "device"), nullptr, 16));
  EXPECT_EQ(number(0x2e, 2), std::stoul(content(files, "subsystem_device"), nullptr, 16));
  EXPECT_EQ(number(9, 3), std::stoul(content(files, "class"), nullptr, 16));
  EXPECT_EQ(number(8, 1), std::stoul(content(files, "revision"), nullptr, 16));
  const std::string resource = content(files, "resource");
  EXPECT_EQ(std::ranges::count(resource, '\n'), 13);
  EXPECT_EQ(number(0x10, 4), std::stoul(resource, nullptr, 16));
  const std::size_t second = resource.find('\n') + 1;
  EXPECT_EQ(number(0x14, 8) & ~0xfull, std::stoull(resource.substr(second), nullptr, 16));
  const std::size_t link = number(0x34, 1);
  EXPECT_EQ(number(link, 1), 0x10u);
  EXPECT_EQ(number(link + 12, 4) & 0xf, 3u);
  EXPECT_EQ(content(files, "max_link_speed"), "8.0 GT/s PCIe\n");
}

TEST(OciDriverFiles, CpuMasks) {
  EXPECT_EQ(cpu_mask("0"), "1");
  EXPECT_EQ(cpu_mask("0-3,40"), "100,0000000f");
  EXPECT_EQ(cpu_mask("0-31"), "ffffffff");
  EXPECT_EQ(cpu_mask(""), "0");
  EXPECT_EQ(cpu_mask("x"), "0");
  EXPECT_EQ(cpu_mask("0-99999999"), "0");
}

TEST(OciDriverFiles, DeviceNumbersAreAddedInOrderAndOnce) {
  EXPECT_EQ(
      with_driver_numbers("Character devices:\n  1 mem\n203 cpu\n511 x\n\nBlock devices:\n  7 loop\n"),
      "Character devices:\n  1 mem\n195 nvidia-frontend\n203 cpu\n510 nvidia-uvm\n511 x\n\nBlock devices:\n  7 loop\n");
  EXPECT_EQ(with_driver_numbers("Character devices:\n  1 mem\n\nBlock devices:\n259 blkext\n"),
            "Character devices:\n  1 mem\n195 nvidia-frontend\n510 nvidia-uvm\n\nBlock devices:\n259 blkext\n");
  EXPECT_EQ(with_driver_numbers("Character devices:\n195 other\n"), "Character devices:\n195 other\n510 nvidia-uvm\n");
  EXPECT_EQ(with_driver_numbers(""), "");
}

}  // namespace
}  // namespace vgpu::oci
