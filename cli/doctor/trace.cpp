#include <array>

#include "cli/doctor/call_log.h"
#include "cli/doctor/findings.h"

namespace vgpu::cli::doctor {
namespace {

// A way in which programs ask for a device: the functions in the order of the calls. Without the first nothing of it
// is used; those behind it are said by name, called or not.
struct Question {
  const char* what;
  std::array<const char*, 4> functions;
};
constexpr std::array<Question, 3> kQuestions = {{
    {"driver", {"cuInit", "cuDeviceGetCount", "cuDeviceGetPCIBusId", "cuDeviceTotalMem_v2"}},
    {"runtime", {"cudaGetDeviceCount", "cudaGetDeviceProperties_v2", "cudaMemGetInfo", "cudaLaunchKernel"}},
    {"NVML", {"nvmlInit_v2", "nvmlDeviceGetCount_v2", "nvmlDeviceGetPciInfo_v3", "nvmlDeviceGetMemoryInfo"}},
}};

constexpr std::size_t kMostFailures = 50;
// Results that are answers: work is not done yet (cuEventQuery), and more room is wanted (NVML's lists).
constexpr long long kNotReady = 600;
constexpr long long kInsufficientSize = 7;

using AllCalls = std::map<std::string, Calls, std::less<>>;

std::string times(std::uint64_t count) {
  return count == 1 ? "once" : std::to_string(count) + " times";
}

Finding describe(const Question& question, const AllCalls& calls) {
  std::string called, others;
  for (const char* name : question.functions) {
    const auto found = calls.find(name);
    std::string& list = found == calls.end() ? others : called;
    list += (list.empty() ? "" : ", ") + std::string(name);
    if (found != calls.end()) list += " " + times(found->second.count);
  }
  std::string detail = called.empty() ? "" : "called " + called;
  if (!others.empty()) detail += (detail.empty() ? "not called: " : "; not called: ") + others;
  return {"calls of the " + std::string(question.what), State::Ok, detail, {}};
}

bool is_question(std::string_view name) {
  for (const Question& question : kQuestions) {
    for (const char* function : question.functions) {
      if (name == function) return true;
    }
  }
  return false;
}

bool is_answer(std::string_view name, long long error) {
  return error == kNotReady || (name.starts_with("nvml") && error == kInsufficientSize);
}

// A way to a device that never went well is what a program failed of; other calls fail in programs that work.
Finding describe_failure(const std::string& name, const Calls& calls) {
  const bool never = calls.failed == calls.count;
  const std::string detail = never ? times(calls.count) + ", and always failed"
                                   : std::to_string(calls.failed) + " of " + std::to_string(calls.count) + " failed";
  return {
      name, never && is_question(name) && !calls.refused ? State::Missing : State::Warning,
      "called " + detail + ", last with " + std::to_string(calls.last_error) + (calls.refused ? ", not supported" : ""),
      calls.refused ? "`vgpu coverage` says what is supported; report it if the program stops there"
                    : "the container's VGPU_LOG=warn says more"};
}

}  // namespace

Findings examine_trace(std::string_view text, const std::string& source) {
  const AllCalls calls = count_calls(text);
  if (calls.empty()) {
    return {{"trace", State::Warning, source + " has no call", "a program that opens CUDA's libraries writes to it"}};
  }
  Findings findings;
  for (const Question& question : kQuestions) findings.push_back(describe(question, calls));
  for (const auto& [name, of_name] : calls) {
    if (of_name.failed == 0 || is_answer(name, of_name.last_error)) continue;
    if (findings.size() >= kMostFailures) break;
    findings.push_back(describe_failure(name, of_name));
  }
  return findings;
}

}  // namespace vgpu::cli::doctor
