#include "base/error.h"

#include <system_error>

namespace vgpu {

std::unexpected<Error> system_failure(const std::string& action, const std::string& object, int number) {
  return failure(action + " \"" + object + "\": " + std::generic_category().message(number));
}

}  // namespace vgpu
