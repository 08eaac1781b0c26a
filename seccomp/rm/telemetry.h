#pragma once

#include "gpu/model/readings.h"
#include "seccomp/rm/control.h"

// What sensors would say of the device of a call. Modelled from how busy the device is, see gpu/model/readings.h.
namespace vgpu::rm {

inline model::Readings readings_of(const ControlCall& call) {
  return model::readings_at(call.device().profile, call.driver.activity().utilisation(call.object.device));
}

}  // namespace vgpu::rm
