#include <cstdio>
#include <exception>

#include "cli/commands.h"

int main(int argc, char** argv) {
  CLI::App program("vgpu: CUDA programs on a machine without an NVIDIA GPU");
  program.require_subcommand(1);
  vgpu::cli::add_run(program);
  vgpu::cli::add_hooks(program);
  vgpu::cli::add_cdi(program);
  vgpu::cli::add_seccomp(program);
  vgpu::cli::add_profiles(program);
  vgpu::cli::add_doctor(program);
  vgpu::cli::add_ps(program);
  vgpu::cli::add_top(program);
  vgpu::cli::add_cache(program);
  vgpu::cli::add_coverage(program);
  vgpu::cli::add_node(program);
  vgpu::cli::add_version(program);
  try {
    program.parse(argc, argv);
    return 0;
  } catch (const CLI::ParseError& error) {
    return program.exit(error);
  } catch (const vgpu::cli::CommandFailed& failed) {
    std::fprintf(stderr, "vgpu: %s\n", failed.error.message.c_str());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "vgpu: %s\n", error.what());
  }
  return 1;
}
