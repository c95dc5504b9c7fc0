// Packages on three servers with two copies of each: uploaded at one, downloaded from any; nodes
// die, come back and lose their disks, and the copies are as many again.
#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "tests/cluster/cluster.h"
#include "tests/support/package_calls.h"

namespace dcount::test {
namespace {

using Json = nlohmann::json;

constexpr std::size_t replicas = 2;
constexpr const char* secret = "0123456789abcdef0123456789abcdef";

class PackageCopies : public ClusterTest {
 protected:
  /// From here on all of this program's servers have a secret among them.
  static void SetUpTestSuite() {
    sim::LocalCluster& all = cluster();
    for (std::size_t i = 0; i < all.servers(); ++i) {
      const auto file = all.server(i).directory() / "secret";
      std::ofstream(file) << secret << '\n';
      std::filesystem::permissions(file, std::filesystem::perms::owner_read);
      all.server(i).add_options({"--cluster-secret-file", file.string(), "--replicas", "2"});
      ASSERT_TRUE(all.server(i).restart());
    }
  }

  PackageCopies() {
    key = key_of("owner");
    other = key_of("other");
  }
  void TearDown() override {
    ClusterTest::TearDown();
    for (const auto& [pkgid, archive] : made) remove(0, pkgid);
  }

  std::string key_of(const std::string& name) {
    client::Client admin(only(all.server(0)));
    const auto created = admin.create_key({.name = name, .scopes = {"packages"}});
    EXPECT_TRUE(created) << created.error().detail;
    for (std::size_t i = 0; created && i < all.servers(); ++i) {
      EXPECT_TRUE(
          eventually([&] { return call(i, "GET", "/api/usage", created->key).status == 200; }));
    }
    return created ? created->key : "";
  }

  RawAnswer call(std::size_t at, const std::string& method, const std::string& target,
                 const std::string& with_key, const std::string& body = "") {
    return ask(all.server(at), request_of(method, target, bearer(with_key), body));
  }
  std::string upload(std::size_t at, const std::string& archive) {
    const auto answer = call(at, "POST", "/api/add_pkg", key, archive);
    EXPECT_EQ(answer.status, 201) << answer.body;
    const Json body = json_of(answer);
    EXPECT_EQ(body.value("replicas", 0u), replicas) << answer.body;
    const std::string pkgid = body.value("pkgid", "");
    made[pkgid] = archive;
    return pkgid;
  }
  void upload_some(std::size_t count, std::size_t bytes) {
    for (std::size_t i = 0; i < count; ++i) {
      upload(i % all.servers(), made_package(bytes, static_cast<unsigned>(chance()())));
    }
  }
  RawAnswer download(std::size_t at, const std::string& pkgid) {
    return call(at, "GET", "/api/get_pkg/" + pkgid, key);
  }
  void remove(std::size_t at, const std::string& pkgid) {
    EXPECT_EQ(call(at, "DELETE", "/api/packages/" + pkgid, key).status, 200);
  }
  Json repair(std::size_t at) {
    const auto answer = call(at, "POST", "/api/repair", "");
    EXPECT_EQ(answer.status, 200) << answer.body;
    return json_of(answer);
  }

  /// As the store has it, asked at one server.
  std::map<std::string, std::set<std::string>> holders(std::size_t at) {
    std::map<std::string, std::set<std::string>> found;
    const Json body = json_of(call(at, "GET", "/api/packages?limit=1000", key));
    for (const Json& package : body.value("packages", Json::array())) {
      found[package["pkgid"]] = package["holders"].get<std::set<std::string>>();
    }
    return found;
  }
  /// Whether every package has two holders of these, as `at` sees it.
  bool all_copied(std::size_t at, const std::set<std::string>& among) {
    const auto known = holders(at);
    return known.size() == made.size() && std::ranges::all_of(known, [&](const auto& package) {
             return std::ranges::count_if(package.second, [&](const auto& name) {
                      return among.contains(name);
                    }) == static_cast<std::ptrdiff_t>(replicas);
           });
  }
  std::set<std::string> names_but(std::size_t left_out) const {
    std::set<std::string> names;
    for (std::size_t i = 0; i < all.servers(); ++i) {
      if (i != left_out) names.insert(all.server(i).name());
    }
    return names;
  }
  static constexpr std::size_t nobody = 99;

  /// Paths of the blobs on a server's disk.
  std::vector<std::filesystem::path> blobs(std::size_t at, const std::string& pkgid = "") const {
    std::vector<std::filesystem::path> found;
    std::error_code none;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(all.server(at).data() / "packages", none)) {
      const bool temporary = entry.path().parent_path().filename() == "tmp";
      if (entry.is_regular_file(none) && !temporary &&
          entry.path().filename().string().starts_with(pkgid)) {
        found.push_back(entry.path());
      }
    }
    return found;
  }

