#pragma once

#include <map>
#include <string>

#include "base/error.h"
#include "oci/annotation_keys.h"
#include "oci/annotations.h"

// Which of a container's annotations count, where several ask for the same thing.
namespace vgpu::oci {

// One field's annotation, and how much it counts: a container's own key before the pod's, ours before an alias. The
// annotations have to live as long.
struct Choice {
  enum class Rank { Request, Alias, Pod, Container } rank;
  const std::string* key;
  const std::string* value;
};
using Choices = std::map<Field, Choice>;

// Empty where the annotations ask for nothing, or only for other containers of the pod. Fails with `KEY="VALUE":
// REASON` for an unknown key of ours, for two that contradict each other, and for one that is for a container by name
// when the engine does not say the container's name.
Expected<Choices> choose(const Annotations& annotations);

// nullptr: not asked for.
const Choice* find(const Choices& choices, Field field);

// An error that begins with the annotation, made harmless and cut to one short line.
std::unexpected<Error> refuse(const Choice& choice, const std::string& reason);

}  // namespace vgpu::oci
