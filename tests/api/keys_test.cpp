// API keys on a whole server: who is let in where, what a limited key sees, and that no secret is
// kept.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>

#include "server/api/first_key.h"
#include "tests/api/serving_api.h"

namespace dcount::api {
namespace {

using nlohmann::json;

std::string bearer(const std::string& key) { return "Authorization: Bearer " + key + "\r\n"; }

class Keys : public ServingApi {
 protected:
  void require_keys() {
    server_.reset();
    const auto made = make_key_offline(settings_, admin_traits());
    ASSERT_TRUE(made) << made.error().message;
    admin_ = made->text;
    settings_.require_key = true;
    start();
  }

  static core::KeyTraits admin_traits() {
    core::KeyTraits traits;
    traits.name = "admin";
    traits.scopes.admin = true;
    return traits;
  }

  /// As ServingApi's; also when the answer is a tail, of which it reads the head.
  test::RawAnswer call(const std::string& method, const std::string& target,
                       const std::string& body = "", const std::string& fields = "") {
    auto answer = ServingApi::call(method, target, body, fields);
    if (answer.header("transfer-encoding") == "chunked") {
      connection_ = std::make_unique<test::RawHttp>(server_->port());
    }
    return answer;
  }

  /// {"id","key",…} of a new one.
  json create(const json& wish, const std::string& more = "") {
    const auto answer =
        post_json("/api/keys", wish.dump(), (admin_.empty() ? "" : bearer(admin_)) + more);
    EXPECT_EQ(answer.status, 201) << answer.body;
    return body_of(answer);
  }
  std::string key_of(const std::vector<std::string>& scopes,
                     const std::vector<std::string>& prefixes = {}) {
    return create({{"name", "k"}, {"scopes", scopes}, {"prefixes", prefixes}})["key"];
  }

  int status(const std::string& method, const std::string& target, const std::string& key = "",
             const std::string& body = "") {
    const std::string fields = (key.empty() ? "" : bearer(key)) + (body.empty() ? "" : json_type);
    return call(method, target, body, fields).status;
  }

