// kill -9 at random moments of 200 uploads: every package that was acknowledged downloads with its
// digest, a retried upload is one package, what was refused is none, and nothing temporary is left.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <shared_mutex>
#include <system_error>
#include <thread>

#include "tests/e2e/live_server.h"
#include "tests/e2e/patient_client.h"
#include "tests/support/package_calls.h"
#include "tests/support/raw_http.h"

namespace dcount {
namespace {

using Json = nlohmann::json;
using test::crash_seed;
using test::LiveServer;
using test::RawAnswer;
using test::RawHttp;

constexpr unsigned clients = 4;
constexpr unsigned uploads_per_client = 50;

/// How one upload is made, by its number: most are retried under a key until they are answered.
enum class Kind { keyed, once, spoilt };
Kind kind_of(unsigned number) {
  if (number % 10 == 8) return Kind::once;
  return number % 10 == 9 ? Kind::spoilt : Kind::keyed;
}

/// The archive of an upload; none is like another.
std::string archive_of(unsigned number) {
  return test::made_package(10'000 + 2'500 * (number % 40), number);
}

/// What a client knows of one upload.
struct Sent {
  std::string pkgid;     ///< acknowledged under this id
  int attempts = 0;      //
  bool refused = false;  ///< for good
};

class PackageCrash : public testing::Test {
 protected:
  PackageCrash() { key = parsed(ask(test::post("/api/keys", wish, json_type)))["key"]; }

  std::optional<RawAnswer> ask(const std::string& request) const {
    try {
      RawHttp connection(server.port());
      return connection.call(request);
    } catch (const std::system_error&) {
      return std::nullopt;  // not up
    }
  }
  static Json parsed(const std::optional<RawAnswer>& answer) {
    return answer ? Json::parse(answer->body, nullptr, false) : Json();
  }

  /// One after the other, each until it is answered, or tried once if it has no key.
  void upload_all(unsigned client) {
    for (unsigned i = 0; i < uploads_per_client; ++i) {
      const unsigned number = client * uploads_per_client + i;
      const Kind kind = kind_of(number);
      std::string archive = archive_of(number);
      std::string fields = "X-Content-SHA256: " + test::sha256_of(archive) + "\r\n";
      if (kind == Kind::keyed) fields += "Idempotency-Key: " + std::to_string(number) + "\r\n";
      if (kind == Kind::spoilt) archive[archive.size() / 2] ^= 1;
      Sent& sent = ledger[number];
      while (sent.pkgid.empty() && !sent.refused) {
        down.wait(true);
        const std::shared_lock up(gate);
        if (down) continue;
        ++sent.attempts;
        const auto answer = ask(test::upload_request(key, archive, fields));
        if (answer && answer->status == 201) sent.pkgid = parsed(answer)["pkgid"];
        if (answer && answer->status == 400) sent.refused = true;
        EXPECT_TRUE(!answer || answer->status == 201 || answer->status == 400 ||
                    answer->status == 503)
            << answer->status << answer->body;
        if (kind == Kind::once) break;
      }
    }
    --running;
  }

  std::size_t temporaries() const {
    std::size_t count = 0;
    for (const char* where : {"packages/tmp", "spool"}) {
      const auto directory = std::filesystem::path(server.data_directory()) / where;
      for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        count += entry.is_regular_file() ? 1 : 0;
      }
    }
    return count;
  }

  /// Kills it, and starts it again while nobody asks it for anything.
  void kill_and_look() {
    down = true;
    server.kill();
    {
      const std::unique_lock nobody(gate);
      if (temporaries() > 0) ++in_the_middle;
      server.start();
      EXPECT_EQ(temporaries(), 0u) << "a temporary file has survived";
      down = false;
    }
    down.notify_all();
  }

  /// pkgids by digest.
  std::multimap<std::string, std::string> listed() const {
    std::multimap<std::string, std::string> found;
    std::string cursor;
    do {
      const std::string target = "/api/packages?limit=1000" + cursor;
      const Json page = parsed(ask(test::get(target, test::bearer(key))));
      for (const Json& package : page["packages"])
        found.emplace(package["sha256"], package["pkgid"]);
      cursor = page["next"].is_null() ? "" : "&cursor=" + page["next"].get<std::string>();
    } while (!cursor.empty());
    return found;
  }

  const std::string json_type = "Content-Type: application/json\r\n";
  const std::string wish = R"({"name":"k","scopes":["packages"]})";
  LiveServer server;
  std::string key;
  std::map<unsigned, Sent> ledger;
  std::atomic<bool> down = false;
  std::shared_mutex gate;
  std::atomic<unsigned> running = clients;
  int in_the_middle = 0;  ///< kills that found something half-written
};

TEST_F(PackageCrash, AcknowledgedPackagesStayAndRetriedOnesAreOne) {
  std::mt19937_64 random(crash_seed());
  for (unsigned i = 0; i < clients * uploads_per_client; ++i) ledger[i];
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < clients; ++i) threads.emplace_back([this, i] { upload_all(i); });
  int kills = 0;
  const auto quick_until = std::chrono::steady_clock::now() + std::chrono::seconds(15);
  while (running > 0) {
    // Not a wait for anything: the random moment at which the power fails. Less often when this
    // machine is slow.
    const int most_ms = std::chrono::steady_clock::now() < quick_until ? 150 : 2000;
    std::this_thread::sleep_for(std::chrono::microseconds(random() % (most_ms * 1000)));
    kill_and_look();
    ++kills;
  }
  for (auto& thread : threads) thread.join();

  const auto found = listed();
  std::size_t acknowledged = 0;
  std::size_t retried = 0;
  for (const auto& [number, sent] : ledger) {
    const std::string archive = archive_of(number);
    const std::string sha256 = test::sha256_of(archive);
    const std::size_t count = found.count(sha256);
    if (sent.attempts > 1) ++retried;
    if (kind_of(number) == Kind::spoilt) {
      EXPECT_TRUE(sent.refused);
      EXPECT_EQ(count, 0u) << "refused, and listed";
      continue;
    }
    EXPECT_LE(count, 1u) << "one upload, several packages: " << number;
    if (sent.pkgid.empty()) continue;  // not answered: it is there or not
    ++acknowledged;
    ASSERT_EQ(count, 1u) << "acknowledged, and not listed: " << number;
    EXPECT_EQ(found.find(sha256)->second, sent.pkgid);
    const auto got = ask(test::get("/api/get_pkg/" + sent.pkgid, test::bearer(key)));
    ASSERT_TRUE(got && got->status == 200) << number << ' ' << (got ? got->body : "");
    EXPECT_TRUE(got->body == archive) << number;
  }
  const Json report = parsed(ask(test::post("/api/repair", "")));
  EXPECT_EQ(report["missing"], 0) << report;
  EXPECT_EQ(report["corrupt"], 0) << report;
  std::printf("%d kills, %d amid an upload, %zu packages, %zu uploads retried\n", kills,
              in_the_middle, acknowledged, retried);
  EXPECT_GE(acknowledged, 150u);
  EXPECT_GT(in_the_middle, 0) << "no kill came amid an upload";
  EXPECT_GT(retried, 0u);
}

}  // namespace
}  // namespace dcount
