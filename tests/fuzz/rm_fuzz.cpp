// Whatever a container asks of the driver, in whatever order, nothing but the container is hurt: a sequence of
// openings, requests and closings with everything in them chosen by the fuzzer, pointers and what they point to
// included.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "gpu/model/device_file.h"
#include "seccomp/rm/control.h"
#include "seccomp/rm/driver.h"
#include "seccomp/rm/escape.h"
#include "seccomp/rm/object_class.h"
#include "seccomp/rm/uvm.h"

namespace {

using namespace vgpu;

// The rest of the input, zeros after its end.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  template <class T>
  T take() {
    T value{};
    const std::size_t length = std::min(sizeof value, size_);
    if (length > 0) std::memcpy(&value, data_, length);
    data_ += length;
    size_ -= length;
    return value;
  }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  void copy(std::span<std::byte> target) const {
    for (std::size_t at = 0; at < target.size(); ++at)
      target[at] = size_ == 0 ? std::byte{} : std::byte{data_[at % size_]};
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
};

// Addresses below 64 KiB hold the parameters of the request that is being made; above 2^47 nothing is; all others hold
// the rest of the input over and over.
class Memory final : public rm::CallerMemory {
 public:
  Memory(const Input& input, std::vector<std::byte> parameters) : input_(input), parameters_(std::move(parameters)) {}
  bool read(std::uint64_t address, std::span<std::byte> bytes) const override {
    if (bytes.size() > 65536) std::abort();
    if (address >> 47 != 0) return false;
    input_.copy(bytes);
    if (address < 65536 && !parameters_.empty() && !bytes.empty())
      std::memcpy(bytes.data(), parameters_.data(), std::min(bytes.size(), parameters_.size()));
    return true;
  }

 private:
  const Input& input_;
  std::vector<std::byte> parameters_;
};

class Host final : public rm::Host {
 public:
  std::uint64_t real_time() override { return ++time_; }
  std::uint64_t monotonic_time() override { return ++time_ * 1000; }
  std::string library_version(pid_t thread) override { return (thread & 1) != 0 ? "535.309.01" : "550.163.01"; }
  std::optional<DescriptorIdentity> descriptor(pid_t, int number) override {
    if (identities.empty() || number < 0) return std::nullopt;
    return identities[static_cast<std::size_t>(number) % identities.size()];
  }
  bool read(const rm::Caller&, std::uint64_t, std::span<std::byte>) override { return false; }
  bool write(const rm::Caller&, std::uint64_t, std::span<const std::byte>) override { return false; }
  void log(const std::string&) override {}

  std::vector<DescriptorIdentity> identities;

 private:
  std::uint64_t time_ = 1'000'000;
};

class Journal final : public rm::Journal {
 public:
  void append(const rm::Record& record) override { records.push_back(record); }
  std::vector<rm::Record> records;
};

const std::vector<model::Device>& devices() {
  static const std::vector<model::Device> instance = [] {
    std::vector<model::Device> made;
    for (const char* name : {"t4", "h100", "p4"}) {
      made.push_back(model::make_device(*model::find_profile(name), static_cast<unsigned>(made.size())));
    }
    return made;
  }();
  return instance;
}

class Session {
 public:
  // Begins with what nearly every request needs: a control file, a client, a device and a subdevice.
  explicit Session(Input& input) : input_(input), driver_(devices(), journal_, host_) {
    add_file({rm::NodeKind::Control, 0}, 1);
    const rm::Handle device = 0xd1, subdevice = 0xd2;
    make(0, 0, 0, 0x41);
    const rm::Handle client = driver_.state().clients().begin()->first;
    make(client, client, device, 0x80);
    make(client, device, subdevice, 0x2080);
  }

  void step() {
    switch (input_.take<std::uint8_t>() % 8) {
      case 0:
        open();
        break;
      case 1:
        close();
        break;
      case 2:
        driver_.sample();
        break;
      case 3:
        driver_.process_ended(input_.take<std::uint8_t>() & 3);
        break;
      case 4:
        ask(request(0x2b, 48), allocation());
        break;
      case 5:
        ask(request(0x2a, 32), control());
        break;
      case 6: {
        const auto all = rm::uvm_requests();
        ask(all[input_.take<std::uint8_t>() % all.size()].number, {});
        break;
      }
      default: {
        const auto all = rm::escapes();
        const rm::Escape& escape = all[input_.take<std::uint8_t>() % all.size()];
        std::vector<std::byte> parameters(escape.largest_size);
        input_.copy(parameters);
        // Handles that exist are found by chance alone otherwise.
        if (parameters.size() >= 12) put_handles(parameters);
        ask(request(escape.number, parameters.size()), std::move(parameters));
      }
    }
    if (driver_.state().object_count() > rm::kMostObjects) std::abort();
    for (std::size_t device = 0; device < devices().size(); ++device) {
      if (driver_.state().used(device) > devices()[device].profile.memory) std::abort();
    }
  }

