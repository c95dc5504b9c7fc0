// Packages through nginx, with the configuration that dcount ships. Where the server is told so
// (--accel-prefix) nginx sends the files itself.
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tests/cluster/cluster.h"
#include "tests/cluster/front.h"
#include "tests/store/temporary_directory.h"
#include "tests/support/run_dcount.h"

namespace dcount::test {
namespace {

namespace fs = std::filesystem;

/// More than the kernel holds back for a client that does not read.
constexpr std::size_t archive_bytes = 16 << 20;

std::string bearer(const std::string& key) { return "Authorization: Bearer " + key + "\r\n"; }

/// What the package service takes; random, so that it stays about as long as it is.
std::string archive_of(const Workplace& place, std::size_t bytes) {
  std::string content(bytes, '\0');
  for (char& c : content) c = static_cast<char>(chance()());
  place.write("package/content", content);
  place.write("package/meta.json", R"({"title":"front"})");
  const auto packed =
      sim::Process::start({.program = "tar",
                           .arguments = {"-C", "package", "-cJf", "package.tar.xz", "."},
                           .environment = {{"XZ_OPT", "-0"}},
                           .directory = place.path()});
  if (!packed) throw std::runtime_error(packed.error().message);
  if (packed->wait(std::chrono::minutes(5)) != sim::ProcessExit{})
    throw std::runtime_error("tar has failed");
  return place.read("package.tar.xz");
}

std::string read_file(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// One server that sends nobody files, and an nginx that does.
class FrontPackages : public testing::Test {
 protected:
  FrontPackages() : alone_(options()) {
    // To it every client of nginx is on its own machine.
    admin_ = create_key({"ops", "--admin", "--data", data().string()});
    if (const auto started = alone_.start(); !started) {
      throw std::runtime_error(started.error().message);
    }
    front_.emplace(alone_);
    alice_ = create_key({"alice", "--scope", "packages"});
    bob_ = create_key({"bob", "--scope", "packages"});
  }
  void TearDown() override {
    if (!HasFailure()) return;
    std::printf("nginx: %s\nserver: %s\n", front_->log().c_str(),
                sim::end_of_log(server().log()).c_str());
  }

  sim::LocalClusterOptions options() {
    sim::LocalClusterOptions options;
    options.directory = directory_.path();
    options.servers = 1;
    options.etcd.members = 0;
    options.server.binary = DCOUNT_BINARY;
    options.server.more_options = {"--require-key", "--accel-prefix", "/packages/"};
    return options;
  }
  fs::path data() const { return fs::path(directory_.path()) / "node-1/data"; }
  std::string create_key(std::vector<std::string> arguments) {
    RunOptions run;
    if (!admin_.empty()) {
      run.environment = {{"DCOUNT_SERVER", "http://127.0.0.1:" + std::to_string(front_->port())},
                         {"DCOUNT_API_KEY", admin_}};
    }
    arguments.insert(arguments.begin(), {"key", "create"});
    const Ran ran = place_.run(arguments, run);
    if (ran.status != 0) throw std::runtime_error("dcount key create: " + ran.err);
    return ran.out.substr(0, ran.out.find('\n'));
  }
  const sim::ServerProcess& server() const { return alone_.server(0); }

  RawHttp connect() const {
    RawHttp connection(front_->port());
    connection.patience = patience;
    return connection;
  }
  RawAnswer ask_front(const std::string& request) {
    return connect().call(request).value_or(RawAnswer{});
  }
  /// Its id.
  std::string upload(const std::string& archive) {
    const auto answer = ask_front(post("/api/add_pkg", archive, bearer(alice_)));
    EXPECT_EQ(answer.status, 201) << answer.body;
    return answer.status == 201 ? json_of(answer)["pkgid"].get<std::string>() : "";
  }
  std::string download(const std::string& pkgid, const std::string& fields = "") const {
    return get("/api/get_pkg/" + pkgid, bearer(alice_) + fields);
  }
  std::set<fs::path> files() const {
    std::set<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator(data() / "packages")) {
      if (entry.is_regular_file()) found.insert(entry.path());
    }
    return found;
  }
  std::int64_t open_connections() {
    const auto answer = ask(server(), get("/metrics", bearer(admin_)));
    const auto at = answer.body.find("\ndcount_http_connections ");
    EXPECT_NE(at, answer.body.npos) << answer.body.substr(0, 300);
    return at == answer.body.npos ? -1 : std::stoll(answer.body.substr(at + 25));
  }

 private:
  store::TemporaryDirectory directory_;
  Workplace place_;
  sim::LocalCluster alone_;

 protected:
  void kill_server() { alone_.server(0).kill(); }
  std::string make_archive(std::size_t bytes) const { return archive_of(place_, bytes); }

  std::optional<Front> front_;
  std::string admin_;
  std::string alice_;
  std::string bob_;
};

TEST_F(FrontPackages, NginxSendsTheFileAndTheClientNoticesNothing) {
  const std::string archive = make_archive(3 << 20);
  const std::string pkgid = upload(archive);
  const auto files_now = files();
  ASSERT_EQ(files_now.size(), 1u);
  EXPECT_TRUE(read_file(*files_now.begin()) == archive);
  const std::string digest = files_now.begin()->extension().string().substr(1);

  const auto direct = ask(server(), download(pkgid));
  EXPECT_NE(direct.header("x-accel-redirect"), "") << "it is not what is tested";
  const auto answer = ask_front(download(pkgid));
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.body == archive);
  EXPECT_EQ(answer.header("etag"), '"' + digest + '"');
  EXPECT_EQ(answer.header("content-type"), "application/x-xz");
  EXPECT_EQ(answer.header("content-disposition"), "attachment; filename=\"" + pkgid + ".tar.xz\"");
  EXPECT_EQ(answer.header("cache-control"), "private, no-transform");
  EXPECT_EQ(answer.header("accept-ranges"), "bytes");
  EXPECT_NE(answer.header("x-request-id"), "");
  EXPECT_EQ(answer.header("x-accel-redirect"), "");
}

TEST_F(FrontPackages, PartsAndConditionsAreAsWithoutNginx) {
  const std::string archive = make_archive(100'000);
  const std::string pkgid = upload(archive);
  const std::string etag = ask_front(download(pkgid)).header("etag");
  const std::string size = std::to_string(archive.size());
  const auto part = ask_front(download(pkgid, "Range: bytes=10-19\r\n"));
  EXPECT_EQ(part.status, 206);
  EXPECT_TRUE(part.body == archive.substr(10, 10));
  EXPECT_EQ(part.header("content-range"), "bytes 10-19/" + size);
  EXPECT_EQ(part.header("etag"), etag);
  const std::string range = "Range: bytes=-5\r\nIf-Range: ";
  EXPECT_TRUE(ask_front(download(pkgid, range + etag + "\r\n")).body ==
              archive.substr(archive.size() - 5));
  EXPECT_EQ(ask_front(download(pkgid, range + "\"another\"\r\n")).status, 200);
  EXPECT_EQ(ask_front(download(pkgid, "Range: bytes=999999-\r\n")).status, 416);
  const auto unchanged = ask_front(download(pkgid, "If-None-Match: " + etag + "\r\n"));
  EXPECT_EQ(unchanged.status, 304);
  EXPECT_EQ(unchanged.header("etag"), etag);
  EXPECT_EQ(ask_front(download(pkgid, "If-None-Match: \"another\"\r\n")).status, 200);

  RawHttp connection = connect();
  ASSERT_TRUE(connection.send("HEAD" + download(pkgid).substr(3)));
  const auto head = connection.read_answer(true);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->header("content-length"), size);
  EXPECT_EQ(head->header("etag"), etag);
  EXPECT_EQ(connection.call(download(pkgid)).value_or(RawAnswer{}).status, 200) << "out of step";
}

TEST_F(FrontPackages, NobodyButTheOwnerGetsAByteAndNobodyTheFilesThemselves) {
  const std::string pkgid = upload(make_archive(1000));
  const std::string path = "/api/get_pkg/" + pkgid;
  const auto others = ask_front(get(path, bearer(bob_)));
  EXPECT_EQ(others.status, 403);
  EXPECT_EQ(json_of(others)["code"], "not_owner");
  EXPECT_EQ(ask_front(get(path)).status, 401) << "nginx is on the server's machine";
  EXPECT_EQ(ask_front(get("/api/keys")).status, 401);
  const std::string file = fs::relative(*files().begin(), data() / "packages").string();
  const std::vector<std::string> paths{"/packages/" + file, "/packages/", "//packages/" + file,
                                       "/api/../packages/" + file};
  for (const std::string& where : paths) {
    for (const std::string& fields : {std::string(), bearer(alice_), bearer(admin_)}) {
      EXPECT_EQ(ask_front(get(where, fields)).status, 404) << where;
    }
  }
}

TEST_F(FrontPackages, UploadsAreJudgedByTheServer) {
  const std::string archive = make_archive(5 << 20);
  const auto stranger = ask_front(post("/api/add_pkg", archive, "X-API-Key: nobody's\r\n"));
  EXPECT_EQ(stranger.status, 401) << stranger.body;
  const auto zip = ask_front(post("/api/add_pkg", "PK\x03\x04 and so on", bearer(alice_)));
  EXPECT_EQ(zip.status, 400);
  EXPECT_EQ(json_of(zip)["rule"], "not_xz");
  const auto wrong =
      ask_front(post("/api/add_pkg?sha256=" + std::string(64, '0'), archive, bearer(alice_)));
  EXPECT_EQ(wrong.status, 400);
  EXPECT_EQ(json_of(wrong)["code"], "digest_mismatch");
  EXPECT_TRUE(files().empty());
  const std::string keyed = bearer(alice_) + "Idempotency-Key: once\r\n";
  const auto first = ask_front(post("/api/add_pkg", archive, keyed));
  const auto again = ask_front(post("/api/add_pkg", archive, keyed));
  EXPECT_EQ(first.status, 201) << first.body;
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(files().size(), 1u);
}

TEST_F(FrontPackages, SlowClientsHoldNothingOfTheServer) {
  const std::string archive = make_archive(archive_bytes);
  const std::string pkgid = upload(archive);
  std::vector<RawHttp> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(connect());
    ASSERT_TRUE(clients.back().send(download(pkgid)));
    const auto head = clients.back().read_answer(true);
    ASSERT_TRUE(head);
    ASSERT_EQ(head->status, 200);
  }
  // Ours, and nginx's for all calls and for downloads, which came one after the other.
  EXPECT_TRUE(eventually([&] { return open_connections() <= 3; })) << open_connections();
  kill_server();
  for (RawHttp& client : clients) {
    EXPECT_TRUE(client.read_bytes(archive.size()) == archive);
  }
}

