// Packages from the command line, with the real binary on both sides.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/e2e/live_server.h"

namespace dcount {
namespace {

using Json = nlohmann::json;
using test::LiveServer;
using test::Ran;

class PackageTour : public testing::Test {
 protected:
  PackageTour() {
    std::filesystem::create_directories(place.path() / "dir/sub");
    place.write("dir/a", "one");
    place.write("dir/sub/b", std::string(3 << 20, 'b') + "two");
    std::filesystem::create_symlink("sub/b", place.path() / "dir/link");
    alice = key_of("alice");
    bob = key_of("bob");
  }

  Ran run(std::vector<std::string> arguments, const std::string& key) {
    test::RunOptions options;
    options.environment = {{"DCOUNT_SERVER", server.url()}};
    if (!key.empty()) options.environment["DCOUNT_API_KEY"] = key;
    return place.run(arguments, options);
  }
  /// A key that may do nothing but packages, of its owner's own.
  std::string key_of(const std::string& name) {
    const Ran ran = run({"key", "create", name, "--scope", "packages", "--json"}, "");
    EXPECT_EQ(ran.status, 0) << ran.err;
    return ran.status == 0 ? Json::parse(ran.out)["key"].get<std::string>() : "";
  }
  std::string add(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"package", "add", "dir"});
    const Ran ran = run(more, alice);
    EXPECT_EQ(ran.status, 0) << ran.err;
    return ran.out.substr(0, ran.out.find('\n'));
  }

  LiveServer server;
  const test::Workplace& place = server.place();
  std::string alice;
  std::string bob;
};

TEST_F(PackageTour, DirectoryIsAddedListedAndComesBack) {
  const std::string pkgid = add({"--expire", "7d"});
  const Json listed = Json::parse(run({"package", "list", "--json"}, alice).out);
  EXPECT_EQ(listed["pkgid"], pkgid);
  EXPECT_GT(listed["expire"], 0);
  const Ran got = run({"package", "get", pkgid, "--unpack", "out"}, alice);
  ASSERT_EQ(got.status, 0) << got.err;
  EXPECT_EQ(place.read("out/a"), "one");
  EXPECT_EQ(place.read("out/sub/b"), std::string(3 << 20, 'b') + "two");
  EXPECT_EQ(std::filesystem::read_symlink(place.path() / "out/link"), "sub/b");
  EXPECT_NE(place.read("out/meta.json").find("expire"), std::string::npos);
  const Json meta = Json::parse(run({"package", "show", pkgid}, alice).out);
  EXPECT_EQ(meta["pkgid"], pkgid);
  EXPECT_EQ(meta["expire"], listed["expire"]);
}

TEST_F(PackageTour, ArchiveIsKeptByteForByte) {
  ASSERT_EQ(run({"package", "get", add(), "-o", "p.tar.xz"}, alice).status, 0);
  const Ran second = run({"package", "add", "p.tar.xz", "--json"}, alice);
  ASSERT_EQ(second.status, 0) << second.err;
  const std::string pkgid = Json::parse(second.out)["pkgid"];
  EXPECT_EQ(run({"package", "get", pkgid, "-o", "-"}, alice).out, place.read("p.tar.xz"));
}

TEST_F(PackageTour, RemovedOneIsGoneAndUsesNothing) {
  const std::string pkgid = add();
  EXPECT_EQ(Json::parse(run({"package", "usage", "--json"}, alice).out)["packages"], 1);
  EXPECT_EQ(run({"package", "remove", pkgid}, alice).status, 0);
  EXPECT_EQ(run({"package", "get", pkgid, "-o", "x"}, alice).status, 3);
  EXPECT_EQ(Json::parse(run({"package", "usage", "--json"}, alice).out)["bytes"], 0);
  EXPECT_EQ(run({"package", "list"}, alice).status, 0);
}

TEST_F(PackageTour, OthersAndStrangersGetNothing) {
  const std::string pkgid = add();
  EXPECT_EQ(run({"package", "get", pkgid, "-o", "x"}, bob).status, 5);
  EXPECT_EQ(run({"package", "list", "--json"}, bob).out, "");
  EXPECT_EQ(run({"package", "get", pkgid, "-o", "x"}, "").status, 5) << "without a key";
  std::string wrong = alice;
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  EXPECT_EQ(run({"package", "add", "dir"}, wrong).status, 5);
  EXPECT_FALSE(std::filesystem::exists(place.path() / "x"));
  EXPECT_EQ(
      run({"package", "get", "00000000-0000-4000-8000-000000000000", "-o", "x"}, alice).status, 3);
}

TEST_F(PackageTour, ServerSaysWhichRuleAnArchiveBreaks) {
  place.write("zip", "PK\x03\x04 and so on");
  for (const char* where : {"--unchecked", "--json"}) {
    const Ran ran = run({"package", "add", "zip", where}, alice);
    EXPECT_EQ(ran.status, 1);
    EXPECT_NE(ran.err.find("not_xz"), std::string::npos) << ran.err;
  }
}

TEST_F(PackageTour, RepairFindsNothingWhereNothingIsWrong) {
  add();
  const Ran ran = run({"node", "repair", "--json"}, "");
  EXPECT_EQ(ran.status, 0) << ran.err;
  const Json report = Json::parse(ran.out);
  EXPECT_EQ(report["checked"], 1);
  EXPECT_EQ(report["failed"], 0);
}

}  // namespace
}  // namespace dcount
