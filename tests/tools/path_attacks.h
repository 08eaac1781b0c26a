#pragma once

// Opens /dev/nvidiactl by other paths, made in `folder`: prints for each whether it is emulated or refused, and ends
// the program where what is opened is anything else. Call as root in a mount namespace of its own.
int attack_paths(const char* folder);
