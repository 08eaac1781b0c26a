#include <poll.h>
#include <unistd.h>

#include "rm_fixture.h"
#include "seccomp/rm/abi/control_client.h"

// Files, clients and objects: whose they are, and when they go.
namespace vgpu::rm {
namespace {

using abi::Status;

TEST_F(RmTest, OpensTheNodesThatThereAre) {
  EXPECT_EQ(driver.open({NodeKind::Device, 2}, {}).error(), ENODEV);
  const OpenedFile first = open({NodeKind::Device, 1});
  const OpenedFile second = open({NodeKind::Device, 1});
  struct stat one{}, other{};
  ASSERT_EQ(::fstat(first.given.get(), &one), 0);
  ASSERT_EQ(::fstat(second.given.get(), &other), 0);
  EXPECT_NE(one.st_ino, other.st_ino);
  EXPECT_EQ(driver.find_file(one.st_dev, one.st_ino)->id, first.id);
  EXPECT_EQ(driver.find_file(one.st_dev, one.st_ino ^ 0xffff), nullptr);
}

TEST_F(RmTest, AFileIsNeverReadyAndItsLastCopyIsSeenToClose) {
  OpenedFile file = open({NodeKind::Control, 0});
  FileDescriptor copy(::dup(file.given.get()));
  pollfd given{file.given.get(), POLLIN | POLLPRI, 0};
  EXPECT_EQ(::poll(&given, 1, 0), 0);
  file.given = FileDescriptor();
  pollfd watched{file.watched, 0, 0};
  EXPECT_EQ(::poll(&watched, 1, 0), 0);
  copy = FileDescriptor();
  EXPECT_EQ(::poll(&watched, 1, 0), 1);
  EXPECT_NE(watched.revents & POLLERR, 0);
}

TEST_F(RmTest, OpensABoundedNumberOfFiles) {
  std::vector<OpenedFile> files;
  int error = 0;
  for (int count = 0; count < 5000; ++count) {
    auto opened = driver.open({NodeKind::UvmTools, 0}, Caller{1, 1});
    if (!opened) {
      error = opened.error();
      break;
    }
    files.push_back(*std::move(opened));
    files.back().given = FileDescriptor();
  }
  EXPECT_TRUE(error == ENFILE || error == EMFILE) << error;
  driver.process_ended(1);
  driver.close_dropped();
  EXPECT_TRUE(driver.state().files().empty());
  EXPECT_TRUE(driver.open({NodeKind::UvmTools, 0}, Caller{1, 1}).has_value());
}

TEST_F(RmTest, AnotherFileCannotUseAClient) {
  const Clients mine = make_clients();
  const OpenedFile other = open({NodeKind::Control, 0}, 200);
  std::uint32_t answer[64] = {};
  EXPECT_EQ(control(mine.control.id, mine.client, mine.client, 0x214, answer), Status::Ok);
  EXPECT_EQ(control(other.id, mine.client, mine.client, 0x214, answer), Status::InvalidClient);

  abi::Free request{mine.client, 0, mine.client, 0};
  EXPECT_EQ(ask(other.id, 0x29, request), 0);
  EXPECT_EQ(static_cast<Status>(request.status), Status::InvalidClient);
  Handle forged = 0;
  std::uint32_t device[14] = {};
  EXPECT_EQ(make(other.id, mine.client, mine.client, forged, 0x80, device), Status::InvalidClient);

  // Nor a device's file, before it is registered with the client's control file.
  const OpenedFile device_file = open({NodeKind::Device, 0});
  EXPECT_EQ(control(device_file.id, mine.client, mine.client, 0x214, answer), Status::InvalidClient);
  abi::RegisterDescriptor registration{mine.control.given.get()};
  EXPECT_EQ(ask(device_file.id, 0xc9, registration), 0);
  EXPECT_EQ(control(device_file.id, mine.client, mine.client, 0x214, answer), Status::Ok);
  // It stays with the first one.
  registration.control_descriptor = other.given.get();
  EXPECT_EQ(ask(device_file.id, 0xc9, registration), EINVAL);
  registration.control_descriptor = STDIN_FILENO;
  EXPECT_EQ(ask(device_file.id, 0xc9, registration), EINVAL);
}

TEST_F(RmTest, AnObjectGoesWithItsParentAndAClientWithItsFile) {
  Clients mine = make_clients();
  EXPECT_EQ(driver.state().object_count(), 3u);
  abi::Free request{mine.client, mine.client, mine.device, 0};
  EXPECT_EQ(ask(mine.control.id, 0x29, request), 0);
  EXPECT_EQ(static_cast<Status>(request.status), Status::Ok);
  EXPECT_EQ(driver.state().object_count(), 1u);
  EXPECT_EQ(ask(mine.control.id, 0x29, request), 0);
  EXPECT_EQ(static_cast<Status>(request.status), Status::InvalidObjectHandle);
  driver.close(mine.control.id);
  EXPECT_EQ(driver.state().object_count(), 0u);
  EXPECT_EQ(driver.ioctl({mine.control.id, request_of(0x29, 16), 0, 100}, extra).error, EBADF);
}

TEST_F(RmTest, RefusesWhatCannotBeMade) {
  const Clients mine = make_clients();
  Handle handle = 0;
  std::uint32_t device[14] = {7};
  EXPECT_EQ(make(mine.control.id, mine.client, mine.client, handle, 0x80, device), Status::InvalidDevice);
  handle = mine.device;
  device[0] = 1;
  EXPECT_EQ(make(mine.control.id, mine.client, mine.client, handle, 0x80, device), Status::InsertDuplicateName);
  handle = 0;
  EXPECT_EQ(make(mine.control.id, mine.client, mine.subdevice, handle, 0x80, device), Status::InvalidObjectParent);
  EXPECT_EQ(make(mine.control.id, mine.client, 0xdead, handle, 0x80, device), Status::InvalidObjectParent);
  EXPECT_EQ(make(mine.control.id, mine.client, mine.device, handle, 0x1234, device), Status::InvalidClass);
  // Of another architecture than a T4's.
  EXPECT_EQ(make(mine.control.id, mine.client, mine.subdevice, handle, 0xc661, device), Status::InvalidClass);
  EXPECT_EQ(driver.state().object_count(), 3u);

  abi::Allocate allocate{};
  allocate.root = mine.client;
  allocate.parent = mine.client;
  allocate.object_class = 0x80;
  allocate.parameters = 0x10;  // nothing is there
  EXPECT_EQ(ask(mine.control.id, 0x2b, allocate), 0);
  EXPECT_EQ(static_cast<Status>(allocate.status), Status::InvalidPointer);
}

TEST_F(RmTest, MakesABoundedNumberOfObjects) {
  const Clients mine = make_clients();
  Status status = Status::Ok;
  std::uint32_t subdevice = 0;
  for (int count = 0; count < 70000 && status == Status::Ok; ++count) {
    Handle handle = 0x10000u + static_cast<Handle>(count);
    status = make(mine.control.id, mine.client, mine.device, handle, 0x2080, subdevice);
  }
  EXPECT_EQ(status, Status::InsufficientResources);
  EXPECT_EQ(driver.state().object_count(), 65536u);
  driver.close(mine.control.id);
  EXPECT_EQ(driver.state().object_count(), 0u);
}

TEST_F(RmTest, RefusesRequestsThatAreNoRequests) {
  const OpenedFile file = open({NodeKind::Control, 0});
  FakeMemory memory;
  std::uint64_t parameters[16] = {};
  const std::uint64_t address = memory.add(parameters);
  EXPECT_EQ(driver.ioctl({file.id, request_of(0x99, 8), address, 100}, memory).error, EINVAL);
  EXPECT_EQ(driver.ioctl({file.id, request_of(0x2a, 31), address, 100}, memory).error, EINVAL);
  EXPECT_EQ(driver.ioctl({file.id, request_of(0x2a, 32), 8, 100}, memory).error, EFAULT);
  // Of a device's file only, and the other way round.
  EXPECT_EQ(driver.ioctl({file.id, request_of(0xd7, 560), address, 100}, memory).error, EINVAL);
  const OpenedFile device = open({NodeKind::Device, 0});
  EXPECT_EQ(driver.ioctl({device.id, request_of(0xd6, 8), address, 100}, memory).error, EINVAL);
  // One line for all requests of a kind.
  const std::size_t lines = host.lines.size();
  EXPECT_EQ(driver.ioctl({file.id, request_of(0x99, 8), address, 100}, memory).error, EINVAL);
  EXPECT_EQ(host.lines.size(), lines);
}

TEST_F(RmTest, AnswersRequestsThatAreHandedOver) {
  const OpenedFile file = open({NodeKind::Control, 0});
  struct {
    std::uint32_t number, size;
    std::uint64_t address;
  } transfer{0xd6, 8, 0};
  std::uint64_t block = 0;
  transfer.address = extra.add(block);
  EXPECT_EQ(ask(file.id, 211, transfer), 0);
  EXPECT_EQ(block, std::uint64_t{128} << 20);
  transfer.size = 0xffffffff;
  EXPECT_EQ(ask(file.id, 211, transfer), EINVAL);
}

}  // namespace
}  // namespace vgpu::rm
