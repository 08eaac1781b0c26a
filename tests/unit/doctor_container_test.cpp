// What doctor finds in containers and images made of files.
#include "tests/unit/doctor_fixture.h"

namespace vgpu::cli::doctor {
namespace {

using testing::HasSubstr;

TEST_F(DoctorTest, ACompleteOllamaPasses) {
  make_ollama_image();
  cover_all();
  const Findings findings = examine_container(running());
  EXPECT_TRUE(passes(findings)) << to_text(findings);
  const std::string text = to_text(findings);
  EXPECT_THAT(text, HasSubstr("ok      vGPU 0: Tesla T4 (profile t4), compute capability 7.5, 4.0 GiB, "
                              "GPU-00112233-4455-4677-8899-aabbccddeeff, PCI 0000:00:05.0, driver "));
  EXPECT_THAT(text, HasSubstr("ok      libcudart.so.12: vgpu's, mounted over "
                              "/usr/lib/ollama/cuda_v12/libcudart.so.12.8.90\n"));
  EXPECT_THAT(text, HasSubstr("ok      libcublasLt.so.12.8.4.1: vgpu's, mounted over "
                              "/usr/lib/ollama/cuda_v12/libcublasLt.so.12.8.4.1\n"));
  EXPECT_THAT(text, HasSubstr("ok      libcuda.so.1: vgpu's"));
  EXPECT_THAT(text, HasSubstr("ok      /usr/lib/ollama/cuda_v12/libggml-cuda.so: imports 3 functions of CUDA, all "
                              "there\n"));
  EXPECT_THAT(text, HasSubstr("warning device nodes: no /dev/"));
}

TEST_F(DoctorTest, OneUncoveredLibraryFails) {
  make_ollama_image();
  cover_all();
  own("usr/lib/ollama/cuda_v12/libcudart.so.12.8.90");
  const Findings wrong = missing(examine_container(running()));
  ASSERT_EQ(wrong.size(), 1U) << to_text(wrong);
  EXPECT_EQ(wrong[0].what, "libcudart.so.12");
  EXPECT_THAT(wrong[0].detail, HasSubstr("the image's own, not covered, at "
                                         "/usr/lib/ollama/cuda_v12/libcudart.so.12.8.90"));
  EXPECT_THAT(wrong[0].advice, HasSubstr("/usr/lib/ollama/cuda_v12"));
}

TEST_F(DoctorTest, AnUncoveredLibraryThatNothingLinksToFails) {
  make_ollama_image();
  cover_all();
  own("usr/lib/x86_64-linux-gnu/libcuda.so.550.54");
  const Findings wrong = missing(examine_container(running()));
  ASSERT_EQ(wrong.size(), 1U) << to_text(wrong);
  EXPECT_EQ(wrong[0].what, "libcuda.so.550.54");
}

TEST_F(DoctorTest, AnotherMountIsNamed) {
  make_ollama_image();
  cover_all();
  own("usr/lib/ollama/cuda_v12/libcudart.so.12.8.90");
  Subject subject = running();
  subject.mounts = {{"/", "/"}, {"/home/me/nvidias.so", "/usr/lib/ollama/cuda_v12/libcudart.so.12.8.90"}};
  const Findings wrong = missing(examine_container(subject));
  ASSERT_EQ(wrong.size(), 1U) << to_text(wrong);
  EXPECT_THAT(wrong[0].detail, HasSubstr("mounted from /home/me/nvidias.so"));
  // One of vgpu's that was replaced on the host since goes on working.
  subject.mounts[1].source = "/usr/lib64/vgpu/libcudart.so.12//deleted";
  const Findings findings = examine_container(subject);
  EXPECT_TRUE(passes(findings)) << to_text(findings);
  EXPECT_EQ(find(findings, "libcudart.so.12")->state, State::Warning);
}

TEST_F(DoctorTest, FunctionsThatVgpuLacksAreNamed) {
  make_ollama_image();
  cover_all();
  BuiltElf parts = ggml();
  parts.imports.push_back(versioned("cudaFancy", "libcudart.so.12"));
  parts.imports.push_back({"cudaMalloc", "libcudart.so.12.9", "libcudart.so.12", false});
  parts.imports.push_back({"cuFancy", "", "", false});
  parts.imports.push_back({"cuOptional", "", "", true});       // weak
  parts.imports.push_back({"cuOfAnother", "", "", false});     // defined by another file
  parts.imports.push_back({"curl_easy_init", "", "", false});  // not CUDA's
  parts.imports.push_back({"custom", "", "", false});
  write_elf("usr/lib/ollama/cuda_v12/libggml-cuda.so", parts);
  BuiltElf other;
  other.exports = {{"cuOfAnother", "", "", false}};
  write_elf("usr/lib/ollama/libother.so", other);

  const Findings wrong = missing(examine_container(running()));
  ASSERT_EQ(wrong.size(), 3U) << to_text(wrong);
  EXPECT_EQ(wrong[0].what, "cudaFancy@libcudart.so.12");
  EXPECT_EQ(wrong[0].detail, "imported by /usr/lib/ollama/cuda_v12/libggml-cuda.so, not in vgpu's libcudart.so.12");
  EXPECT_EQ(wrong[1].what, "cudaMalloc@libcudart.so.12.9");
  EXPECT_EQ(wrong[2].what, "cuFancy");
}

TEST_F(DoctorTest, LibrariesThatVgpuHasNoneFor) {
  make_ollama_image();
  cover_all();
  BuiltElf parts;
  parts.needed = {"libcufft.so.11", "libcudnn.so.9"};
  parts.runpath = "$ORIGIN/../lib";
  write_elf("usr/bin/fourier", parts);
  own("usr/lib/libcufft.so.11");
  const Findings findings = examine_container(running());
  EXPECT_TRUE(passes(findings)) << to_text(findings);
  EXPECT_THAT(find(findings, "libcufft.so.11")->detail, HasSubstr("the image's own, at /usr/lib/libcufft.so.11"));
  EXPECT_EQ(find(findings, "libcudnn.so.9")->state, State::Warning);
}

TEST_F(DoctorTest, AContainerWithoutADevice) {
  make_ollama_image();
  const Findings findings = examine_container(running());
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].state, State::Missing);
  EXPECT_THAT(findings[0].advice, HasSubstr("vgpu.dev/count=1"));
  write(root_ / "etc/vgpu/device.json", "{\"version\":1,\"devices\":[{\"profile\":\"\x1b[2J\"}]}");
  EXPECT_FALSE(passes(examine_container(running())));
  EXPECT_EQ(to_text(examine_container(running())).find('\x1b'), std::string::npos);
}

