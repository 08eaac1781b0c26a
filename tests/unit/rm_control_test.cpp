#include <gmock/gmock.h>

#include "rm_fixture.h"
#include "seccomp/rm/abi/control_client.h"
#include "seccomp/rm/abi/control_gpu.h"
#include "seccomp/rm/control.h"

// Controls: what the devices are said to be, and what wrong parameters do.
namespace vgpu::rm {
namespace {

using abi::Status;

TEST_F(RmTest, ListsTheDevices) {
  const Clients mine = make_clients();
  std::uint32_t ids[64] = {};
  ASSERT_EQ(control(mine.control.id, mine.client, mine.client, 0x214, ids), Status::Ok);
  EXPECT_EQ(ids[0], 0x5u);
  EXPECT_EQ(ids[1], 0x6u);
  EXPECT_EQ(ids[2], abi::kNoGpu);

  abi::CardInfo cards[32] = {};
  ASSERT_EQ(ask(mine.control.id, 0xc8, cards), 0);
  EXPECT_EQ(cards[1].valid, 1);
  EXPECT_EQ(cards[1].gpu_id, 0x6u);
  EXPECT_EQ(cards[1].minor, 1u);
  EXPECT_EQ(cards[1].pci.vendor, 0x10de);
  EXPECT_EQ(cards[1].pci.device, 0x1eb8);
  EXPECT_EQ(cards[2].valid, 0);

  abi::GpuIdInfo2 info{};
  info.gpu_id = 6;
  ASSERT_EQ(control(mine.control.id, mine.client, mine.client, 0x205, info), Status::Ok);
  EXPECT_EQ(info.device_instance, 1u);
  info.gpu_id = 9;
  EXPECT_EQ(control(mine.control.id, mine.client, mine.client, 0x205, info), Status::InvalidArgument);
}

TEST_F(RmTest, SaysWhatADeviceIs) {
  const Clients mine = make_clients(1);
  abi::NameString name{};
  ASSERT_EQ(control(mine.control.id, mine.client, mine.subdevice, 0x20800110, name), Status::Ok);
  EXPECT_STREQ(name.ascii, "Tesla T4");
  abi::GpuGid gid{};
  ASSERT_EQ(control(mine.control.id, mine.client, mine.subdevice, 0x2080014a, gid), Status::Ok);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(gid.data)), devices[1].uuid_string());
  EXPECT_EQ(gid.length, devices[1].uuid_string().size() + 1);
  gid.flags = abi::kUuidBinary;
  ASSERT_EQ(control(mine.control.id, mine.client, mine.subdevice, 0x2080014a, gid), Status::Ok);
  EXPECT_EQ(std::memcmp(gid.data, devices[1].uuid.data(), 16), 0);
  EXPECT_EQ(gid.length, 16u);
}

TEST_F(RmTest, ListsOfQuestionsAreBounded) {
  const Clients mine = make_clients();
  struct {
    std::uint32_t count;
    abi::IndexedValue entries[64];
  } list{1, {{0x2c, 0}}};
  // 516 bytes have room for 64 entries.
  ASSERT_EQ(control(mine.control.id, mine.client, mine.subdevice, 0x20800102, list), Status::Ok);
  EXPECT_EQ(list.entries[0].value, 0x705u);
  list.count = 65;
  EXPECT_EQ(control(mine.control.id, mine.client, mine.subdevice, 0x20800102, list), Status::InvalidArgument);
  list.count = 0xffffffff;
  EXPECT_EQ(control(mine.control.id, mine.client, mine.subdevice, 0x20800102, list), Status::InvalidArgument);

  abi::IndexedValue entries[2] = {{0x0c, 0}, {0x09, 0}};
  struct {
    abi::InfoPointer pointer;
    std::uint64_t route[2];
  } pointed{{2, 0, extra.add(entries)}, {}};
  ASSERT_EQ(control(mine.control.id, mine.client, mine.subdevice, 0x20801201, pointed), Status::Ok);
  EXPECT_EQ(entries[0].value, 0x705u);
  EXPECT_EQ(entries[1].value, 20u);
  pointed.pointer.count = 3;
  EXPECT_EQ(control(mine.control.id, mine.client, mine.subdevice, 0x20801201, pointed), Status::InvalidPointer);
  pointed.pointer.count = 0x80000000;
  EXPECT_EQ(control(mine.control.id, mine.client, mine.subdevice, 0x20801201, pointed), Status::InvalidArgument);
}

