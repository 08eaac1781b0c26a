#include "shims/cudart/channel_format.h"

#include <algorithm>
#include <iterator>

namespace vgpu::cudart {
namespace {

struct Row {
  int kind, bits;
  CUarray_format format;
};
constexpr Row kRows[] = {
    {cudaChannelFormatKindUnsigned, 8, CU_AD_FORMAT_UNSIGNED_INT8},
    {cudaChannelFormatKindUnsigned, 16, CU_AD_FORMAT_UNSIGNED_INT16},
    {cudaChannelFormatKindUnsigned, 32, CU_AD_FORMAT_UNSIGNED_INT32},
    {cudaChannelFormatKindSigned, 8, CU_AD_FORMAT_SIGNED_INT8},
    {cudaChannelFormatKindSigned, 16, CU_AD_FORMAT_SIGNED_INT16},
    {cudaChannelFormatKindSigned, 32, CU_AD_FORMAT_SIGNED_INT32},
    {cudaChannelFormatKindFloat, 16, CU_AD_FORMAT_HALF},
    {cudaChannelFormatKindFloat, 32, CU_AD_FORMAT_FLOAT},
};

}  // namespace

cudaError_t to_driver_format(const cudaChannelFormatDesc& description, CUarray_format& format, unsigned& channels) {
  const int bits[] = {description.x, description.y, description.z, description.w};
  const auto* const end = std::find(std::begin(bits), std::end(bits), 0);
  channels = static_cast<unsigned>(end - std::begin(bits));
  const bool uniform = std::all_of(std::begin(bits), end, [&](int count) { return count == description.x; }) &&
                       std::all_of(end, std::end(bits), [](int count) { return count == 0; });
  const auto* const row = std::ranges::find_if(
      kRows, [&](const Row& known) { return known.kind == description.kind && known.bits == description.x; });
  if (!uniform || channels == 0 || channels == 3 || row == std::end(kRows)) return cudaErrorInvalidChannelDescriptor;
  format = row->format;
  return cudaSuccess;
}

cudaChannelFormatDesc to_channel_description(CUarray_format format, unsigned channels) {
  const auto* const row = std::ranges::find_if(kRows, [&](const Row& known) { return known.format == format; });
  if (row == std::end(kRows)) return {};
  const auto bits = [&](unsigned channel) { return channel < channels ? row->bits : 0; };
  return {bits(0), bits(1), bits(2), bits(3), row->kind};
}

}  // namespace vgpu::cudart