  std::string admin_;
};

TEST_F(Keys, ANewKeyIsShownOnceAndWorksAtOnce) {
  const auto answer = post_json(
      "/api/keys", R"({"name":"shop","scopes":["read","write"],"prefixes":["a_"],"quota_bytes":7,)"
                   R"("quota_packages":0,"rate_per_minute":600})");
  ASSERT_EQ(answer.status, 201) << answer.body;
  const json made = body_of(answer);
  const std::string id = made["id"];
  EXPECT_EQ(made["key"].get<std::string>().substr(0, 21), "dck_" + id + "_");
  EXPECT_EQ(answer.header("location"), "/api/keys/" + id);
  EXPECT_EQ(answer.header("cache-control"), "no-store");
  EXPECT_EQ(status("PUT", "/cnt/a_views/home", made["key"]), 201);

  const auto listed = body_of(get("/api/keys"));
  ASSERT_EQ(listed["keys"].size(), 1u);
  const json& key = listed["keys"][0];
  EXPECT_EQ(key["id"], id);
  EXPECT_EQ(key["name"], "shop");
  EXPECT_EQ(key["scopes"], json({"read", "write"}));
  EXPECT_EQ(key["prefixes"], json({"a_"}));
  EXPECT_EQ(key["quota_bytes"], 7);
  EXPECT_EQ(key["quota_packages"], 0);
  EXPECT_EQ(key["rate_per_minute"], 600);
  EXPECT_TRUE(key["created"].is_number_integer());
  EXPECT_FALSE(key.contains("key"));
  EXPECT_TRUE(listed["next"].is_null());
  EXPECT_TRUE(listed["revision"].is_number_integer());
}

TEST_F(Keys, ARevokedKeyIsRefusedAtOnceAndForGood) {
  const json made = create({{"name", "k"}, {"scopes", {"read"}}});
  EXPECT_EQ(status("GET", "/cnt/", made["key"]), 200);
  const std::string path = "/api/keys/" + made["id"].get<std::string>();
  const auto answer = call("DELETE", path);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(body_of(answer), json::parse(R"({"del":1})"));
  EXPECT_EQ(status("GET", "/cnt/", made["key"]), 401);
  EXPECT_EQ(body_of(call("DELETE", path))["del"], 0);
  start();
  EXPECT_EQ(status("GET", "/cnt/", made["key"]), 401) << "also after a restart";
}

TEST_F(Keys, MalformedOnesAreRefused) {
  for (const char* body :
       {"{}", R"({"name":"k"})", R"({"name":"k","scopes":[]})", R"({"name":"k","scopes":["all"]})",
        R"({"name":"","scopes":["read"]})", R"({"name":"a\nb","scopes":["read"]})",
        R"({"name":"k","scopes":"read"})", R"({"name":"k","scopes":[1]})",
        R"({"name":"k","scopes":["read,admin"]})",
        R"({"name":"k","scopes":["read"],"prefixes":[""]})",
        R"({"name":"k","scopes":["read"],"rate_per_minute":0})",
        R"({"name":"k","scopes":["read"],"quota_bytes":-1})",
        R"({"name":"k","scopes":["read"],"quota_packages":1.5})",
        R"({"name":"k","scopes":["admin"],"prefixes":["a"]})"}) {
    EXPECT_EQ(post_json("/api/keys", body).status, 400) << body;
  }
  EXPECT_EQ(call("POST", "/api/keys").status, 400);
  EXPECT_EQ(call("DELETE", "/api/keys/nobody").status, 400);
  EXPECT_TRUE(body_of(get("/api/keys"))["keys"].empty());
}

TEST_F(Keys, ARepeatedCreationDoesNotShowTheSecretAgain) {
  const std::string once = "Idempotency-Key: once\r\n";
  const json wish{{"name", "k"}, {"scopes", {"read"}}};
  const json first = create(wish, once);
  const json second = create(wish, once);
  EXPECT_EQ(second["id"], first["id"]);
  EXPECT_TRUE(second["key"].is_null());
  EXPECT_NE(second["detail"].get<std::string>().find("once"), std::string::npos);
  EXPECT_EQ(status("GET", "/cnt/", first["key"]), 200);
}

TEST_F(Keys, EveryWayOfPresentingAKeyWorksAndTwoThatDisagreeDoNot) {
  require_keys();
  const std::string basic =
      "Authorization: " + httplib::make_basic_authentication_header("lockstep", admin_).second +
      "\r\n";
  EXPECT_EQ(call("GET", "/cnt/", "", basic).status, 200);
  EXPECT_EQ(call("GET", "/cnt/", "", bearer(admin_)).status, 200);
  EXPECT_EQ(call("GET", "/cnt/", "", "X-API-Key: " + admin_ + "\r\n").status, 200);
  EXPECT_EQ(call("GET", "/cnt/", "", basic + "X-API-Key: " + admin_ + "\r\n").status, 200);
  EXPECT_EQ(call("GET", "/cnt/", "", basic + "X-API-Key: other\r\n").status, 401);
}

TEST_F(Keys, WithRequiredKeysOnlyHealthIsOpen) {
  require_keys();
  for (const char* path : {"/health", "/livez", "/readyz"}) EXPECT_EQ(get(path).status, 200);
  for (const char* path :
       {"/cnt/", "/cnt/c/i", "/sequences", "/items/t", "/metrics", "/tail/", "/lockstep/counters",
        "/api/get_state", "/api/keys", "/api/dump", "/v1/forward"}) {
    const auto answer = get(path);
    EXPECT_EQ(answer.status, 401) << path;
    EXPECT_EQ(answer.header("www-authenticate"), "Bearer, Basic realm=\"dcount\"") << path;
    EXPECT_EQ(body_of(answer)["code"], "unauthorized") << path;
  }
  EXPECT_EQ(call("OPTIONS", "/v1/forward").status, 200);
  EXPECT_EQ(status("GET", "/api/keys", admin_), 200);
}

TEST_F(Keys, PreflightsNeedNoKey) {
  settings_.cors_origin = "*";
  require_keys();
  EXPECT_EQ(call("OPTIONS", "/cnt/c/i", "", "Origin: http://page\r\n").status, 204);
}

TEST_F(Keys, ScopesOpenTheirRoutes) {
  require_keys();
  const std::string read = key_of({"read"});
  const std::string write = key_of({"write"});
  call("PUT", "/cnt/c/i", "", bearer(admin_));
  EXPECT_EQ(status("GET", "/cnt/c/i", read), 200);
  EXPECT_EQ(status("POST", "/cnt/c/i", read), 403);
  EXPECT_EQ(status("GET", "/v1/forward", read), 403) << "draws change the sequence";
  EXPECT_EQ(status("GET", "/metrics", read), 200);
  EXPECT_EQ(status("POST", "/cnt/c/i", write), 200);
  EXPECT_EQ(status("GET", "/v1/forward", write), 200);
  EXPECT_EQ(status("GET", "/cnt/c/i", write), 403);
  for (const std::string& key : {read, write}) {
    EXPECT_EQ(status("GET", "/api/keys", key), 403);
    EXPECT_EQ(status("POST", "/api/keys", key, R"({"name":"x","scopes":["admin"]})"), 403);
    EXPECT_EQ(status("GET", "/api/dump", key), 403);
    EXPECT_EQ(status("GET", "/lockstep/packages?follow=false", key), 403);
  }
  EXPECT_EQ(status("GET", "/lockstep/packages?follow=false", admin_), 200);
}

TEST_F(Keys, ARateIsKept) {
  const std::string key =
      create({{"name", "k"}, {"scopes", {"read"}}, {"rate_per_minute", 2}})["key"];
  EXPECT_EQ(status("GET", "/cnt/", key), 200);
  EXPECT_EQ(status("GET", "/cnt/", key), 200);
  const auto refused = call("GET", "/cnt/", "", bearer(key));
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(body_of(refused)["code"], "rate_limited");
  EXPECT_EQ(refused.header("ratelimit-limit"), "2");
  EXPECT_EQ(refused.header("ratelimit-remaining"), "0");
  const int wait_s = std::stoi(refused.header("retry-after"));
  EXPECT_GE(wait_s, 1);
  EXPECT_LE(wait_s, 30);
}

TEST_F(Keys, AnIdempotencyKeyIsAnApiKeysOwn) {
  require_keys();
  const std::string a = key_of({"write"});
  const std::string b = key_of({"write"});
  call("PUT", "/cnt/c/i", "", bearer(admin_));
  const std::string once = "Idempotency-Key: 1\r\n";
  EXPECT_EQ(body_of(call("POST", "/cnt/c/i", "", bearer(a) + once))["n"], 1);
  EXPECT_EQ(body_of(call("POST", "/cnt/c/i", "", bearer(a) + once))["n"], 1);
  EXPECT_EQ(body_of(call("POST", "/cnt/c/i", "", bearer(b) + once))["n"], 2);
}

TEST_F(Keys, NoSecretIsInADumpNorInTheDataDirectory) {
  const json made = create({{"name", "k"}, {"scopes", {"read"}}}, "Idempotency-Key: k\r\n");
  const std::string secret = made["key"].get<std::string>().substr(21);
  ASSERT_EQ(secret.size(), 64u);
  const auto dump = get("/api/dump");
  ASSERT_EQ(dump.status, 200);
  EXPECT_EQ(dump.body.find(secret), std::string::npos);
  EXPECT_NE(dump.body.find(made["id"].get<std::string>()), std::string::npos);
  server_.reset();
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(bytes.find(secret), std::string::npos) << entry.path();
    ++files;
  }
  EXPECT_GT(files, 1u);
}

TEST_F(Keys, AnOpenTailEndsWhenItsKeyIsRevoked) {
  const json made = create({{"name", "k"}, {"scopes", {"read"}}});
  const json other = create({{"name", "other"}, {"scopes", {"read"}}});
  test::RawHttp tail(server_->port());
  test::RawHttp others(server_->port());
  tail.send(test::get("/lockstep/counters", bearer(made["key"])));
  others.send(test::get("/lockstep/counters", bearer(other["key"])));
  ASSERT_EQ(tail.read_answer().value_or(test::RawAnswer{}).status, 200);
  ASSERT_EQ(others.read_answer().value_or(test::RawAnswer{}).status, 200);
  const std::string heartbeat = "2\r\n\r\n\r\n";
  EXPECT_EQ(tail.read_bytes(heartbeat.size()), heartbeat);
  EXPECT_EQ(others.read_bytes(heartbeat.size()), heartbeat);
  EXPECT_EQ(status("DELETE", "/api/keys/" + made["id"].get<std::string>()), 200);
  EXPECT_EQ(tail.read_bytes(5), "0\r\n\r\n") << "the zero chunk: come again";
  EXPECT_TRUE(tail.closes());
  EXPECT_TRUE(others.stays_silent(std::chrono::milliseconds(600)));
}

TEST_F(Keys, TheInternalListenerWantsTheClustersSecret) {
  settings_.cluster_secret = "0123456789abcdef";
  start();
  const auto ping = [&](const std::string& fields) {
    const std::string address = body_of(get("/api/get_state"))["node"][0]["internal"];
    try {
      const int port = std::stoi(address.substr(address.rfind(':') + 1));
      test::RawHttp internal(static_cast<std::uint16_t>(port));
      return internal.call(test::get("/capi/ping", fields)).value_or(test::RawAnswer{}).status;
    } catch (const std::exception&) {
      return 0;  // that was the address of the server before
    }
  };
  for (const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
       ping(bearer("0123456789abcdef")) != 200;) {
    ASSERT_LT(std::chrono::steady_clock::now(), end);
  }
  EXPECT_EQ(ping(bearer("0123456789abcdeg")), 401);
  EXPECT_EQ(ping(""), 401);
}

TEST_F(Keys, TheFirstKeyNeedsTheDirectoryForItself) {
  const auto refused = make_key_offline(settings_, admin_traits());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("in use"), std::string::npos) << refused.error().message;
}

