#include <algorithm>
#include <cstring>

#include "seccomp/rm/control_handlers.h"
#include "seccomp/rm/info_list.h"
#include "seccomp/rm/telemetry.h"

// Controls of the board that a GPU is on: its memory for facts ("InfoROM"), error correction.
namespace vgpu::rm {
namespace {

using abi::Status;

struct OemBoard {
  std::uint32_t build_date;
  char marketing_name[24];
  char serial_number[16];
  std::uint8_t memory_manufacturer;
  char memory_part[20], memory_date[6];
  char product_part[20];
  char board_revision[3];
  std::uint8_t board_type;
  char board_699_part[20], board_965_part[20];
  std::uint8_t padding;
};
static_assert(sizeof(OemBoard) == 136);

struct EccUnit {
  std::uint8_t enabled, scrubbed, supported, padding[5];
  std::uint64_t counts[4];
};
static_assert(sizeof(EccUnit) == 40);
constexpr std::size_t kAfterUnits = 24;  // of GPU_QUERY_ECC_STATUS: flags and a route

template <std::size_t kSize>
void write_text(char (&target)[kSize], const std::string& text) {
  std::memset(target, 0, kSize);
  text.copy(target, kSize - 1);
}

}  // namespace

Status board_info(ControlCall& call) {
  auto& board = call.as<OemBoard>();
  board = {};
  write_text(board.marketing_name, call.device().profile.name);
  write_text(board.serial_number, model::serial_number(call.device()));
  return Status::Ok;
}

Status board_object_version(ControlCall& call) {
  // Three letters that name an object, then its version and subversion.
  call.parameters[3] = std::byte{1};
  call.parameters[4] = std::byte{0};
  return Status::Ok;
}

Status board_image_version(ControlCall& call) {
  static constexpr char kVersion[16] = "V000.0000.00.00";
  std::memcpy(call.parameters.data(), kVersion, std::min(call.parameters.size(), sizeof kVersion));
  return Status::Ok;
}

Status bios_info(ControlCall& call) {
  // The first two are the version's four bytes and its fifth. All zeros: no card has that, and no vGPU another.
  return answer_list_pointer(call, [](std::uint32_t) { return 0; });
}

Status ecc_configuration(ControlCall& call) {
  call.word(0) = 1;  // at present, and
  call.word(4) = 1;  // by default
  return Status::Ok;
}

Status ecc_status(ControlCall& call) {
  std::ranges::fill(call.parameters, std::byte{});
  const std::size_t count = (call.parameters.size() - kAfterUnits) / sizeof(EccUnit);
  auto* units = &call.as<EccUnit>();
  for (std::size_t unit = 0; unit < count; ++unit)
    units[unit].enabled = units[unit].scrubbed = units[unit].supported = 1;
  return Status::Ok;
}

}  // namespace vgpu::rm
