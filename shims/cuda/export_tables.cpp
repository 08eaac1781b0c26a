#include "shims/cuda/export_tables.h"

#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "shims/cuda/api.h"
#include "shims/cuda/call.h"
#include "shims/cuda/context_stack.h"
#include "shims/cuda/context_values.h"
#include "shims/cuda/message_digest.h"

namespace vgpu::cuda {
namespace {

using Entry = void (*)();

template <class Function>
Entry entry(Function* function) {
  return reinterpret_cast<Entry>(function);
}

// What a table is called in a log, and the slots that it has behind its size.
template <std::size_t kSlots>
struct Name {
  char text[kSlots];
  constexpr Name(const char (&name)[kSlots]) { std::copy_n(name, kSlots, text); }
};

template <Name kTable, std::size_t kSlot>
CUresult not_known() {
  log(LogLevel::Error,
      fmt::format("libcuda: the runtime library calls function {} of the undocumented table {}, which is not known",
                  kSlot, kTable.text));
  return CUDA_ERROR_NOT_SUPPORTED;
}

// The first word of most tables is their size in bytes. Slots that are not known say so, instead of being null.
template <Name kTable, std::size_t kSize>
struct Table {
  std::array<Entry, kSize> entries;

  Table() {
    [this]<std::size_t... kSlots>(std::index_sequence<kSlots...>) {
      ((entries[kSlots] = entry(&not_known<kTable, kSlots>)), ...);
    }(std::make_index_sequence<kSize>());
    entries[0] = reinterpret_cast<Entry>(sizeof entries);
  }
};

// What the runtime loads modules and gets the primary context with.
struct RuntimeTable : Table<"of the runtime", 13> {
  static CUresult load(CUmodule* module, const void* image) noexcept {
    return guarded<Check::in_context>([&] { return api::cuModuleLoadData(module, image); });
  }
  static CUresult load_with_options(CUmodule* module, const void* image, void*, void*, unsigned) noexcept {
    return load(module, image);
  }
  static CUresult load_fatbin(const void* image, CUmodule* module, void*, void*, unsigned) noexcept {
    return load(module, image);
  }
  static CUresult primary_context(CUcontext* context, CUdevice ordinal) noexcept {
    return guarded<Check::initialized>([&]() -> CUresult {
      if (context == nullptr) return CUDA_ERROR_INVALID_VALUE;
      VisibleDevice* const device = find_device(ordinal);
      if (device == nullptr) return CUDA_ERROR_INVALID_DEVICE;
      *context = find_primary(*device, ordinal)->handle();
      return CUDA_SUCCESS;
    });
  }
  static void nothing(std::size_t) {}

  RuntimeTable() {
    entries[1] = entry(&load);
    entries[2] = entry(&primary_context);
    entries[6] = entry(&load_with_options);
    entries[7] = entry(&nothing);
    entries[8] = entry(&load_fatbin);
  }
};

// Words by which a profiler tells the runtime what it wants to be told: all zero, nothing.
struct CallbackTable : Table<"of callbacks", 7> {
  template <std::size_t kWords>
  static void words(void** area, std::size_t* count) noexcept {
    static std::array<std::uint32_t, kWords> zeros{};
    *area = zeros.data();
    *count = zeros.size();
  }

  CallbackTable() {
    entries[2] = entry(&words<1024>);
    entries[6] = entry(&words<14>);
  }
};

struct ContextCheckTable : Table<"of context checks", 4> {
  static CUresult check(CUcontext, unsigned* result, const void**) noexcept {
    if (result != nullptr) *result = 0;
    return CUDA_SUCCESS;
  }
  static unsigned zero() noexcept { return 0; }

