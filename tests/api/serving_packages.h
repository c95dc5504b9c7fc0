// A whole server with packages, two keys, a clock that can be put on, and a look at its disk.
#pragma once

#include <algorithm>
#include <atomic>
#include <fstream>
#include <thread>

#include "server/engine/clock.h"
#include "server/packages/package_service.h"
#include "tests/api/serving_api.h"
#include "tests/support/package_calls.h"

namespace dcount::api {

class MovedClock final : public engine::Clock {
 public:
  core::Now now() const override { return {right_.now().unix_ms + ahead_ms_}; }
  void jump(std::int64_t ms) { ahead_ms_ += ms; }

 private:
  const engine::SystemClock right_;
  std::atomic<std::int64_t> ahead_ms_ = 0;
};

class ServingPackages : public ServingApi {
 protected:
  using Json = nlohmann::json;
  using Path = std::filesystem::path;
  using Answer = test::RawAnswer;

  static constexpr const char* nobodys = "01234567-89ab-4cde-8f01-23456789abcd";

  ServingPackages() {
    alice_ = key_of("alice");
    bob_ = key_of("bob");
  }
  ~ServingPackages() override { server_.reset(); }  // before the clock that it uses

  /// Starts anew on the same data. With our clock; the repair runs often and gives no grace.
  void restart_with_short_periods() {
    edges_.clock = &clock_;
    edges_.change_packages = [](packages::PackageOptions& options) {
      options.repair.period = std::chrono::milliseconds(100);
    };
    start();
  }

  std::string key_of(const std::string& name, Json more = Json::object()) {
    more["name"] = name;
    if (!more.contains("scopes")) more["scopes"] = {"packages"};
    const auto answer = post_json("/api/keys", more.dump());
    EXPECT_EQ(answer.status, 201) << answer.body;
    return body_of(answer).value("key", "");
  }
  static std::string id_of(const std::string& key) { return key.substr(4, 16); }

  Answer upload(const std::string& archive, const std::string& key, const std::string& more = "") {
    return call("POST", "/api/add_pkg", archive, test::bearer(key) + more);
  }
  /// The pkgid of what must go well.
  std::string uploaded(const std::string& archive, const std::string& more = "") {
    const auto answer = upload(archive, alice_, more);
    EXPECT_EQ(answer.status, 201) << answer.body;
    return body_of(answer).value("pkgid", "");
  }
  Answer ask(const std::string& method, const std::string& target, const std::string& key,
             const std::string& more = "") {
    return call(method, target, "", test::bearer(key) + more);
  }
  Answer fetch(const std::string& pkgid, const std::string& more = "") {
    return ask("GET", "/api/get_pkg/" + pkgid, alice_, more);
  }
  Json usage(const std::string& key) { return body_of(ask("GET", "/api/usage", key)); }
  Json listed(const std::string& key) {
    return body_of(ask("GET", "/api/packages", key)).value("packages", Json());
  }
  Json repair() {
    const auto answer = post("/api/repair");
    EXPECT_EQ(answer.status, 200) << answer.body;
    return body_of(answer);
  }

  /// Whether it became so soon enough.
  static bool eventually(const std::function<bool()>& holds) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(15);
    while (!holds()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
  }

  std::vector<Path> files_in(const char* where) const {
    std::vector<Path> files;
    const Path directory = Path(settings_.data_directory) / where;
    std::error_code none;  // removed while we look
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory, none)) {
      if (entry.is_regular_file(none)) files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
  }
  std::vector<Path> blobs() const { return files_in("packages"); }
  Path blob_of(const std::string& pkgid) const {
    for (const Path& path : blobs()) {
      if (path.filename().string().starts_with(pkgid)) return path;
    }
    ADD_FAILURE() << "no blob of " << pkgid;
    return {};
  }
  /// So many blobs, no temporary file; what was spooled goes in a moment.
  void expect_blobs(std::size_t count) {
    EXPECT_EQ(blobs().size(), count);
    EXPECT_TRUE(eventually([&] { return files_in("spool").empty(); })) << "something is left";
  }

  static std::string form(const std::string& archive) {
    return "--b\r\nContent-Disposition: form-data; name=\"data\"; filename=\"a\"\r\n\r\n" +
           archive + "\r\n--b--\r\n";
  }
  static constexpr const char* form_type = "Content-Type: multipart/form-data; boundary=b\r\n";

  /// Refused with this, and nothing of it is anywhere.
  void expect_refused(const Answer& answer, int status, const std::string& code) {
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_EQ(body_of(answer)["code"], code) << answer.body;
    expect_blobs(0);
    EXPECT_EQ(usage(alice_)["packages"], 0);
  }

  static constexpr std::size_t bytes_ = 3000;
  const std::string archive_ = test::made_package(bytes_, 1, R"({"shelf":"a b","n":1})");
  MovedClock clock_;
  std::string alice_;
  std::string bob_;
};

}  // namespace dcount::api
