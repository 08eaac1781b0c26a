#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "base/file_descriptor.h"
#include "gpu/jit/object_cache.h"
#include "gpu/jit/object_cache_file.h"
#include "tests/unit/temporary_folder.h"

namespace vgpu::jit {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kPlenty = std::uint64_t{1} << 30;

std::string key_of(int number) {
  const std::string digits = std::to_string(number);
  return std::string(64 - digits.size(), 'a') + digits;
}

class ObjectCacheTest : public testing::Test {
 protected:
  [[nodiscard]] std::string file(const std::string& key) const { return folder_.path(key + ".vgpu"); }

  // What is found, as a text; "absent" where nothing is.
  static std::string found(const ObjectCache& cache, const std::string& key) {
    const auto object = cache.find(key);
    return object ? std::string(object->begin(), object->end()) : "absent";
  }

  [[nodiscard]] std::uint64_t bytes() const {
    std::uint64_t sum = 0;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      if (entry.is_regular_file() && entry.path().extension() == ".vgpu") sum += entry.file_size();
    }
    return sum;
  }

  void set_age(const std::string& path, std::time_t seconds) const {
    const std::array<timespec, 2> times{timespec{std::time(nullptr) - seconds, 0}, {std::time(nullptr) - seconds, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times.data(), AT_SYMLINK_NOFOLLOW), 0);
  }

  test::TemporaryFolder folder_;
  ObjectCache cache_{folder_.path(), kPlenty};
  std::string text_ = std::string(1000, 'x');
};

TEST_F(ObjectCacheTest, GivesBackWhatItWasGiven) {
  EXPECT_EQ(found(cache_, key_of(1)), "absent");
  cache_.insert(key_of(1), text_);
  EXPECT_EQ(found(cache_, key_of(1)), text_);
  EXPECT_EQ(found(cache_, key_of(2)), "absent");
}

TEST_F(ObjectCacheTest, FilesAreForOneUserOrForAll) {
  const mode_t before = ::umask(077);
  cache_.insert(key_of(1), text_);
  ObjectCache(folder_.path(), kPlenty, ObjectCache::Files::OfAllUsers).insert(key_of(2), text_);
  ::umask(before);
  struct stat status{};
  ASSERT_EQ(::stat(file(key_of(1)).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  ASSERT_EQ(::stat(file(key_of(2)).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0666U);
}

// A writer that is hostile gives a kernel's name to another kernel's file.
TEST_F(ObjectCacheTest, AFileUnderAnotherNameIsIgnoredAndReplaced) {
  cache_.insert(key_of(1), text_);
  fs::copy_file(file(key_of(1)), file(key_of(2)));
  EXPECT_EQ(found(cache_, key_of(2)), "absent");
  cache_.insert(key_of(2), std::string("second"));
  EXPECT_EQ(found(cache_, key_of(2)), "second");
  EXPECT_EQ(found(cache_, key_of(1)), text_);
}

TEST_F(ObjectCacheTest, EveryChangedByteIsNoticed) {
  cache_.insert(key_of(1), std::string("object"));
  const std::string whole = folder_.read(key_of(1) + ".vgpu");
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x40);
    folder_.write(key_of(1) + ".vgpu", changed);
    EXPECT_EQ(found(cache_, key_of(1)), "absent") << at;
  }
  for (std::size_t size = 0; size < whole.size(); ++size) {
    folder_.write(key_of(1) + ".vgpu", whole.substr(0, size));
    EXPECT_EQ(found(cache_, key_of(1)), "absent") << size;
  }
  folder_.write(key_of(1) + ".vgpu", whole + "more");
  EXPECT_EQ(found(cache_, key_of(1)), "absent");
  folder_.write(key_of(1) + ".vgpu", whole);
  EXPECT_EQ(found(cache_, key_of(1)), "object");
}

TEST_F(ObjectCacheTest, WhatIsNoFileIsIgnoredWithoutWaiting) {
  ::alarm(20);
  ASSERT_EQ(::mkfifo(file(key_of(1)).c_str(), 0666), 0);
  EXPECT_EQ(found(cache_, key_of(1)), "absent");
  fs::create_directory(file(key_of(2)));
  EXPECT_EQ(found(cache_, key_of(2)), "absent");
  cache_.insert(key_of(3), text_);
  fs::rename(file(key_of(3)), folder_.path("real"));
  fs::create_symlink("real", file(key_of(3)));
  EXPECT_EQ(found(cache_, key_of(3)), "absent");
  fs::create_symlink("/dev/zero", file(key_of(4)));
  EXPECT_EQ(found(cache_, key_of(4)), "absent");
  // A new file takes the place of all but the folder.
  for (const int number : {1, 2, 3, 4}) cache_.insert(key_of(number), text_);
  for (const int number : {1, 3, 4}) EXPECT_EQ(found(cache_, key_of(number)), text_);
  EXPECT_EQ(found(cache_, key_of(2)), "absent");
  EXPECT_TRUE(fs::is_directory(file(key_of(2))));
  ::alarm(0);
}

TEST_F(ObjectCacheTest, AnEndlessFileIsNotRead) {
  cache_.insert(key_of(1), text_);
  std::string head = folder_.read(key_of(1) + ".vgpu").substr(0, 112);
  const std::uint64_t claimed = std::uint64_t{1} << 40;
  head.replace(8, sizeof claimed, reinterpret_cast<const char*>(&claimed), sizeof claimed);
  folder_.write(key_of(1) + ".vgpu", head);
  ASSERT_EQ(::truncate(file(key_of(1)).c_str(), static_cast<off_t>(claimed + 112)), 0);
  EXPECT_EQ(found(cache_, key_of(1)), "absent");
}

TEST_F(ObjectCacheTest, WhatWasFoundIsACopy) {
  cache_.insert(key_of(1), text_);
  const auto object = cache_.find(key_of(1));
  ASSERT_TRUE(object);
  ASSERT_EQ(::truncate(file(key_of(1)).c_str(), 0), 0);
  EXPECT_EQ(std::string(object->begin(), object->end()), text_);
}

// Never by a signal, and never with anything but the whole object.
TEST_F(ObjectCacheTest, AFileThatIsCutShortMeanwhileIsWholeOrAbsent) {
  const std::string large(4 << 20, 'y');
  bool stop = false;
  std::thread hostile([&] {
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
      [[maybe_unused]] const int cut = ::truncate(file(key_of(1)).c_str(), 5000);
    }
  });
  for (int round = 0; round < 50; ++round) {
    cache_.insert(key_of(1), large);
    const std::string text = found(cache_, key_of(1));
    EXPECT_TRUE(text == large || text == "absent");
  }
  __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
  hostile.join();
}