TEST_F(DoctorTest, Environment) {
  make_ollama_image();
  cover_all();
  const auto wrong_with = [&](const std::string& name, const std::string& value) {
    Subject subject = running();
    subject.environment[name] = value;
    const Findings wrong = missing(examine_container(subject));
    return wrong.size() == 1 ? wrong[0].what : to_text(wrong);
  };
  for (const char* hidden : {"", "-1", "1", "0,0", "GPU-ffffffff"}) {
    EXPECT_EQ(wrong_with("CUDA_VISIBLE_DEVICES", hidden), "CUDA_VISIBLE_DEVICES") << hidden;
  }
  for (const char* seen : {"0", "GPU-0011", "0,-1"}) EXPECT_EQ(wrong_with("CUDA_VISIBLE_DEVICES", seen), "") << seen;
  EXPECT_EQ(wrong_with("OLLAMA_LLM_LIBRARY", "cpu_avx2"), "OLLAMA_LLM_LIBRARY");
  EXPECT_EQ(wrong_with("OLLAMA_LLM_LIBRARY", "cuda_v13"), "");

  Subject subject = running();
  subject.environment["LD_LIBRARY_PATH"] = "/opt/lib";
  subject.environment.erase("NVIDIA_VISIBLE_DEVICES");
  Findings findings = examine_container(subject);
  EXPECT_EQ(find(findings, "LD_LIBRARY_PATH")->state, State::Missing);
  EXPECT_EQ(find(findings, "libcuda.so.1")->state, State::Missing);
  EXPECT_EQ(find(findings, "NVIDIA_VISIBLE_DEVICES")->state, State::Warning);
  // Where the linker looks by itself is as good.
  for (const char* name : {"libcuda.so.1", "libnvidia-ml.so.1"}) {
    cover(name, std::string("usr/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v2/") + name);
  }
  findings = examine_container(subject);
  EXPECT_TRUE(passes(findings)) << to_text(findings);
}