  /// All of them, or the first ones, from each of these servers, byte for byte.
  void expect_all_download(std::size_t left_out = nobody, std::size_t at_most = 1000) {
    for (std::size_t i = 0; i < all.servers(); ++i) {
      if (i == left_out) continue;
      std::size_t count = 0;
      for (const auto& [pkgid, archive] : made) {
        if (count++ == at_most) break;
        const auto answer = download(i, pkgid);
        EXPECT_EQ(answer.status, 200) << all.server(i).name() << ' ' << answer.body;
        EXPECT_TRUE(answer.body == archive) << all.server(i).name();
      }
    }
  }
  /// Every listed holder has the bytes.
  void expect_holders_hold() {
    const auto known = holders(0);
    for (std::size_t i = 0; i < all.servers(); ++i) {
      for (const auto& [pkgid, names] : known) {
        if (names.contains(all.server(i).name())) {
          EXPECT_EQ(blobs(i, pkgid).size(), 1u) << all.server(i).name();
        }
      }
    }
  }
  void empty_disk(std::size_t at) {
    for (const auto& entry :
         std::filesystem::directory_iterator(all.server(at).data() / "packages"))
      std::filesystem::remove_all(entry.path());
  }

  std::string key;
  std::string other;
  std::map<std::string, std::string> made;  ///< archives by pkgid
};

/// Downloads everything from these servers, again and again; nothing may fail.
class Readers {
 public:
  using Read = std::function<void()>;
  explicit Readers(Read read)
      : thread_([this, read] {
          do {
            read();
            ++rounds_;
          } while (!stop_);
        }) {}
  ~Readers() { finish(); }

