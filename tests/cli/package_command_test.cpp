// `dcount package` and `dcount node repair`, with the real binary against a fake server.
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/client/fake_server.h"
#include "tests/support/run_dcount.h"

namespace dcount::test {
namespace {

using Json = nlohmann::json;

class PackageCommand : public testing::Test {
 protected:
  PackageCommand() {
    std::filesystem::create_directory(place.path() / "dir");
    place.write("dir/a", "one");
    place.write("dir/b", "two");
  }
  Ran run(std::vector<std::string> arguments, RunOptions options = {}) {
    options.environment.try_emplace("DCOUNT_SERVER", server.url());
    options.environment.try_emplace("DCOUNT_RETRY_TIME", "0");
    arguments.insert(arguments.begin(), "package");
    return place.run(arguments, options);
  }
  /// Adds the directory; its id.
  std::string add(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"add", "dir"});
    const Ran ran = run(more);
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_EQ(ran.err, "");
    return ran.out.substr(0, ran.out.find('\n'));
  }
  FakePackages::Trouble& trouble() {
    return *server.with_packages([](FakePackages& packages) { return &packages.trouble; });
  }

  FakeServer server;
  Workplace place;
};

TEST_F(PackageCommand, AddedDirectoryComesBackAsItIs) {
  const std::string pkgid = add();
  EXPECT_EQ(pkgid, "pkg-1");
  const Ran got = run({"get", pkgid, "--unpack", "out"});
  EXPECT_EQ(got.status, 0) << got.err;
  EXPECT_EQ(place.read("out/a"), "one");
  EXPECT_EQ(place.read("out/b"), "two");
  EXPECT_EQ(run({"get", pkgid, "--unpack", "out"}).status, 1) << "nothing is overwritten";
  EXPECT_EQ(run({"get", pkgid, "-o", "p.tar.xz"}).status, 0);
  const std::string content = place.read("p.tar.xz");
  EXPECT_EQ(run({"get", pkgid, "-o", "-"}).out, content);
  server.with_packages(
      [&](FakePackages& packages) { EXPECT_EQ(packages.all().at(pkgid), content); });
}

