#include "oci/annotation_choices.h"

#include <algorithm>
#include <optional>

#include "oci/container_names.h"

namespace vgpu::oci {
namespace {

using Rank = Choice::Rank;

constexpr const char* kNoName = "this engine does not say which container of the pod this is";

// Annotations come from anyone: what goes into a message stays one short line.
std::string printable(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  std::string line(text.substr(0, kLongest));
  for (char& character : line) {
    if (static_cast<unsigned char>(character) < 0x20 || character == 0x7f) character = '?';
  }
  return text.size() > kLongest ? line + "..." : line;
}

// What a key asks for, taken apart.
struct Meaning {
  Field field;
  Rank rank;
  std::string_view containers;  // names, separated by commas, of those that it is for; empty: all
};

Rank rank_of(Weight weight) {
  return weight == Weight::Request ? Rank::Request : Rank::Alias;
}

// nullopt: none of those that ask for a vGPU. One below our prefix that is not known is not passed here.
std::optional<Meaning> meaning_of(std::string_view key, const Annotations& annotations) {
  if (const auto own = parse_own_key(key)) {
    return Meaning{own->field, own->container.empty() ? Rank::Pod : Rank::Container, own->container};
  }
  if (const auto alias = parse_container_alias(key)) {
    return Meaning{alias->field, rank_of(alias->weight), alias->container};
  }
  if (const Alias* alias = find_alias(key)) {
    const auto containers = annotations.find(alias->containers);
    return Meaning{alias->field, rank_of(alias->weight),
                   containers == annotations.end() ? std::string_view() : std::string_view(containers->second)};
  }
  return std::nullopt;
}

bool is_in(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view one = list.substr(0, comma);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (one == name) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

Expected<void> add(Choices& choices, Field field, const Choice& choice) {
  const auto [position, inserted] = choices.try_emplace(field, choice);
  if (inserted) return {};
  if (choice.rank == position->second.rank && *position->second.value != *choice.value) {
    return refuse(choice, "contradicts " + *position->second.key + "=\"" + printable(*position->second.value) + "\"");
  }
  if (choice.rank > position->second.rank) position->second = choice;
  return {};
}

// What is said for the whole pod completes a request; where the pod counts devices for some of its containers by name,
// it makes none for the others.
bool is_for_others(const Choices& choices) {
  return !choices.contains(Field::Count) &&
         std::ranges::all_of(choices, [](const auto& choice) { return choice.second.rank == Rank::Pod; });
}

}  // namespace

Expected<Choices> choose(const Annotations& annotations) {
  const std::string container_name = names_of(annotations).container;
  Choices choices;
  bool others_count = false;
  for (const auto& [key, value] : annotations) {
    const auto meaning = meaning_of(key, annotations);
    const Choice choice{meaning ? meaning->rank : Rank::Pod, &key, &value};
    if (!meaning && key.starts_with(kPrefix)) {
      return refuse(
          choice, "unknown key; known are count, memory, cores, profile, inject and cache, alone or after CONTAINER.");
    }
    if (!meaning) continue;
    if (!meaning->containers.empty() && container_name.empty()) return refuse(choice, kNoName);
    if (!meaning->containers.empty() && !is_in(meaning->containers, container_name)) {
      others_count = others_count || (meaning->rank == Rank::Container && meaning->field == Field::Count);
      continue;
    }
    if (auto added = add(choices, meaning->field, choice); !added) return std::unexpected(added.error());
  }
  if (others_count && is_for_others(choices)) return Choices();
  return choices;
}

const Choice* find(const Choices& choices, Field field) {
  const auto found = choices.find(field);
  return found == choices.end() ? nullptr : &found->second;
}

std::unexpected<Error> refuse(const Choice& choice, const std::string& reason) {
  return failure(printable(*choice.key) + "=\"" + printable(*choice.value) + "\": " + reason);
}

}  // namespace vgpu::oci
