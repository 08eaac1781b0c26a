#include "seccomp/queries.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "host/use_request.h"

namespace vgpu::seccomp {
namespace {

constexpr std::size_t kMostAskers = 32;
constexpr std::chrono::milliseconds kLook{250};      // that a busy container is given
constexpr std::chrono::milliseconds kReading{5000};  // that an asker is given

using Json = nlohmann::json;

Json device_json(const rm::DeviceUse& use) {
  Json processes = Json::array();
  for (const rm::ProcessUse& process : use.processes) {
    processes.push_back({{"process", process.process},
                         {"container_process", process.container_process},
                         {"memory", process.memory},
                         {"utilisation", process.utilisation}});
  }
  return {{"memory", use.memory},
          {"utilisation", use.utilisation},
          {"busy", use.busy},
          {"processes", std::move(processes)}};
}

}  // namespace

std::string use_answer(const std::map<std::string, ContainerUse>& containers) {
  Json list = Json::array();
  for (const auto& [id, use] : containers) {
    Json container{{"id", id}};
    if (use) {
      container["devices"] = Json::array();
      for (const rm::DeviceUse& device : *use) container["devices"].push_back(device_json(device));
    }
    list.push_back(std::move(container));
  }
  const Json answer{{"version", host::kUseVersion}, {"containers", std::move(list)}};
  return answer.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

void Queries::add(FileDescriptor connection) {
  if (askers_.size() >= kMostAskers) return;
  const int number = connection.get();
  askers_[number] = {std::move(connection), nullptr, 0, Clock::now() + kReading};
  if (looking_) return;
  looking_ = true;
  seen_.clear();
  end_of_look_ = Clock::now() + kLook;
}

void Queries::go_on(const std::vector<std::string>& ids, const Look& look) {
  const auto now = Clock::now();
  std::erase_if(askers_, [&](const auto& entry) { return entry.second.deadline < now; });
  if (!looking_) return;
  bool complete = true;
  for (const std::string& id : ids) {
    ContainerUse& use = seen_[id];
    if (!use) use = look(id);
    complete = complete && use.has_value();
  }
  if (complete || now >= end_of_look_) send_to_all();
}

void Queries::send_to_all() {
  const auto answer = std::make_shared<const std::string>(use_answer(seen_));
  looking_ = false;
  seen_.clear();
  std::vector<int> waiting;
  for (auto& [number, asker] : askers_) {
    if (asker.answer) continue;
    asker.answer = answer;
    waiting.push_back(number);
  }
  for (const int number : waiting) {
    watcher_.add(number, EPOLLOUT, {About::Kind::Query, 0, static_cast<std::uint32_t>(number)});
    write(number);
  }
}

void Queries::write(int descriptor) {
  const auto found = askers_.find(descriptor);
  if (found == askers_.end() || !found->second.answer) return;
  Asker& asker = found->second;
  while (asker.sent < asker.answer->size()) {
    const ssize_t length = ::send(descriptor, asker.answer->data() + asker.sent, asker.answer->size() - asker.sent,
                                  MSG_NOSIGNAL | MSG_DONTWAIT);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0 && errno == EAGAIN) return;
    if (length < 0) break;
    asker.sent += static_cast<std::size_t>(length);
  }
  askers_.erase(found);
}

}  // namespace vgpu::seccomp