  // The journal makes the same state.
  void check_restored() {
    rm::State other(devices().size());
    other.restore(journal_.records);
    if (other.object_count() != driver_.state().object_count() ||
        other.files().size() != driver_.state().files().size()) {
      std::abort();
    }
    std::vector<rm::Record> closed;
    for (const auto& [id, file] : other.files()) {
      rm::Record record;
      record.kind = rm::RecordKind::CloseFile;
      record.file = id;
      closed.push_back(record);
    }
    other.restore(closed);
  }

 private:
  static std::uint32_t request(std::uint32_t number, std::size_t size) {
    return 0xc0000000 | static_cast<std::uint32_t>(size) << 16 | 'F' << 8 | number;
  }

  void open() {
    const auto kind = static_cast<rm::NodeKind>(input_.take<std::uint8_t>() % 4);
    const pid_t process = input_.take<std::uint8_t>() & 3;
    add_file({kind, input_.take<std::uint8_t>() % 4u}, process);
  }

  void add_file(rm::Node node, pid_t process) {
    if (files_.size() >= 16) return;
    auto opened = driver_.open(node, {process, process});
    if (!opened) return;
    struct stat status{};
    if (::fstat(opened->given.get(), &status) != 0) std::abort();
    host_.identities.push_back({status.st_dev, status.st_ino});
    files_.push_back(*std::move(opened));
  }

  // With parameters that are all zeros.
  void make(rm::Handle client, rm::Handle parent, rm::Handle object, std::uint32_t object_class) {
    rm::abi::Allocate parameters{};
    parameters.root = client;
    parameters.parent = parent;
    parameters.object = object;
    parameters.object_class = object_class;
    const Input zeros(nullptr, 0);
    if (object_class != 0x41) parameters.parameters = 1 << 20;
    driver_.ioctl({files_[0].id, request(0x2b, sizeof parameters), 0, 1}, Memory(zeros, bytes_of(parameters)));
  }

  void close() {
    if (files_.empty()) return;
    const std::size_t which = input_.take<std::uint8_t>() % files_.size();
    driver_.close(files_[which].id);
    host_.identities.erase(host_.identities.begin() + static_cast<std::ptrdiff_t>(which));
    files_.erase(files_.begin() + static_cast<std::ptrdiff_t>(which));
  }

  // A handle of a client that is there, and of one of its objects.
  std::pair<rm::Handle, rm::Handle> handles() {
    const auto& clients = driver_.state().clients();
    if (clients.empty()) return {0, 0};
    auto client = clients.begin();
    std::advance(client, input_.take<std::uint8_t>() % clients.size());
    auto object = client->second.objects.begin();
    std::advance(object, input_.take<std::uint8_t>() % client->second.objects.size());
    return {client->first, object->first};
  }

  void put_handles(std::vector<std::byte>& parameters) {
    const auto [client, object] = handles();
    std::memcpy(parameters.data(), &client, 4);
    std::memcpy(parameters.data() + 4, &object, 4);
    if (input_.take<std::uint8_t>() % 2 == 0) std::memcpy(parameters.data() + 8, &object, 4);
  }

  template <class T>
  static std::vector<std::byte> bytes_of(const T& value) {
    const auto bytes = std::as_bytes(std::span(&value, 1));
    return {bytes.begin(), bytes.end()};
  }

  std::vector<std::byte> allocation() {
    rm::abi::Allocate parameters{};
    const auto [client, parent] = handles();
    parameters.root = client;
    parameters.parent = parent;
    parameters.object = input_.take<std::uint8_t>();
    const auto classes = rm::object_classes();
    parameters.object_class = classes[input_.take<std::uint8_t>() % classes.size()].number;
    parameters.parameters = 1 << 20;
    return bytes_of(parameters);
  }

  std::vector<std::byte> control() {
    rm::abi::Control parameters{};
    const auto [client, object] = handles();
    parameters.client = client;
    parameters.object = object;
    const auto all = rm::controls();
    const rm::Control& control = all[input_.take<std::uint16_t>() % all.size()];
    parameters.command = control.command;
    parameters.parameters = 1 << 20;
    parameters.parameters_size = control.size[input_.take<std::uint8_t>() % rm::kBranches];
    return bytes_of(parameters);
  }

  void ask(std::uint32_t request, std::vector<std::byte> parameters) {
    if (files_.empty()) return;
    const rm::FileId file = files_[input_.take<std::uint8_t>() % files_.size()].id;
    const Memory memory(input_, std::move(parameters));
    const rm::Answer answer = driver_.ioctl({file, request, 0, static_cast<pid_t>(file)}, memory);
    std::size_t written = 0;
    for (const rm::MemoryWrite& write : answer.writes) written += write.bytes.size();
    if (written > std::size_t{128} << 10) std::abort();
    if (answer.error != 0 && !answer.writes.empty()) std::abort();
  }

  Input& input_;
  Journal journal_;
  Host host_;
  rm::Driver driver_;
  std::vector<rm::OpenedFile> files_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  Session session(input);
  for (int steps = 0; steps < 256 && !input.empty(); ++steps) session.step();
  session.check_restored();
  return 0;
}
