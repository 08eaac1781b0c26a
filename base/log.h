#pragma once

#include <string_view>

namespace vgpu {

// How much is written to VGPU_LOG. The variable names a level ("error", "warn", "info", "debug") or a file path,
// or both as "level:path"; unset, errors go to standard error.
enum class LogLevel { Error, Warn, Info, Debug };

// True when a message of this level would be written; lets callers skip the cost of building it.
bool log_enabled(LogLevel level);

// Writes one line "vgpu: LEVEL: MESSAGE" with a single write(2); never throws, never allocates after formatting.
void log(LogLevel level, std::string_view message);

}  // namespace vgpu
