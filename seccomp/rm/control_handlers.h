#pragma once

#include "seccomp/rm/control.h"

// The handlers that controls.def names.
namespace vgpu::rm {

// Answers nothing but zeros, or leaves the parameters as they came: for requests of which no more is to be said.
abi::Status zero(ControlCall& call);
abi::Status unchanged(ControlCall& call);

abi::Status client_probed_ids(ControlCall& call);
abi::Status client_attached_ids(ControlCall& call);
abi::Status client_attach_ids(ControlCall& call);
abi::Status client_attach_id(ControlCall& call);
abi::Status client_id_info(ControlCall& call);
abi::Status client_id_info2(ControlCall& call);
abi::Status client_pci_info(ControlCall& call);
abi::Status client_drain_state(ControlCall& call);
abi::Status client_uuid_of_id(ControlCall& call);
abi::Status client_build_version(ControlCall& call);
abi::Status client_address_space_type(ControlCall& call);
abi::Status client_fabric_status(ControlCall& call);
abi::Status client_accounting_state(ControlCall& call);

abi::Status gpu_name(ControlCall& call);
abi::Status gpu_short_name(ControlCall& call);
abi::Status gpu_gid(ControlCall& call);
abi::Status gpu_info(ControlCall& call);
abi::Status gpu_info_pointer(ControlCall& call);
abi::Status gpu_architecture(ControlCall& call);
abi::Status gpu_class_list(ControlCall& call);
abi::Status gpu_class_list_pointer(ControlCall& call);
abi::Status gpu_subdevice_count(ControlCall& call);
abi::Status gpu_engines(ControlCall& call);
abi::Status gpu_persistence(ControlCall& call);
abi::Status gpu_compute_policies(ControlCall& call);

abi::Status memory_info(ControlCall& call);
abi::Status memory_info_pointer(ControlCall& call);
abi::Status memory_offlined_pages(ControlCall& call);
abi::Status memory_remapped_rows(ControlCall& call);
abi::Status charge_activity(ControlCall& call);

abi::Status bus_pci_info(ControlCall& call);
abi::Status bus_info(ControlCall& call);
abi::Status bus_info_pointer(ControlCall& call);
abi::Status bus_windows(ControlCall& call);
abi::Status bus_counters(ControlCall& call);

abi::Status graphics_info(ControlCall& call);
abi::Status graphics_cluster_mask(ControlCall& call);
abi::Status graphics_texture_mask(ControlCall& call);
abi::Status graphics_multiprocessors(ControlCall& call);
abi::Status copy_engine_capabilities(ControlCall& call);

abi::Status time_now(ControlCall& call);
abi::Status time_correlation(ControlCall& call);

abi::Status thermal_execute(ControlCall& call);
abi::Status thermal_threshold(ControlCall& call);

abi::Status performance_state(ControlCall& call);
abi::Status power_policies(ControlCall& call);
abi::Status power_monitors(ControlCall& call);
abi::Status power_reading(ControlCall& call);
abi::Status power_limit(ControlCall& call);

abi::Status clock_domains(ControlCall& call);
abi::Status clock_programmable_domains(ControlCall& call);
abi::Status clock_domain_map(ControlCall& call);
abi::Status clock_readings(ControlCall& call);
abi::Status clock_slowdown(ControlCall& call);
abi::Status clock_limits(ControlCall& call);
abi::Status clock_limiters(ControlCall& call);
abi::Status clock_limiters_status(ControlCall& call);

abi::Status utilisation(ControlCall& call);
abi::Status media_utilisation(ControlCall& call);

abi::Status board_info(ControlCall& call);
abi::Status board_object_version(ControlCall& call);
abi::Status board_image_version(ControlCall& call);
abi::Status bios_info(ControlCall& call);
abi::Status ecc_configuration(ControlCall& call);
abi::Status ecc_status(ControlCall& call);

abi::Status channel_numbers(ControlCall& call);
abi::Status channel_engine(ControlCall& call);
abi::Status channel_token(ControlCall& call);

abi::Status process_ids(ControlCall& call);
abi::Status process_info(ControlCall& call);
abi::Status process_samples(ControlCall& call);

}  // namespace vgpu::rm
