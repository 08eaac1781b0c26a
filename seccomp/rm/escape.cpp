#include "seccomp/rm/escape.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include "seccomp/rm/escape_handlers.h"

namespace vgpu::rm {
namespace {

constexpr auto kEscapes = std::to_array<Escape>({
#define ESCAPE(number, name, smallest, largest, file, handler) \
  {number, #name, smallest, largest, EscapeFile::file, handler},
#include "seccomp/rm/escapes.def"
#undef ESCAPE
});

// Requests larger than ioctl numbers can say: _IOWR('F', 211, {number, size, address}). nv-ioctl.h.
constexpr std::uint8_t kTransfer = 211;
struct Transfer {
  std::uint32_t number, size;
  std::uint64_t address;
};

constexpr std::size_t kLargestParameters = 4096;

bool fits(EscapeFile wanted, NodeKind kind) {
  if (wanted == EscapeFile::Any) return true;
  return (wanted == EscapeFile::ControlOnly) == (kind == NodeKind::Control);
}

Answer failed(int error) {
  Answer answer;
  answer.error = error;
  return answer;
}

std::string hexadecimal(std::uint32_t number) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%#x", number);
  return text.data();
}

}  // namespace

std::span<const Escape> escapes() {
  return kEscapes;
}

const Escape* find_escape(std::uint8_t number) {
  const auto found = std::ranges::lower_bound(kEscapes, number, {}, &Escape::number);
  return found != kEscapes.end() && found->number == number ? &*found : nullptr;
}

int refused(EscapeCall& call) {
  call.driver.log_once(std::string("request ") +
                       find_escape(static_cast<std::uint8_t>(call.call.request & 0xff))->name + ": refused");
  return EINVAL;
}

Answer answer_escape(Driver& driver, const File& file, const Call& call, const CallerMemory& memory) {
  Call request = call;
  std::uint32_t number = request.request & 0xff;
  std::uint32_t size = request.request >> 16 & 0x3fff;
  if (number == kTransfer) {
    Transfer transfer{};
    if (size != sizeof transfer) return failed(EINVAL);
    if (!memory.read(request.argument, std::as_writable_bytes(std::span(&transfer, 1)))) return failed(EFAULT);
    number = transfer.number & 0xff;
    size = transfer.size;
    request.request = number;
    request.argument = transfer.address;
  }
  const Escape* escape = find_escape(static_cast<std::uint8_t>(number));
  if (escape == nullptr) {
    driver.log_once("request " + hexadecimal(number) + ": unknown");
    return failed(EINVAL);
  }
  if (size < escape->smallest_size || size > escape->largest_size || !fits(escape->file, file.node.kind)) {
    return failed(EINVAL);
  }
  alignas(16) std::array<std::byte, kLargestParameters> buffer;
  const std::span<std::byte> parameters = std::span(buffer).first(size);
  if (!memory.read(request.argument, parameters)) return failed(EFAULT);
  Answer answer;
  EscapeCall escape_call{driver, file, request, memory, parameters, answer};
  answer.error = escape->handler(escape_call);
  if (answer.error != 0) {
    answer.writes.clear();
    answer.replacement.reset();
  } else {
    answer.writes.push_back({request.argument, {parameters.begin(), parameters.end()}});
  }
  return answer;
}

const Client* client_for(const Driver& driver, const File& file, Handle handle) {
  const Client* client = driver.state().find_client(handle);
  const FileId owner = file.node.kind == NodeKind::Control ? file.id : file.control_file;
  return client != nullptr && owner != 0 && client->file == owner ? client : nullptr;
}

const Object* object_for(const Client& client, Handle handle) {
  const auto found = client.objects.find(handle);
  return found == client.objects.end() ? nullptr : &found->second;
}

std::uint64_t version_for(Driver& driver, const File& file, pid_t thread) {
  if (!file.version_known) {
    Record record;
    record.kind = RecordKind::SetVersion;
    record.file = file.id;
    record.value = pack_version(driver.host().library_version(thread));
    driver.change(record);
  }
  return file.version;
}

}  // namespace vgpu::rm