/// As it is shipped: any server, which sends them itself, and fetches what it has not got.
class FrontOfPackages : public ClusterTest {};

TEST_F(FrontOfPackages, EveryServerTakesAndGivesThem) {
  const Workplace place;
  const Front front(all);
  client::Client admin(only(all.server(0)));
  const auto key = admin.create_key({.name = "front", .scopes = {"packages"}});
  ASSERT_TRUE(key) << key.error().detail;
  for (std::size_t i = 0; i < all.servers(); ++i) {
    ASSERT_TRUE(eventually(
        [&] { return ask(all.server(i), get("/api/usage", bearer(key->key))).status == 200; }));
  }
  const std::string archive = archive_of(place, 2 << 20);
  for (std::size_t i = 0; i < all.servers(); ++i) {
    RawHttp connection(front.port());
    connection.patience = patience;
    const auto added = connection.call(post("/api/add_pkg", archive, bearer(key->key)));
    ASSERT_TRUE(added);
    ASSERT_EQ(added->status, 201) << added->body << front.log();
    const std::string path = "/api/get_pkg/" + json_of(*added)["pkgid"].get<std::string>();
    for (std::size_t k = 0; k < all.servers(); ++k) {
      const auto got = connection.call(get(path, bearer(key->key)));
      ASSERT_TRUE(got);
      EXPECT_EQ(got->status, 200) << front.log();
      EXPECT_TRUE(got->body == archive);
    }
  }
}

}  // namespace
}  // namespace dcount::test
