// Who is let in, on which routes.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "server/keys/authority.h"
#include "server/keys/shared_secret.h"
#include "tests/keys/engine_rig.h"

namespace dcount::keys {
namespace {

using namespace std::chrono_literals;

struct Gates : testing::Test, EngineRig {
  /// 200: it was let in.
  int ask(const std::string& scope, const std::string& key = "",
          const std::string& from = "127.0.0.1") {
    http::Route route;
    route.scope = scope;
    request = {};
    request.http.remote_addr = from;
    if (!key.empty()) request.http.headers.emplace("X-API-Key", key);
    const Authority authority(ring, {.require_key = require_key, .now = [this] { return now; }});
    auto refused = authority.admit(route, request);
    answer = refused.value_or(httplib::Response{});
    return refused ? refused->status : 200;
  }
  std::string code() { return nlohmann::json::parse(answer.body)["code"]; }

  bool require_key = false;
  RateLimiter::Time now = 100h;
  http::Request request;
  httplib::Response answer;
};

TEST_F(Gates, LoopbackWithoutAKeyIsAdminButOwnsNoPackages) {
  for (const char* scope : {"", "read", "write", "admin"}) EXPECT_EQ(ask(scope), 200) << scope;
  for (const char* from : {"127.1.2.3", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_EQ(ask("admin", "", from), 200) << from;
  }
  EXPECT_EQ(ask("packages"), 401);
}

TEST_F(Gates, OthersWithoutAKeyReadAndWrite) {
  for (const char* from : {"10.0.0.1", "::2", "::ffff:10.0.0.1", "128.0.0.1", ""}) {
    EXPECT_EQ(ask("read", "", from), 200) << from;
    EXPECT_EQ(ask("write", "", from), 200) << from;
    EXPECT_EQ(ask("admin", "", from), 401) << from;
    EXPECT_EQ(ask("packages", "", from), 401) << from;
  }
}

TEST_F(Gates, RequiredKeysAreRequiredOfAllButOpenRoutes) {
  require_key = true;
  for (const char* scope : {"read", "write", "packages", "admin"}) {
    EXPECT_EQ(ask(scope), 401) << scope;
    EXPECT_EQ(answer.get_header_value("WWW-Authenticate"), "Bearer, Basic realm=\"dcount\"");
    EXPECT_EQ(code(), "unauthorized");
  }
  EXPECT_EQ(ask(""), 200);
  EXPECT_EQ(ask("", "nonsense"), 200);
  EXPECT_EQ(ask("read", "nonsense"), 401);
}

TEST_F(Gates, BeforeTheFirstKeyNobodyLooksAtCredentials) {
  EXPECT_EQ(ask("read", "nonsense"), 200);
  const NewKey key = create(core::Scopes{.read = true});
  ring.look_now();
  EXPECT_EQ(ask("read", "nonsense"), 401);
  EXPECT_EQ(ask("read", key.text), 200);
  run(core::RevokeKey{key.id});
  ring.look_now();
  EXPECT_EQ(ask("read", key.text), 401) << "the last one was revoked, and is not let in as nobody";
}

TEST_F(Gates, AKeyHasItsScopesAndAnAdminHasAll) {
  const char* scopes[] = {"read", "write", "packages", "admin"};
  for (int set = 1; set < 16; ++set) {
    const NewKey key =
        create(core::Scopes{(set & 1) != 0, (set & 2) != 0, (set & 4) != 0, (set & 8) != 0});
    ring.look_now();
    for (int i = 0; i < 4; ++i) {
      const bool holds = (set & (1 << i)) != 0 || (set & 8) != 0;
      EXPECT_EQ(ask(scopes[i], key.text), holds ? 200 : 403) << set << " " << scopes[i];
      EXPECT_EQ(holds ? "forbidden" : code(), "forbidden");
    }
  }
}

TEST_F(Gates, ALetInCallerIsKnownByItsKey) {
  const NewKey key = create(core::Scopes{.read = true});
  ring.look_now();
  ask("read", key.text);
  ASSERT_NE(holder_of(request), nullptr);
  EXPECT_EQ(holder_of(request)->id, key.id);
  ask("read");
  ASSERT_NE(holder_of(request), nullptr);
  EXPECT_FALSE(holder_of(request)->has_key());
}

TEST_F(Gates, AWrongSecretOfAKnownIdIsRefused) {
  const NewKey key = create(core::Scopes{.admin = true});
  ring.look_now();
  std::string wrong = key.text;
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  EXPECT_EQ(ask("read", wrong), 401);
  EXPECT_EQ(ask("read", make_key().text), 401);
  // The digest of nothing, which stands in for the one of an unknown id, opens nothing.
  EXPECT_EQ(ask("read", "dck_0000000000000000_" + std::string(64, '0')), 401);
}

TEST_F(Gates, ARateIsKeptWithWhatToDoAboutIt) {
  core::KeyTraits traits;
  traits.scopes.read = true;
  traits.rate_per_minute = 2;
  const NewKey key = create(traits);
  ring.look_now();
  EXPECT_EQ(ask("read", key.text), 200);
  EXPECT_EQ(ask("write", key.text), 403) << "costs no token";
  EXPECT_EQ(ask("read", key.text), 200);
  EXPECT_EQ(ask("read", key.text), 429);
  EXPECT_EQ(code(), "rate_limited");
  EXPECT_EQ(answer.get_header_value_count("Retry-After"), 1u);
  EXPECT_EQ(answer.get_header_value("Retry-After"), "30");
  EXPECT_EQ(answer.get_header_value("RateLimit-Limit"), "2");
  EXPECT_EQ(answer.get_header_value("RateLimit-Remaining"), "0");
  EXPECT_EQ(answer.get_header_value("RateLimit-Reset"), "30");
  now += 30s;
  EXPECT_EQ(ask("read", key.text), 200);
}

TEST(SecretGate, LetsInWhoHasTheSecret) {
  const http::Gate gate = secret_gate("0123456789abcdef");
  const auto ask = [&](const std::vector<std::string>& fields) {
    http::Request request;
    for (const auto& field : fields) request.http.headers.emplace("Authorization", field);
    const auto refused = gate(http::Route{}, request);
    return refused ? refused->status : 200;
  };
  EXPECT_EQ(ask({"Bearer 0123456789abcdef"}), 200);
  EXPECT_EQ(ask({}), 401);
  EXPECT_EQ(ask({"Bearer 0123456789abcdeF"}), 401);
  EXPECT_EQ(ask({"0123456789abcdef"}), 401);
  EXPECT_EQ(ask({"Bearer 0123456789abcdef", "Bearer x"}), 401);
  EXPECT_FALSE(secret_gate(""));
}

}  // namespace
}  // namespace dcount::keys