TEST_F(ObjectCacheTest, RoomIsMadeWhereWasLongestUnused) {
  const std::uint64_t size = object_file_size(text_);
  const ObjectCache small(folder_.path(), 3 * size);
  for (const int number : {1, 2, 3}) {
    small.insert(key_of(number), text_);
    set_age(file(key_of(number)), 100 - number);
  }
  EXPECT_EQ(found(small, key_of(1)), text_);
  small.insert(key_of(4), text_);
  EXPECT_EQ(found(small, key_of(1)), text_);
  EXPECT_EQ(found(small, key_of(2)), "absent");
  EXPECT_EQ(found(small, key_of(4)), text_);
  EXPECT_EQ(bytes(), 3 * size);
}

TEST_F(ObjectCacheTest, RoomIsMadeOfFilesAlone) {
  const test::TemporaryFolder outside;
  outside.write("kept.vgpu", std::string(5000, 'k'));
  fs::create_symlink(outside.path("kept.vgpu"), folder_.path("link.vgpu"));
  fs::create_symlink(outside.path("kept.vgpu"), folder_.path("link.new"));
  folder_.write("notes.txt", std::string(5000, 'n'));
  folder_.write("old.new", "unfinished");
  set_age(folder_.path("old.new"), 4000);
  set_age(folder_.path("link.new"), 4000);
  folder_.write("young.new", "unfinished");
  const ObjectCache small(folder_.path(), object_file_size(text_));
  small.insert(key_of(1), text_);
  small.insert(key_of(2), text_);
  EXPECT_EQ(found(small, key_of(2)), text_);
  EXPECT_FALSE(fs::exists(file(key_of(1))));
  EXPECT_TRUE(fs::exists(outside.path("kept.vgpu")));
  EXPECT_TRUE(fs::is_symlink(folder_.path("link.vgpu")));
  EXPECT_TRUE(fs::is_symlink(folder_.path("link.new")));
  EXPECT_TRUE(fs::exists(folder_.path("notes.txt")));
  EXPECT_TRUE(fs::exists(folder_.path("young.new")));
  EXPECT_FALSE(fs::exists(folder_.path("old.new")));
}

// Sizes of holes, whose sum is above 2^64, do not make the maximum meaningless.
TEST_F(ObjectCacheTest, SizesThatAreOnlyClaimedCountAsSuch) {
  int made = 0;
  for (int number = 10; number < 14; ++number) {
    folder_.write(key_of(number) + ".vgpu", "");
    if (::truncate(file(key_of(number)).c_str(), off_t{1} << 43) == 0) ++made;
    set_age(file(key_of(number)), 50);
  }
  ASSERT_EQ(made, 4);
  cache_.insert(key_of(1), text_);
  EXPECT_EQ(found(cache_, key_of(1)), text_);
  const ObjectCache small(folder_.path(), 2 * object_file_size(text_));
  small.insert(key_of(2), text_);
  EXPECT_EQ(found(small, key_of(1)), text_);
  EXPECT_EQ(found(small, key_of(2)), text_);
  EXPECT_EQ(bytes(), 2 * object_file_size(text_));
}

TEST_F(ObjectCacheTest, ManyWritersKeepToTheMaximumTogether) {
  constexpr int kWriters = 6, kRounds = 150;
  const std::uint64_t size = object_file_size(text_);
  const ObjectCache small(folder_.path(), 20 * size, ObjectCache::Files::OfAllUsers);
  std::array<pid_t, kWriters> writers{};
  for (int writer = 0; writer < kWriters; ++writer) {
    writers[static_cast<std::size_t>(writer)] = ::fork();
    if (writers[static_cast<std::size_t>(writer)] != 0) continue;
    int wrong = 0;
    for (int round = 0; round < kRounds; ++round) {
      const std::string key = key_of((writer * 37 + round * 11) % 60);
      small.insert(key, text_);
      const std::string text = found(small, key);
      if (text != text_ && text != "absent") ++wrong;
    }
    ::_exit(wrong == 0 ? 0 : 1);
  }
  for (const pid_t writer : writers) {
    int status = 0;
    ASSERT_EQ(::waitpid(writer, &status, 0), writer);
    EXPECT_EQ(status, 0);
  }
  EXPECT_LE(bytes(), (20 + kWriters) * size);
  EXPECT_GE(bytes(), 10 * size);
  small.insert(key_of(99), text_);
  EXPECT_LE(bytes(), 20 * size);
  for (const auto& entry : fs::directory_iterator(folder_.path())) EXPECT_EQ(entry.path().extension(), ".vgpu");
}

}  // namespace
}  // namespace vgpu::jit
