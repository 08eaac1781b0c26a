#pragma once

#include <cstdint>
#include <optional>

#include "gpu/texture/image.h"

// The texture and surface objects of the process, by the handles that kernels pass to texture instructions. Creating
// and destroying is for the host; finding takes no lock.
namespace vgpu::texture {

enum class ObjectKind : std::uint8_t { Texture, Surface };

// A handle is less than 2^40, and no address of a module's variable is. 0 when there are as many objects as can be.
std::uint64_t add_object(ObjectKind kind, const Texture& texture);
// False for a handle that is not alive, or of the other kind.
bool remove_object(ObjectKind kind, std::uint64_t handle);

// What a handle means, nullptr for one that means nothing. What is found stays readable: an object that is destroyed
// while a kernel uses it is the program's error, and must not be more than that. A texture or surface reference is a
// module's variable that holds a handle: its address finds the same object. An address that cannot be read faults.
struct Object {
  ObjectKind kind = ObjectKind::Texture;
  Texture texture;
};
const Object* find_object(std::uint64_t handle);

}  // namespace vgpu::texture