TEST_F(RmTest, AControlIsForObjectsOfItsKindAndOfItsSize) {
  const Clients mine = make_clients();
  abi::NameString name{};
  EXPECT_EQ(control(mine.control.id, mine.client, mine.device, 0x20800110, name), Status::InvalidObject);
  EXPECT_EQ(control(mine.control.id, mine.client, mine.client, 0x20800110, name), Status::InvalidObject);
  EXPECT_EQ(control(mine.control.id, mine.client, 0xdead, 0x20800110, name), Status::InvalidObject);
  std::uint32_t small[2] = {};
  EXPECT_EQ(control(mine.control.id, mine.client, mine.subdevice, 0x20800110, small), Status::InvalidParamStruct);
  // A closed one has no value to show then.
  EXPECT_EQ(control(mine.control.id, mine.client, mine.subdevice, 0x2080a618, small), Status::NotSupported);
  EXPECT_EQ(control(mine.control.id, mine.client, mine.subdevice, 0x20807777, small), Status::NotSupported);
  EXPECT_THAT(host.lines, testing::Contains(testing::HasSubstr("control 0x20807777 of 8 bytes: unknown")));
}

// Whatever is in the parameters, no handler goes outside of them or ends the process. With sanitizers this says more.
TEST_F(RmTest, EveryControlBearsAnyParameters) {
  for (const char* version : {"535.309.01", "550.163.01"}) {
    host.version = version;
    const Clients mine = make_clients();
    std::uint32_t random = 1;
    for (const Control& row : controls()) {
      const std::uint32_t size = row.size[static_cast<unsigned>(branch_of(pack_version(version)))];
      for (const Handle object : {mine.client, mine.device, mine.subdevice}) {
        for (int round = 0; round < 4; ++round) {
          std::vector<std::uint32_t> parameters(size / 4 + 1);
          for (std::uint32_t& word : parameters) {
            random = random * 1664525 + 1013904223;
            word = round == 0 ? 0 : round == 1 ? 0xffffffff : random;
          }
          extra.readable[reinterpret_cast<std::uint64_t>(parameters.data())] = size;
          abi::Control call{mine.client, object, row.command, 0, reinterpret_cast<std::uint64_t>(parameters.data()),
                            size,        0};
          FakeMemory memory = extra;
          const Answer answer =
              driver.ioctl({mine.control.id, request_of(0x2a, sizeof call), memory.add(call), 100}, memory);
          EXPECT_EQ(answer.error, 0) << row.name;
          std::size_t written = 0;
          for (const MemoryWrite& write : answer.writes) written += write.bytes.size();
          EXPECT_LE(written, std::size_t{65536} + 32) << row.name;
          extra.readable.clear();
        }
      }
    }
    driver.close(mine.control.id);
  }
}

TEST_F(RmTest, TheVersionIsThatOfTheProcess) {
  const OpenedFile file = open({NodeKind::Control, 0});
  abi::VersionString version{};
  ASSERT_EQ(ask(file.id, 0xd2, version), 0);
  EXPECT_STREQ(version.version, "535.309.01");
  EXPECT_EQ(version.reply, 1u);
  // A program without NVIDIA's libraries sees the version that vgpu's own say.
  host.version.clear();
  const OpenedFile other = open({NodeKind::Control, 0}, 200);
  ASSERT_EQ(ask(other.id, 0xd2, version), 0);
  EXPECT_STREQ(version.version, model::versions_for(devices).driver.c_str());
}

}  // namespace
}  // namespace vgpu::rm
