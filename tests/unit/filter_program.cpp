#include "filter_program.h"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <map>
#include <memory>
#include <set>

namespace vgpu::oci {
namespace {

std::uint32_t action_of(const Config& rule, const char* name) {
  const std::string action = rule.at(name).get<std::string>();
  if (action == "SCMP_ACT_ALLOW") return SCMP_ACT_ALLOW;
  if (action == "SCMP_ACT_NOTIFY") return SCMP_ACT_NOTIFY;
  if (action == "SCMP_ACT_LOG") return SCMP_ACT_LOG;
  if (action == "SCMP_ACT_KILL_PROCESS") return SCMP_ACT_KILL_PROCESS;
  EXPECT_EQ(action, "SCMP_ACT_ERRNO");
  return SCMP_ACT_ERRNO(rule.value("errnoRet", rule.value("defaultErrnoRet", 1)));
}

scmp_compare comparison_of(const std::string& name) {
  static const std::map<std::string, scmp_compare> kComparisons = {{"SCMP_CMP_EQ", SCMP_CMP_EQ},
                                                                   {"SCMP_CMP_NE", SCMP_CMP_NE},
                                                                   {"SCMP_CMP_GE", SCMP_CMP_GE},
                                                                   {"SCMP_CMP_LT", SCMP_CMP_LT},
                                                                   {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ}};
  return kComparisons.at(name);
}

// Two conditions on one argument make each condition a rule of its own, in crun and in runc.
std::vector<std::vector<scmp_arg_cmp>> as_runtimes_take_them(const std::vector<scmp_arg_cmp>& conditions) {
  std::set<unsigned> indices;
  for (const scmp_arg_cmp& condition : conditions) indices.insert(condition.arg);
  if (indices.size() == conditions.size()) return {conditions};
  std::vector<std::vector<scmp_arg_cmp>> rules;
  for (const scmp_arg_cmp& condition : conditions) rules.push_back({condition});
  return rules;
}

// The kernel's interpreter, for the instructions that filters of libseccomp have.
std::uint32_t run(const std::vector<sock_filter>& program, const seccomp_data& data) {
  std::uint32_t accumulator = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& instruction = program[at];
    const auto jump = [&](bool taken) { at += taken ? instruction.jt : instruction.jf; };
    switch (instruction.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        std::memcpy(&accumulator, reinterpret_cast<const char*>(&data) + instruction.k, sizeof accumulator);
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        accumulator &= instruction.k;
        break;
      case BPF_JMP | BPF_JA:
        at += instruction.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        jump(accumulator == instruction.k);
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        jump(accumulator >= instruction.k);
        break;
      case BPF_JMP | BPF_JGT | BPF_K:
        jump(accumulator > instruction.k);
        break;
      case BPF_JMP | BPF_JSET | BPF_K:
        jump((accumulator & instruction.k) != 0);
        break;
      case BPF_RET | BPF_K:
        return instruction.k;
      default:
        ADD_FAILURE() << "instruction " << instruction.code;
        return 0;
    }
  }
  ADD_FAILURE() << "the program has no end";
  return 0;
}

}  // namespace

FilterProgram::FilterProgram(const Config& seccomp) {
  const std::unique_ptr<void, void (*)(void*)> filter(::seccomp_init(action_of(seccomp, "defaultAction")),
                                                      ::seccomp_release);
  for (const Config& rule : seccomp.value("syscalls", Config::array())) {
    const std::uint32_t action = action_of(rule, "action");
    if (action == action_of(seccomp, "defaultAction")) continue;
    std::vector<scmp_arg_cmp> arguments;
    for (const Config& one : rule.value("args", Config::array())) {
      arguments.push_back({one.at("index").get<unsigned>(), comparison_of(one.at("op").get<std::string>()),
                           one.at("value").get<std::uint64_t>(), one.value("valueTwo", std::uint64_t{0})});
    }
    for (const Config& name : rule.at("names")) {
      const int number = ::seccomp_syscall_resolve_name(name.get<std::string>().c_str());
      if (number == __NR_SCMP_ERROR) continue;
      for (const auto& conditions : as_runtimes_take_them(arguments)) {
        EXPECT_EQ(::seccomp_rule_add_array(filter.get(), action, number, static_cast<unsigned>(conditions.size()),
                                           conditions.data()),
                  0)
            << rule;
      }
    }
  }
  const int file = ::memfd_create("filter", MFD_CLOEXEC);
  EXPECT_EQ(::seccomp_export_bpf(filter.get(), file), 0);
  const off_t size = ::lseek(file, 0, SEEK_END);
  program_.resize(static_cast<std::size_t>(size) / sizeof(sock_filter));
  EXPECT_EQ(::pread(file, program_.data(), static_cast<std::size_t>(size), 0), size);
  ::close(file);
}

std::uint32_t FilterProgram::action(int number, const std::vector<std::uint64_t>& arguments) const {
  seccomp_data data{};
  data.nr = number;
  data.arch = AUDIT_ARCH_X86_64;
  for (std::size_t index = 0; index < arguments.size(); ++index) data.args[index] = arguments[index];
  return run(program_, data);
}

}  // namespace vgpu::oci
