#pragma once

namespace vgpu::model {

// Threads that this process computes with: VGPU_THREADS where it is set to 1 to 4096, else as many as the CPUs that the
// process may use, times the largest share (Device::cores) of its devices, rounded up.
unsigned compute_threads();

// `percent` of `cpus`, rounded up; at least 1.
unsigned share_of_cpus(unsigned cpus, unsigned percent);

}  // namespace vgpu::model
