#include "gpu/texture/query.h"

namespace vgpu::texture {
namespace {

// PTX ISA, "Channel Data Type and Channel Order Fields".
constexpr std::uint32_t kSnormInt8 = 0x10D0, kUnormInt8 = 0x10D2;
constexpr std::uint32_t kSignedInt8 = 0x10D7, kUnsignedInt8 = 0x10DA;
constexpr std::uint32_t kHalfFloat = 0x10DD, kFloat = 0x10DE;
constexpr std::uint32_t kOrderR = 0x10B0, kOrderRg = 0x10B2, kOrderRgba = 0x10B5;

// PTX ISA, "Sampler Types": wrap, mirror, clamp_ogl, clamp_to_edge, clamp_to_border.
std::uint32_t address_mode(AddressMode mode) {
  switch (mode) {
    case AddressMode::Wrap:
      return 0;
    case AddressMode::Mirror:
      return 1;
    case AddressMode::Border:
      return 4;
    default:
      return 3;
  }
}

std::uint32_t channel_type(const Object& object) {
  const Format& format = object.texture.image.format;
  const std::uint32_t width = format.bits == 8 ? 0 : format.bits == 16 ? 1 : 2;
  if (format.kind == ChannelKind::Float) return format.bits == 16 ? kHalfFloat : kFloat;
  const bool is_signed = format.kind == ChannelKind::Signed;
  if (object.kind == ObjectKind::Texture && !object.texture.returns_integers()) {
    return (is_signed ? kSnormInt8 : kUnormInt8) + width;
  }
  return (is_signed ? kSignedInt8 : kUnsignedInt8) + width;
}

std::uint32_t channel_order(const Format& format) {
  return format.channels == 1 ? kOrderR : format.channels == 2 ? kOrderRg : kOrderRgba;
}

}  // namespace

std::uint32_t query(const Object& object, ptx::ImageQuery what) {
  const Image& image = object.texture.image;
  const Sampling& sampling = object.texture.sampling;
  switch (what) {
    case ptx::ImageQuery::Width:
      return image.width;
    case ptx::ImageQuery::Height:
      return image.height;
    case ptx::ImageQuery::Depth:
      return image.layered ? 0 : image.depth;
    case ptx::ImageQuery::ChannelDataType:
      return channel_type(object);
    case ptx::ImageQuery::ChannelOrder:
      return channel_order(image.format);
    case ptx::ImageQuery::NormalizedCoordinates:
      return sampling.normalized ? 1 : 0;
    case ptx::ImageQuery::ArraySize:
      return image.layered ? image.depth : 0;
    case ptx::ImageQuery::MipmapLevels:
    case ptx::ImageQuery::Samples:
      return 1;
    case ptx::ImageQuery::FilterMode:
      return sampling.linear ? 1 : 0;
    case ptx::ImageQuery::AddressMode0:
      return address_mode(sampling.address[0]);
    case ptx::ImageQuery::AddressMode1:
      return address_mode(sampling.address[1]);
    case ptx::ImageQuery::AddressMode2:
      return address_mode(sampling.address[2]);
    default:
      return 0;
  }
}

}  // namespace vgpu::texture