  ContextCheckTable() {
    entries[2] = entry(&check);
    entries[3] = entry(&zero);
  }
};

// Without a word for the size.
struct ContextValueTable {
  std::array<Entry, 4> entries = {entry(&put_context_value), entry(&remove_context_value), entry(&get_context_value),
                                  nullptr};
};

// Not used by programs that were observed; the runtime asks whether they are there.
using ThreadStorageTable = Table<"of thread storage", 4>;

// Asked for by the runtime of CUDA 13.5, which called none of its functions in the programs that were observed.
using ContextTable = Table<"of contexts", 95>;

struct IntegrityTable : Table<"of integrity", 3> {
  static CUresult answer(unsigned version, std::uint64_t seconds, Digest* result) noexcept;
  IntegrityTable() { entries[1] = entry(&answer); }
};

struct Tables {
  RuntimeTable runtime;
  CallbackTable callbacks;
  ContextCheckTable context_check;
  ContextValueTable context_values;
  ThreadStorageTable thread_storage;
  ContextTable contexts;
  IntegrityTable integrity;
};

const Tables& tables() {
  static const Tables made;
  return made;
}

// The runtime asks three times at its start whether runtime and driver belong together, by a number that ends in 0, 1
// and 2: twice for a fixed answer, and for a keyed digest of what both sides know.
CUresult IntegrityTable::answer(unsigned version, std::uint64_t seconds, Digest* result) noexcept {
  return guarded<Check::anytime>([&]() -> CUresult {
    if (result == nullptr) return CUDA_ERROR_INVALID_VALUE;
    constexpr Digest kFirst = {0x5c, 0x67, 0xcb, 0x03, 0x1c, 0x18, 0x41, 0x33,
                               0xe8, 0xd1, 0x4c, 0x1f, 0xaa, 0x83, 0xd3, 0x8e};
    if (version % 10 < 2) {
      *result = kFirst;
      if (version % 10 == 1) (*result)[7] = 0x18;
      return CUDA_SUCCESS;
    }
    std::vector<std::uint8_t> message;
    const auto append = [&](const auto& value) {
      const auto* const bytes = reinterpret_cast<const std::uint8_t*>(&value);
      message.insert(message.end(), bytes, bytes + sizeof value);
    };
    int driver_version = 0;
    api::cuDriverGetVersion(&driver_version);
    append(driver_version);
    append(version);
    append(::getpid());
    append(static_cast<std::uint32_t>(::pthread_self()));
    append(tables().runtime.entries.data());
    append(tables().integrity.entries.data());
    append(tables().integrity.entries[1]);
    append(seconds);
    const auto count = static_cast<CUdevice>(driver().devices.size());
    for (CUdevice device = 0; device < count; ++device) {
      CUuuid uuid;
      api::cuDeviceGetUuid_v2(&uuid, device);
      append(uuid);
      constexpr int kDomain = 50, kBus = 33, kDevice = 34;  // CUdevice_attribute
      for (const int attribute : {kDomain, kBus, kDevice}) {
        int value = 0;
        api::cuDeviceGetAttribute(&value, attribute, device);
        append(value);
      }
    }
    constexpr Digest kKey = {0x14, 0x6a, 0xdd, 0xae, 0x53, 0xa9, 0xa7, 0x52,
                             0xaa, 0x08, 0x41, 0x36, 0x0b, 0xf5, 0x5a, 0x9f};
    *result = hmac_md2(kKey, message);
    return CUDA_SUCCESS;
  });
}

constexpr CUuuid uuid(std::uint64_t first, std::uint64_t second) {
  CUuuid id{};
  for (unsigned i = 0; i < 8; ++i) {
    id.bytes[i] = static_cast<unsigned char>(first >> (56 - 8 * i));
    id.bytes[8 + i] = static_cast<unsigned char>(second >> (56 - 8 * i));
  }
  return id;
}

}  // namespace

const void* find_runtime_table(const CUuuid& id) {
  struct Row {
    CUuuid id;
    const void* table;
  };
  static const std::array rows = {
      Row{uuid(0x6bd5fb6c5bf4e74a, 0x8987d93912fd9df9), tables().runtime.entries.data()},
      Row{uuid(0xa094798c2e742e74, 0x93f20800200c0a66), tables().callbacks.entries.data()},
      Row{uuid(0x42d85a8123f6cb47, 0x8298f6e78a3aecdc), tables().thread_storage.entries.data()},
      Row{uuid(0x21318c6097143248, 0x8ca641ff7324c8f2), tables().contexts.entries.data()},
      Row{uuid(0xc693336e1121df11, 0xa8c368f355d89593), tables().context_values.entries.data()},
      Row{uuid(0x263e88607cd26143, 0x92f6bbd5006dfa7e), tables().context_check.entries.data()},
      Row{uuid(0xd4082055bde6704b, 0x8d34ba123c66e1f2), tables().integrity.entries.data()},
  };
  for (const Row& row : rows) {
    if (std::memcmp(&row.id, &id, sizeof id) == 0) return row.table;
  }
  return nullptr;
}

}  // namespace vgpu::cuda