TEST_F(Keys, ASubscriptionOutsideIsIgnoredAndATailOutsideRefused) {
  require_keys();
  const std::string key = key_of({"read"}, {"in_"});
  for (const char* path : {"/tail/", "/tail/id", "/tail/out/", "/tail/out/i", "/tail/?keys=*",
                           "/tail/?keys=in_a/,out/", "/tail/?keys=id"}) {
    EXPECT_EQ(status("GET", path, key), 403) << path;
  }
  EXPECT_EQ(status("GET", "/tail/in_a/?follow=false", key), 200);
}

// ---- a limited key, over all routes and names

/// What has names in it: %N is one.
struct NamedCall {
  const char* method;
  const char* target;
  const char* body;
};
constexpr NamedCall named_calls[] = {
    {"GET", "/cnt/%N", ""},
    {"POST", "/cnt/%N/", ""},
    {"GET", "/cnt/%N/i", ""},
    {"PUT", "/cnt/%N/i", ""},
    {"POST", "/cnt/%N/i?create=true", ""},
    {"POST", "/cnt/%N/i/5", ""},
    {"POST", "/cnt/%N/i/reset", ""},
    {"DELETE", "/cnt/%N/i", ""},
    {"POST", "/batch", R"({"ops":[{"add":"in_x/i","create":true},{"add":"%N/i","create":true}]})"},
    {"POST", "/batch", R"({"ops":[{"read":"%N/i"}]})"},
    {"POST", "/batch", R"({"ops":[{"delete":"%N/i"}]})"},
    {"POST", "/batch", R"({"ops":[{"reset":"%N/i"}]})"},
    {"POST", "/batch", R"({"ops":[{"create":"%N/j"}]})"},
    {"PUT", "/sequences/%N", "{}"},
    {"GET", "/sequences/%N", ""},
    {"DELETE", "/sequences/%N", ""},
    {"GET", "/v1/%N", ""},
    {"POST", "/v1/%N", ""},
    {"GET", "/v2/%N?count=2", ""},
    {"POST", "/v2/%N", ""},
    {"POST", "/sequences/%N/reservations", ""},
    {"POST", "/sequences/%N/reservations/token/confirm", ""},
    {"DELETE", "/sequences/%N/reservations/token", ""},
    {"POST", "/items", R"([{"id":"a","tenant":"in_x"},{"id":"a","tenant":"%N"}])"},
    {"GET", "/items/%N", ""},
    {"GET", "/items/%N/count", ""},
    {"GET", "/tail/%N/?follow=false", ""},
    {"GET", "/tail/%N/i?follow=false", ""},
    {"GET", "/tail/?follow=false&keys=in_x/,%N/i", ""},
    {"GET", "/lockstep/counters/%N?follow=false", ""},
    {"GET", "/lockstep/counters/%N/0?follow=false", ""},
};

