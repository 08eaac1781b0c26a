#include <unistd.h>

#include "rm_fixture.h"
#include "seccomp/rm/abi/vgpu.h"

// A driver that takes over from one that is gone has its state.
namespace vgpu::rm {
namespace {

using abi::Status;

// What a state holds, as text.
std::string told(const State& state) {
  std::string text;
  for (const auto& [id, file] : state.files()) {
    text += "file " + std::to_string(id) + " " + std::to_string(file.inode) + " " +
            std::to_string(file.descriptor.get()) + " " + std::to_string(file.control_file) + " " +
            std::to_string(file.version) + "\n";
  }
  for (const auto& [handle, client] : state.clients()) {
    text += "client " + std::to_string(handle) + " of " + std::to_string(client.file) + "\n";
    const std::map<Handle, const Object*> sorted = [&] {
      std::map<Handle, const Object*> objects;
      for (const auto& [number, object] : client.objects) objects[number] = &object;
      return objects;
    }();
    for (const auto& [number, object] : sorted) {
      text += "  " + std::to_string(number) + " " + std::to_string(object->object_class) + " " +
              std::to_string(object->parent) + " " + std::to_string(object->size) + " " +
              std::to_string(object->children) + " " + std::to_string(object->descriptor.get()) + "\n";
    }
  }
  return text + std::to_string(state.used(0)) + " " + std::to_string(state.used(1)) + " " +
         std::to_string(state.object_count());
}

TEST_F(RmTest, TheJournalMakesTheSameStateAnew) {
  Clients first = make_clients(0, 100), second = make_clients(1, 200), third = make_clients(0, 300);
  Handle activity = 0;
  std::uint32_t none = 0;
  ASSERT_EQ(make(second.control.id, second.client, second.subdevice, activity, abi::kActivityClass, none), Status::Ok);
  abi::ChargeParameters charge{12345, 0, 0, 0};
  ASSERT_EQ(control(second.control.id, second.client, activity, abi::kActivityCharge, charge), Status::Ok);
  OpenedFile target = open({NodeKind::Device, 1}, 200);
  abi::MapMemory map{};
  map.client = second.client;
  map.memory = activity;
  map.descriptor = target.given.get();
  ASSERT_EQ(ask(second.control.id, 0x4e, map), 0);
  // Their descriptors' numbers are free for what comes later.
  driver.close(first.control.id);
  const OpenedFile later = open({NodeKind::Control, 0}, 400);
  abi::Free request{third.client, third.device, third.subdevice, 0};
  ASSERT_EQ(ask(third.control.id, 0x29, request), 0);

  const std::string expected = told(driver.state());
  for (const bool compacted : {false, true}) {
    RecordingJournal other_journal;
    State other(devices.size());
    other.restore(compacted ? driver.snapshot() : journal.records);
    EXPECT_EQ(told(other), expected) << (compacted ? "snapshot" : "journal");
    // Two states own the same descriptors here, which never happens elsewhere: this one lets go of them.
    Record forget;
    forget.kind = RecordKind::CloseFile;
    std::vector<Record> all;
    for (const auto& [id, file] : other.files()) {
      forget.file = id;
      all.push_back(forget);
    }
    other.restore(all);
    EXPECT_TRUE(other.files().empty());
    EXPECT_EQ(other.object_count(), 0u);
  }
  // Nothing that restoring did has closed what is in use.
  abi::VersionString version{};
  EXPECT_EQ(ask(later.id, 0xd2, version), 0);
  struct stat status{};
  for (const auto& [id, file] : driver.state().files()) EXPECT_EQ(::fstat(file.descriptor.get(), &status), 0);
}

}  // namespace
}  // namespace vgpu::rm