TEST_F(PackageCommand, ArchiveIsSentAsItIs) {
  run({"get", add(), "-o", "p.tar.xz"});
  const Ran ran = run({"add", "p.tar.xz", "--json"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  const Json answer = Json::parse(ran.out);
  EXPECT_EQ(answer["pkgid"], "pkg-2");
  EXPECT_EQ(answer["replicas"], 2);
  EXPECT_EQ(answer["bytes"], place.read("p.tar.xz").size());
  EXPECT_EQ(run({"add", "p.tar.xz", "--expire", "7d"}).status, 2);
}

TEST_F(PackageCommand, MetaAndExpiryBecomeMetaJson) {
  place.write("fields", R"({"model":"x"})");
  const std::string pkgid = add({"--meta", "fields", "--expire", "2199-01-01"});
  run({"get", pkgid, "--unpack", "out"});
  EXPECT_EQ(place.read("out/meta.json"), "{\"model\":\"x\",\"expire\":7226582400}\n");
  EXPECT_EQ(run({"add", "dir", "--expire", "2020-01-01"}).status, 1);
}

TEST_F(PackageCommand, BadOnesAreRefusedBeforeAnythingIsSent) {
  std::filesystem::create_symlink("/etc/passwd", place.path() / "dir/link");
  const Ran link = run({"add", "dir"});
  EXPECT_EQ(link.status, 1);
  EXPECT_NE(link.err.find("'link'"), std::string::npos) << link.err;
  EXPECT_NE(link.err.find("(rule outside_link)"), std::string::npos) << link.err;
  place.write("zip", "PK\x03\x04");
  const Ran zip = run({"add", "zip", "--json"});
  EXPECT_EQ(zip.status, 1);
  EXPECT_EQ(Json::parse(zip.err)["error"]["rule"], "not_xz");
  EXPECT_EQ(run({"add", "none"}).status, 1);
  EXPECT_TRUE(server.seen().empty());
}

TEST_F(PackageCommand, ServersRuleIsShown) {
  trouble().refused_rule = "ratio";
  const Ran ran = run({"add", "dir"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.err.find("(rule ratio)"), std::string::npos) << ran.err;
  place.write("zip", "PK\x03\x04");
  EXPECT_NE(run({"add", "zip", "--unchecked"}).err.find("rule ratio"), std::string::npos);
}

TEST_F(PackageCommand, StatusesAreExitCodes) {
  for (const auto& [status, exit] : std::vector<std::pair<int, int>>{
           {401, 5}, {403, 5}, {413, 1}, {429, 6}, {507, 6}, {503, 7}, {504, 8}}) {
    server.fail_next({.status = status});
    EXPECT_EQ(run({"add", "dir"}).status, exit) << status;
  }
  EXPECT_EQ(run({"get", "none", "-o", "x"}).status, 3);
  EXPECT_FALSE(std::filesystem::exists(place.path() / "x"));
  EXPECT_EQ(run({"show", "none"}).status, 3);
  EXPECT_EQ(run({"get", "../x"}).status, 2);
}

TEST_F(PackageCommand, UnknownOutcomeIsFinishedWithItsKey) {
  server.fail_next({.lose_answer = true});
  const Ran lost = run({"add", "dir"});
  EXPECT_EQ(lost.status, 8);
  const std::string key = server.seen().back().key;
  EXPECT_NE(lost.err.find("--idempotency-key " + key), std::string::npos) << lost.err;
  EXPECT_EQ(add({"--idempotency-key", key}), "pkg-1");
  server.with_packages([](FakePackages& packages) { EXPECT_EQ(packages.all().size(), 1u); });
}

TEST_F(PackageCommand, BrokenDownloadGoesOnInTheNextRun) {
  const std::string pkgid = server.with_packages([](FakePackages& packages) {
    packages.trouble.break_after = 1'000'000;
    packages.trouble.breaks = 1;
    return packages.add(std::string(1'500'000, 'p'));
  });
  EXPECT_EQ(run({"get", pkgid}).status, 7);
  EXPECT_TRUE(std::filesystem::exists(place.path() / (pkgid + ".tar.xz." + pkgid + ".part")));
  const Ran ran = run({"get", pkgid});
  EXPECT_EQ(ran.out, "1.4 MiB written to pkg-1.tar.xz\n") << ran.err;
  EXPECT_EQ(place.read(pkgid + ".tar.xz"), std::string(1'500'000, 'p'));
  server.with_packages(
      [](FakePackages& packages) { EXPECT_EQ(packages.ranges.back(), "bytes=1000000-"); });
}

TEST_F(PackageCommand, CorruptDownloadIsAnErrorAndNoFile) {
  const std::string pkgid = add();
  trouble().corrupt = true;
  EXPECT_EQ(run({"get", pkgid, "-o", "x"}).status, 1);
  EXPECT_EQ(run({"get", pkgid, "--unpack", "out"}).status, 1);
  EXPECT_FALSE(std::filesystem::exists(place.path() / "x"));
  EXPECT_FALSE(std::filesystem::exists(place.path() / "out"));
}

TEST_F(PackageCommand, NeededFieldsTravelInTheQuery) {
  const std::string pkgid = add();
  EXPECT_EQ(run({"get", pkgid, "--need", "a,b", "-o", "x"}).status, 0);
  server.with_packages([](FakePackages& packages) { EXPECT_EQ(packages.need, "a,b"); });
}

TEST_F(PackageCommand, ListShowRemoveAndUsage) {
  add();
  add();
  const Ran list = run({"list"});
  EXPECT_EQ(list.out.substr(0, list.out.find('\n')),
            "PKGID   SIZE  ADDED                 EXPIRES  ON");
  EXPECT_NE(list.out.find("2023-11-14 22:13:20Z  never    a b\n"), std::string::npos) << list.out;
  const Ran first = run({"list", "--limit", "1"});
  EXPECT_NE(first.err.find("--cursor pkg-1"), std::string::npos) << first.err;
  EXPECT_EQ(Json::parse(run({"list", "--cursor", "pkg-1", "--json"}).out)["pkgid"], "pkg-2");
  EXPECT_EQ(Json::parse(run({"show", "pkg-1"}).out)["mine"], "kept");
  EXPECT_EQ(run({"remove", "pkg-1"}).out, "removed pkg-1\n");
  EXPECT_EQ(run({"remove", "pkg-1"}).out, "there was no pkg-1\n");
  EXPECT_EQ(Json::parse(run({"usage", "--json"}).out)["packages"], 1);
  EXPECT_NE(run({"usage"}).out.find("OF KEY 00aa"), std::string::npos);
  EXPECT_NE(run({"usage"}).out.find("1.0 MiB"), std::string::npos);
}

TEST_F(PackageCommand, InterruptedAdditionLeavesNothing) {
  std::filesystem::create_directory(place.path() / "tmp");
  server.fail_always({.status = 503});
  Running running(place, {"package", "add", "dir"},
                  {.environment = {{"DCOUNT_SERVER", server.url()},
                                   {"DCOUNT_RETRY_TIME", "60"},
                                   {"TMPDIR", (place.path() / "tmp").string()}}});
  while (server.seen().empty()) std::this_thread::yield();
  running.signal(SIGINT);
  EXPECT_EQ(running.wait().status, 130);
  EXPECT_TRUE(std::filesystem::is_empty(place.path() / "tmp"));
}

TEST_F(PackageCommand, ProgressIsForTerminals) {
  place.write("dir/big", std::string(8 << 20, 'b'));
  EXPECT_EQ(run({"add", "dir"}).err, "");
  EXPECT_EQ(run({"add", "dir", "--json"}, {.terminal = true}).out.find("pack"), std::string::npos);
}

TEST_F(PackageCommand, RepairIsATableAndFailsWhenSomethingDid) {
  const auto repair = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"node", "repair"});
    return place.run(more, {.environment = {{"DCOUNT_SERVER", server.url()}}});
  };
  server.fail_next(
      {.status = 200,
       .raw_body = R"({"checked":9,"missing":2,"copied":2,"failed":0,"seconds":1.5})"});
  Ran ran = repair({});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_NE(ran.out.find("CHECKED  MISSING"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("1.5 s"), std::string::npos) << ran.out;
  server.fail_next({.status = 200, .raw_body = R"({"checked":9,"failed":1})"});
  ran = repair({"--json"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(Json::parse(ran.out)["failed"], 1);
  EXPECT_EQ(Json::parse(ran.out)["server"], server.url());
  server.fail_next({.lose_answer = true});
  EXPECT_EQ(repair({}).status, 8);
}

}  // namespace
}  // namespace dcount::test
