#pragma once

#include "base/file_descriptor.h"
#include "seccomp/rm/driver.h"

// The memory behind objects, which is a file in memory of each: made when it is first needed.
namespace vgpu::rm {

// A file of `size` bytes that holds nothing yet and that nobody can make smaller. Invalid with errno set when that
// fails.
FileDescriptor make_memory_file(const char* name, std::uint64_t size);

// The descriptor of the memory behind an object of a client, -1 when the object has none or it cannot be made. It is
// the state's.
int backing_of(Driver& driver, Handle client, const Object& object);

}  // namespace vgpu::rm
