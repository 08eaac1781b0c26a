#pragma once

#include <cstdint>

// Results of the resource manager (RM), in the `status` member of its parameters. Numbers: nvstatuscodes.h of NVIDIA's
// open kernel modules.
namespace vgpu::rm::abi {

enum class Status : std::uint32_t {
  Ok = 0x00,
  InUse = 0x17,
  InsertDuplicateName = 0x19,
  InsufficientResources = 0x1a,
  InsufficientPermissions = 0x1b,
  InvalidAddress = 0x1e,
  InvalidArgument = 0x1f,
  InvalidChannel = 0x21,
  InvalidClass = 0x22,
  InvalidClient = 0x23,
  InvalidCommand = 0x24,
  InvalidDevice = 0x26,
  InvalidFunction = 0x2a,
  InvalidLimit = 0x2e,
  InvalidObject = 0x31,
  InvalidObjectHandle = 0x33,
  InvalidObjectNew = 0x34,
  InvalidObjectParent = 0x36,
  InvalidOffset = 0x37,
  InvalidParamStruct = 0x3a,
  InvalidPointer = 0x3d,
  InvalidState = 0x40,
  NoMemory = 0x51,
  NotSupported = 0x56,
  ObjectNotFound = 0x57,
  OperatingSystem = 0x59,
  Generic = 0xffff,
};

}  // namespace vgpu::rm::abi
