// Packages at dcount-faulty: a disk that is full for them alone, and one that is told of too early.
#include <gtest/gtest.h>

#include <fstream>

#include "sim/scenario/package_archive.h"
#include "sim/scenario/package_files.h"
#include "tests/faulty/faulty_server.h"

namespace dcount::faulty {
namespace {

class Packages {
 public:
  explicit Packages(const std::string& plant = "") : server_(plant) {
    const auto key = server_.client().create_key({.name = "test", .scopes = {"packages"}});
    if (!key) throw std::runtime_error(key.error().detail);
    key_ = key->key;
  }

  FaultyServer& server() { return server_; }

  client::Client client() {
    client::ClientOptions options;
    options.endpoints = {{"127.0.0.1", server_.process().port()}};
    options.retry_time = {};
    options.api_key = key_;
    return client::Client(options);
  }

  client::Result<client::AddedPackage> upload() {
    const auto archive = sim::make_archive(random_, 2000, 0);
    const auto file = (place_.path() / "package").string();
    std::ofstream(file, std::ios::binary) << archive.bytes;
    return client().add_package(file);
  }

  bool has(const std::string& pkgid) {
    return client().get_package(pkgid, [](std::string_view) { return true; }).has_value();
  }

 private:
  const store::TemporaryDirectory place_;
  FaultyServer server_;
  sim::Random random_{7};
  std::string key_;
};

/// Acknowledged, read, and after kill -9 no more there.
bool package_is_lost(Packages& packages) {
  const auto added = packages.upload();
  if (!added || !packages.has(added->pkgid)) return false;
  packages.server().kill_and_start();
  return !packages.has(added->pkgid);
}

TEST(PackagePlants, AcknowledgedPackagesAreLost) {
  Packages planted("package-ack-early");
  EXPECT_TRUE(breaks([&](int) { return package_is_lost(planted); }));
  Packages honest;
  EXPECT_TRUE(holds([&](int) { return package_is_lost(honest); }));
}

TEST(PackagePlants, ACleanStopHidesThem) {
  Packages planted("package-ack-early");
  const auto added = planted.upload();
  ASSERT_TRUE(added) << added.error().detail;
  must(planted.server().process().restart());
  EXPECT_TRUE(planted.has(added->pkgid));
}

TEST(FullPackages, AreRefusedAndLeaveNothing) {
  Packages packages;
  const auto before = packages.upload();
  ASSERT_TRUE(before) << before.error().detail;
  EXPECT_EQ(packages.server().tell({{"packages", "full"}}).packages, "full");
  const auto refused = packages.upload();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 507);
  EXPECT_EQ(refused.error().code, "storage_full");
  const auto data = packages.server().process().data();
  EXPECT_TRUE(sim::temporary_files(data).empty());
  EXPECT_EQ(sim::blobs_on_disk(data).size(), 1u);
  EXPECT_TRUE(packages.has(before->pkgid)) << "what is there can be read";
  EXPECT_EQ(packages.server().tell({{"packages", "heal"}}).packages, "healthy");
  EXPECT_TRUE(packages.upload());
  EXPECT_FALSE(ask(packages.server().control(), {{"packages", "slow"}}));
}

}  // namespace
}  // namespace dcount::faulty