  int rounds() const { return rounds_; }
  void finish() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::atomic<bool> stop_ = false;
  std::atomic<int> rounds_ = 0;
  std::thread thread_;
};

TEST_F(PackageCopies, WhatOneTakesAllGiveToItsOwner) {
  for (std::size_t i = 0; i < all.servers(); ++i) {
    const std::string pkgid = upload(i, made_package(200'000, static_cast<unsigned>(i)));
    const auto at_once = holders(i)[pkgid];
    EXPECT_EQ(at_once.size(), replicas);
    EXPECT_TRUE(at_once.contains(all.server(i).name()));
    for (std::size_t j = 0; j < all.servers(); ++j) {
      const auto refused = call(j, "GET", "/api/get_pkg/" + pkgid, other);
      EXPECT_EQ(refused.status, 403);
      EXPECT_EQ(json_of(refused)["code"], "not_owner");
    }
  }
  expect_holders_hold();
  expect_all_download();
  // What was fetched for a reader is no copy that counts.
  EXPECT_TRUE(all_copied(0, names_but(nobody)));
  for (std::size_t i = 0; i < all.servers(); ++i) {
    EXPECT_TRUE(eventually([&] {
      const Json nodes = json_of(ask(all.server(i), get("/api/get_state")))["node"];
      return nodes.size() == 3 && std::ranges::all_of(nodes, [&](const Json& node) {
               return node.value("packages", 0) == 3 && node.value("bytes", 0) > 600'000 &&
                      node.value("free_bytes", 0ll) > 0;
             });
    })) << ask(all.server(i), get("/api/get_state")).body;
  }
}

TEST_F(PackageCopies, WhoHasJustBecomeReadyIsGivenACopy) {
  const auto sees_others_dead = [&](std::size_t at) {
    const Json nodes = json_of(ask(all.server(at), get("/api/get_state")))["node"];
    return std::ranges::count(nodes, "dead",
                              [](const Json& node) { return node.value("state", ""); }) == 2;
  };
  all.server(1).kill();
  all.server(2).kill();
  ASSERT_TRUE(eventually([&] { return sees_others_dead(0); }));
  ASSERT_TRUE(all.server(1).start());
  upload(0, made_package(1000, 1));
  expect_holders_hold();
}

TEST_F(PackageCopies, AnUploadUnderOneKeyIsOnePackageWhereverItIsRepeated) {
  const std::string archive = made_package(50'000, 7);
  std::set<std::string> pkgids;
  for (std::size_t i = 0; i < all.servers(); ++i) {
    const auto answer =
        ask(all.server(i), upload_request(key, archive, "Idempotency-Key: everywhere\r\n"));
    ASSERT_EQ(answer.status, 201) << answer.body;
    pkgids.insert(json_of(answer)["pkgid"].get<std::string>());
    made[*pkgids.begin()] = archive;
  }
  EXPECT_EQ(pkgids.size(), 1u);
  EXPECT_EQ(holders(1).size(), 1u);
  expect_all_download();
}

TEST_F(PackageCopies, TheInternalListenerWantsTheSecret) {
  const std::string pkgid = upload(0, made_package(1000, 1));
  for (const Json& node : json_of(ask(all.server(0), get("/api/get_state")))["node"]) {
    const std::string address = node["internal"];
    const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
    const auto status = [&](const std::string& target, const std::string& word) {
      return RawHttp(port).call(get(target, bearer(word))).value_or(RawAnswer{}).status;
    };
    for (const std::string& target : {std::string("/capi/ping"), "/capi/trans_pkg/" + pkgid}) {
      EXPECT_EQ(status(target, ""), 401);
      EXPECT_EQ(status(target, std::string(secret) + "0"), 401);
      EXPECT_EQ(status(target, key), 401);
    }
    EXPECT_EQ(status("/capi/ping", secret), 200);
  }
}

TEST_F(PackageCopies, AKilledHolderIsReplacedAndFitsInAgain) {
  upload_some(6, 300'000);
  const std::size_t victim = any_of(all.servers());
  const std::size_t asked = (victim + 1) % all.servers();
  // What is fetched for a reader counts as a copy when one is lacking: of some, nobody reads.
  Readers readers([&] { expect_all_download(victim, 3); });
  all.server(victim).kill();
  ASSERT_TRUE(eventually([&] { return all_copied(asked, names_but(victim)); })) << "copied again";
  ASSERT_TRUE(all.server(victim).start());
  EXPECT_TRUE(eventually([&] { return all_copied(asked, names_but(nobody)); }))
      << "and not more than wanted";
  readers.finish();
  for (std::size_t i = 0; i < all.servers(); ++i) {
    const Json report = repair(i);
    for (const char* what : {"missing", "corrupt", "failed", "extra"}) {
      EXPECT_EQ(report[what], 0) << all.server(i).name() << report;
    }
  }
  expect_holders_hold();
  expect_all_download();
}

TEST_F(PackageCopies, AnEmptiedDiskIsFilledAgainByItsNode) {
  upload_some(6, 100'000);
  const std::size_t victim = any_of(all.servers());
  const std::string name = all.server(victim).name();
  const auto before = holders(victim);
  const auto held = std::ranges::count_if(
      before, [&](const auto& package) { return package.second.contains(name); });
  ASSERT_GT(held, 0);
  empty_disk(victim);
  const Json report = repair(victim);
  EXPECT_EQ(report["missing"], held) << report;
  EXPECT_TRUE(eventually([&] { return all_copied(victim, names_but(nobody)); }));
  expect_holders_hold();
  expect_all_download();
}

TEST_F(PackageCopies, NoReaderNoticesThatADiskIsEmptied) {
  upload_some(6, 100'000);
  Readers readers([&] { expect_all_download(); });
  for (std::size_t i = 0; i < all.servers(); ++i) {
    const int round = readers.rounds();
    ASSERT_TRUE(eventually([&] { return readers.rounds() > round; }));
    empty_disk(i);
    repair(i);
    EXPECT_TRUE(eventually([&] { return all_copied(i, names_but(nobody)); }));
  }
  readers.finish();
  for (std::size_t i = 0; i < all.servers(); ++i) EXPECT_EQ(repair(i)["failed"], 0);
  expect_holders_hold();
}

TEST_F(PackageCopies, WhatExpiresWhileANodeIsAwayIsGoneThereToo) {
  const std::string longer = upload(0, made_package(1000, 2));
  const auto now_s = std::chrono::duration_cast<std::chrono::seconds>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count();
  const std::string meta = R"({"expire":)" + std::to_string(now_s + 3) + "}";
  const std::string brief = upload(0, made_package(1000, 1, meta));
  const std::size_t away = blobs(1, brief).empty() ? 2 : 1;
  all.server(away).stop();
  const std::size_t here = 3 - away;
  ASSERT_TRUE(eventually([&] { return download(0, brief).status == 404; }));
  EXPECT_EQ(download(here, brief).status, 404);
  made.erase(brief);
  ASSERT_EQ(blobs(away, brief).size(), 1u);
  ASSERT_TRUE(all.server(away).start());
  EXPECT_TRUE(eventually([&] { return blobs(away, brief).empty(); })) << "without being told";
  for (const std::size_t i : {std::size_t{0}, here}) {
    repair(i);
    EXPECT_TRUE(blobs(i, brief).empty());
  }
  EXPECT_EQ(download(away, longer).status, 200);
}

TEST_F(PackageCopies, ADeletedOneLeavesAllDisks) {
  for (std::size_t i = 0; i < all.servers(); ++i) repair(i);  // after the other tests
  const std::string pkgid = upload(0, made_package(1000, 1));
  expect_all_download();
  for (std::size_t i = 0; i < all.servers(); ++i) EXPECT_EQ(blobs(i, pkgid).size(), 1u);
  remove(2, pkgid);
  made.erase(pkgid);
  for (std::size_t i = 0; i < all.servers(); ++i) {
    EXPECT_TRUE(eventually([&] { return download(i, pkgid).status == 404; }));
    EXPECT_EQ(repair(i)["expired"], 1);
    EXPECT_TRUE(blobs(i, pkgid).empty());
  }
}

}  // namespace
}  // namespace dcount::test
