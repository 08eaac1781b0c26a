#include "gpu/model/readings.h"

#include <gtest/gtest.h>

namespace vgpu::model {
namespace {

const Profile& t4() {
  static const Profile profile = *find_profile("t4");
  return profile;
}

TEST(Readings, IdleIsP8WithLowClocks) {
  const Readings idle = readings_at(t4(), 0);
  EXPECT_EQ(idle.temperature, 35u);
  EXPECT_EQ(idle.power_mw, 8750u);
  EXPECT_EQ(idle.graphics_clock_mhz, 300u);
  EXPECT_EQ(idle.sm_clock_mhz, 300u);
  EXPECT_EQ(idle.memory_clock_mhz, 405u);
  EXPECT_EQ(idle.video_clock_mhz, 270u);
  EXPECT_EQ(idle.performance_state, 8u);
}

TEST(Readings, BusyIsP0WithTheProfilesClocks) {
  const Readings busy = readings_at(t4(), 100);
  EXPECT_EQ(busy.temperature, 70u);
  EXPECT_EQ(busy.power_mw, 63000u);
  EXPECT_EQ(busy.graphics_clock_mhz, 1590u);
  EXPECT_EQ(busy.memory_clock_mhz, 5001u);
  EXPECT_EQ(busy.video_clock_mhz, 1431u);
  EXPECT_EQ(busy.performance_state, 0u);
  EXPECT_EQ(readings_at(t4(), 1).performance_state, 0u);
  EXPECT_EQ(readings_at(t4(), 1).graphics_clock_mhz, 1590u);
}

TEST(Readings, GrowWithTheUtilisationAndStayInTheLimits) {
  for (const std::string_view name : profile_names()) {
    const Profile profile = *find_profile(name);
    Readings last = readings_at(profile, 0);
    for (unsigned percent = 1; percent <= 100; ++percent) {
      const Readings now = readings_at(profile, percent);
      EXPECT_GE(now.temperature, last.temperature) << name << " at " << percent;
      EXPECT_GT(now.power_mw, last.power_mw) << name << " at " << percent;
      last = now;
    }
    EXPECT_LT(last.power_mw, profile.power_limit_mw) << name;
    EXPECT_LT(last.temperature, kSlowdownTemperature) << name;
    EXPECT_LE(readings_at(profile, 0).memory_clock_mhz, last.memory_clock_mhz) << name;
    EXPECT_LT(minimum_power_limit_mw(profile), profile.power_limit_mw) << name;
  }
}

TEST(Readings, MoreThanAllIsAll) {
  EXPECT_EQ(readings_at(t4(), 4000000000u).temperature, readings_at(t4(), 100).temperature);
  EXPECT_EQ(readings_at(t4(), 101).power_mw, readings_at(t4(), 100).power_mw);
  EXPECT_EQ(memory_utilisation_at(4000000000u), 50u);
}

}  // namespace
}  // namespace vgpu::model