/// Over all names at once.
constexpr const char* calls_over_all[] = {"/cnt/",
                                          "/cnt",
                                          "/cnt?cursor=in_x/i",
                                          "/sequences",
                                          "/tail/?follow=false",
                                          "/tail/i?follow=false",
                                          "/lockstep/counters?follow=false",
                                          "/lockstep/sequences?follow=false",
                                          "/lockstep/items?follow=false",
                                          "/lockstep/packages?follow=false"};

std::string with_name(std::string text, const std::string& name) {
  for (auto at = text.find("%N"); at != std::string::npos; at = text.find("%N")) {
    text.replace(at, 2, name);
  }
  return text;
}

class LimitedKeys : public Keys {
 protected:
  /// Everything there is, but for the key's own.
  std::string rest_of_the_world() {
    std::string all;
    for (const char* path : {"/cnt/?limit=1000", "/sequences?limit=1000"}) {
      const auto answer = call("GET", path, "", bearer(admin_));
      EXPECT_EQ(answer.status, 200) << path;
      auto body = body_of(answer);
      for (const char* list : {"counters", "sequences"}) {
        if (!body.contains(list)) continue;
        for (const auto& one : body[list]) {
          const std::string name = one.contains("collection") ? one["collection"] : one["name"];
          if (!name.starts_with("in_") && !name.starts_with("also.")) all += one.dump() + "\n";
        }
      }
    }
    for (const char* tenant : {"out", "inx", "IN_x", "in"}) {
      all += call("GET", std::string("/items/") + tenant, "", bearer(admin_)).body.substr(0, 30);
    }
    return all;
  }
};