TEST_F(DoctorTest, PreloadedLibraries) {
  make_ollama_image();
  cover_all();
  const std::string folder = "/usr/local/nvidia/lib64/";
  write(root_ / "etc/ld.so.preload", "/opt/other.so\n" + folder + "libvgpu-exec.so " + folder + "libvgpu-syscall.so\n");
  write(root_ / (folder.substr(1) + "libvgpu-syscall.so"), "x");
  const Findings findings = examine_container(running());
  EXPECT_TRUE(passes(findings)) << to_text(findings);
  EXPECT_EQ(find(findings, "driver")->state, State::Ok);
  EXPECT_EQ(find(findings, "device nodes"), nullptr);
  const std::string text = to_text(findings);
  EXPECT_THAT(text, HasSubstr("warning preload: " + folder + "libvgpu-exec.so is not there"));
  EXPECT_THAT(text, HasSubstr("ok      preload: " + folder + "libvgpu-syscall.so\n"));
  EXPECT_THAT(text, testing::Not(HasSubstr("other.so")));
}

TEST_F(DoctorTest, AnImageAsTheHookWouldStartIt) {
  make_ollama_image();
  const auto subject = open_image(root_.string(), {{"LD_LIBRARY_PATH", "/usr/local/nvidia/lib"}}, libraries_.string());
  ASSERT_TRUE(subject) << subject.error().message;
  const Findings findings = examine_container(*subject);
  EXPECT_TRUE(passes(findings)) << to_text(findings);
  EXPECT_THAT(to_text(findings), HasSubstr("ok      libcudart.so.12: vgpu's, mounted over "
                                           "/usr/lib/ollama/cuda_v12/libcudart.so.12.8.90\n"));
  EXPECT_THAT(to_text(findings), HasSubstr("/usr/local/nvidia/lib:/usr/local/nvidia/lib64"));
  EXPECT_EQ(find(findings, "device nodes")->state, State::Ok);
  EXPECT_FALSE(open_image((folder_ / "nowhere").string(), {}, libraries_.string()));
}

TEST_F(DoctorTest, AnImageWithALibraryWhereTheHookDoesNotLook) {
  make_ollama_image();
  BuiltElf parts;
  parts.needed = {"libcudart.so.12"};
  parts.rpath = "$ORIGIN/../../srv/cuda";
  write_elf("usr/bin/compute", parts);
  own("srv/cuda/libcudart.so.12");
  const auto examine = [&](const std::string& library_path) {
    const auto subject = open_image(root_.string(), {{"LD_LIBRARY_PATH", library_path}}, libraries_.string());
    return subject ? missing(examine_container(*subject)) : Findings();
  };
  const Findings wrong = examine("");
  ASSERT_EQ(wrong.size(), 1U) << to_text(wrong);
  EXPECT_THAT(wrong[0].detail, HasSubstr("/srv/cuda/libcudart.so.12"));
  // What the advice says helps.
  EXPECT_EQ(examine("/srv/cuda").size(), 0U);
}

TEST_F(DoctorTest, HostileFiles) {
  make_ollama_image();
  cover_all();
  const fs::path folder = root_ / "usr/lib/ollama/cuda_v12";
  fs::create_symlink("/proc/self/root/etc/passwd", folder / "libout.so");
  fs::create_symlink("../../../../../../../../etc/passwd", folder / "libup.so");
  fs::create_symlink("libround.so", folder / "libround.so");
  ASSERT_EQ(::mkfifo((folder / "libpipe.so").c_str(), 0666), 0);
  const std::string good = test::ElfBuilder(ggml()).build();
  for (std::size_t length = 0; length < good.size(); length += 7) {
    write(folder / ("libcut" + std::to_string(length) + ".so"), good.substr(0, length));
  }
  BuiltElf parts = ggml();
  parts.imports.push_back({"cuA\x1b]0;title\x07\n", "", "", false});
  parts.runpath = "$ORIGIN:" + std::string(3000, 'x') + ":/\x1b[31m";
  write_elf("usr/lib/ollama/cuda_v12/libescape\x1b[2J.so", parts);
  const Findings findings = examine_container(running());
  for (const std::string& text : {to_text(findings), to_json(findings)}) {
    for (const unsigned char character : text)
      EXPECT_TRUE(character == '\n' || (character >= 0x20 && character < 0x7f));
  }
  EXPECT_THAT(to_text(findings), HasSubstr("cuA?]0;title??"));
}

}  // namespace
}  // namespace vgpu::cli::doctor
