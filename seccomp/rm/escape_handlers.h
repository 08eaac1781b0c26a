#pragma once

#include "seccomp/rm/escape.h"

// The handlers that escapes.def names.
namespace vgpu::rm {

int refused(EscapeCall& call);

int card_info(EscapeCall& call);
int register_descriptor(EscapeCall& call);
int check_version(EscapeCall& call);
int attach_gpus(EscapeCall& call);
int system_parameters(EscapeCall& call);
int numa_info(EscapeCall& call);
int wait_open(EscapeCall& call);

int allocate_object(EscapeCall& call);
int free_object(EscapeCall& call);
int control(EscapeCall& call);

int allocate_memory(EscapeCall& call);
int heap_control(EscapeCall& call);
int map_memory(EscapeCall& call);
int unmap_memory(EscapeCall& call);
int update_mapping(EscapeCall& call);
int allocate_event(EscapeCall& call);
int free_event(EscapeCall& call);

}  // namespace vgpu::rm