TEST_F(LimitedKeys, NeitherSeeNorChangeANameOutside) {
  require_keys();
  const std::string key = key_of({"read", "write"}, {"in_", "also."});
  for (const std::string name : {"out", "inx", "IN_x", "in"}) {
    call("PUT", "/cnt/" + name + "/i", "", bearer(admin_));
    call("PUT", "/sequences/" + name, "{}", json_type + bearer(admin_));
    call("POST", "/items", R"([{"id":"SECRET","tenant":")" + name + "\"}]", bearer(admin_));
  }
  for (const char* path : calls_over_all) EXPECT_EQ(status("GET", path, key), 403) << path;
  const std::string before = rest_of_the_world();
  ASSERT_NE(before.find("out"), std::string::npos);

  const auto seeds = rc::check("a limited key", [&] {
    const NamedCall& one =
        *rc::gen::elementOf(std::vector<NamedCall>(std::begin(named_calls), std::end(named_calls)));
    const std::string name = *rc::gen::oneOf(
        rc::gen::element<std::string>("out", "inx", "IN_x", "in", "in_", "in_x", "in_y1", "forward",
                                      "reverse"),
        rc::gen::nonEmpty(
            rc::gen::container<std::string>(rc::gen::elementOf(std::string("in_xalso9")))));
    RC_PRE(name.size() <= 100u);
    const bool inside = name.starts_with("in_") || name.starts_with("also.");
    const std::string body = with_name(one.body, name);
    // A connection may have ended with a tail.
    const auto answer = call(one.method, with_name(one.target, name), body,
                             bearer(key) + (body.empty() ? "" : json_type));
    RC_TAG(inside ? "inside" : "outside");
    RC_LOG() << one.method << ' ' << with_name(one.target, name) << ": " << answer.status << ' '
             << answer.body << '\n';
    const auto body_code = [&] {
      const auto problem = body_of(answer);
      return problem.is_object() ? problem.value("code", "") : "";
    };
    if (inside) {
      RC_ASSERT(answer.status != 401);
      RC_ASSERT(answer.status != 403);
    } else {
      RC_ASSERT(answer.status == 403);
      RC_ASSERT(body_code() == "forbidden");
      RC_ASSERT(answer.body.find("SECRET") == std::string::npos);
    }
  });
  EXPECT_TRUE(seeds);
  EXPECT_EQ(rest_of_the_world(), before);
}

TEST_F(LimitedKeys, EveryRouteThatNamesSomethingIsTried) {
  require_keys();
  const std::string key = key_of({"read", "write"}, {"in_"});
  for (const NamedCall& one : named_calls) {
    const std::string body = with_name(one.body, "out");
    EXPECT_EQ(status(one.method, with_name(one.target, "out"), key, body), 403)
        << one.method << " " << one.target;
    const std::string own = with_name(one.body, "in_x");
    EXPECT_NE(status(one.method, with_name(one.target, "in_x"), key, own), 403)
        << one.method << " " << one.target;
  }
}

}  // namespace
}  // namespace dcount::api
