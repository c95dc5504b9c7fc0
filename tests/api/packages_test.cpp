// Packages on one node: the calls, and who may make them.
#include <nlohmann/json.hpp>

#include "tests/api/serving_packages.h"

namespace dcount::api {
namespace {

using test::made_package;
using test::sha256_of;

struct Packages : ServingPackages {};

TEST_F(Packages, AnUploadIsAnsweredWithWhatItIsAndComesBackByteForByte) {
  const auto answer = upload(archive_, alice_);
  ASSERT_EQ(answer.status, 201) << answer.body;
  const Json made = body_of(answer);
  const std::string pkgid = made["pkgid"];
  EXPECT_EQ(pkgid.size(), 36u);
  EXPECT_EQ(made["replicas"], 1);
  EXPECT_EQ(made["bytes"], archive_.size());
  EXPECT_EQ(made["sha256"], sha256_of(archive_));
  EXPECT_EQ(answer.header("etag"), '"' + sha256_of(archive_) + '"');
  EXPECT_EQ(answer.header("location"), "/api/packages/" + pkgid);
  expect_blobs(1);

  const auto got = fetch(pkgid);
  EXPECT_EQ(got.status, 200);
  EXPECT_TRUE(got.body == archive_);
  EXPECT_EQ(got.header("etag"), '"' + sha256_of(archive_) + '"');
  EXPECT_EQ(got.header("content-type"), "application/x-xz");
  EXPECT_EQ(got.header("accept-ranges"), "bytes");
  EXPECT_EQ(got.header("content-disposition"), "attachment; filename=\"" + pkgid + ".tar.xz\"");
}

TEST_F(Packages, AnotherKeyIsRefusedAndLearnsNothing) {
  const std::string pkgid = uploaded(archive_);
  for (const auto& [method, target] :
       {std::pair("GET", "/api/get_pkg/"), std::pair("HEAD", "/api/get_pkg/"),
        std::pair("GET", "/api/packages/"), std::pair("DELETE", "/api/packages/")}) {
    for (const char* more : {"", "Range: bytes=0-1\r\n", "If-None-Match: *\r\n"}) {
      const auto answer = ask(method, target + pkgid, bob_, more);
      EXPECT_EQ(answer.status, 403) << method << target;
      EXPECT_EQ(answer.header("etag"), "");
      EXPECT_EQ(answer.body.find(sha256_of(archive_)), std::string::npos);
      EXPECT_EQ(answer.body.find(id_of(alice_)), std::string::npos);
      EXPECT_EQ(answer.body.find("shelf"), std::string::npos);
    }
  }
  EXPECT_EQ(body_of(ask("GET", "/api/get_pkg/" + pkgid, bob_))["code"], "not_owner");
  EXPECT_EQ(listed(bob_), Json::array());
  EXPECT_EQ(usage(bob_)["packages"], 0);
  EXPECT_EQ(fetch(pkgid).status, 200);
}

TEST_F(Packages, WhatIsNobodysIsNotFoundAndWithoutAKeyNothingIs) {
  const std::string pkgid = uploaded(archive_);
  std::string upper = pkgid;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  for (const std::string& id : {std::string(nobodys), std::string("x"), std::string("..%2f..%2fx"),
                                pkgid + "0", upper + "g", std::string("%00")}) {
    for (const char* target : {"/api/get_pkg/", "/api/packages/"}) {
      const int status = ask("GET", target + id, alice_).status;
      EXPECT_EQ(status, id == "%00" ? 400 : 404) << target << id;
    }
  }
  EXPECT_EQ(body_of(ask("DELETE", std::string("/api/packages/") + nobodys, alice_))["del"], 0);
  const std::string reader = key_of("reader", {{"scopes", {"read", "write"}}});
  for (const auto& [method, target] : {std::pair(std::string("GET"), "/api/get_pkg/" + pkgid),
                                       std::pair(std::string("GET"), "/api/packages/" + pkgid),
                                       std::pair(std::string("DELETE"), "/api/packages/" + pkgid),
                                       std::pair(std::string("GET"), std::string("/api/packages")),
                                       std::pair(std::string("GET"), std::string("/api/usage"))}) {
    const auto anonymous = ask(method, target, "");
    EXPECT_EQ(anonymous.status, 401) << method << target;
    EXPECT_NE(anonymous.header("www-authenticate"), "") << method << target;
    EXPECT_EQ(ask(method, target, reader).status, 403) << method << target;
  }
  EXPECT_EQ(call("POST", "/api/add_pkg", archive_).status, 401);
  EXPECT_EQ(upload(archive_, reader).status, 403);
  EXPECT_EQ(upload(archive_, "dck_0123456789abcdef_" + std::string(64, '0')).status, 401);
}

TEST_F(Packages, MetaJsonIsCompletedAndNobodyWritesTheServersFields) {
  const std::string meta = R"({"pkgid":"x","apiid":"y","when":1,"title":"a b","deep":{"n":[1]}})";
  const std::string pkgid = uploaded(made_package(10, 1, meta));
  const auto answer = ask("GET", "/api/packages/" + pkgid, alice_);
  EXPECT_EQ(answer.status, 200);
  Json fields = body_of(answer);
  EXPECT_GT(fields["when"], 1'000'000'000);
  fields.erase("when");
  EXPECT_EQ(fields, Json({{"pkgid", pkgid},
                          {"apiid", id_of(alice_)},
                          {"title", "a b"},
                          {"deep", {{"n", {1}}}},
                          {"expire", 0}}));
}

TEST_F(Packages, AListPagesThroughAllOfThemOnce) {
  std::set<std::string> made;
  for (unsigned i = 0; i < 5; ++i) made.insert(uploaded(made_package(20, i)));
  ASSERT_EQ(upload(archive_, bob_).status, 201);
  std::set<std::string> seen;
  std::string cursor;
  for (int pages = 1;; ++pages) {
    const auto page = body_of(ask("GET", "/api/packages?limit=2" + cursor, alice_));
    for (const Json& package : page["packages"]) {
      EXPECT_TRUE(seen.insert(package["pkgid"]).second);
      EXPECT_EQ(package["replicas"], 1);
      EXPECT_EQ(package["holders"], Json({"local"}));
      EXPECT_EQ(package["expire"], 0);
    }
    EXPECT_TRUE(page["revision"].is_number_integer());
    if (page["next"].is_null()) {
      EXPECT_EQ(pages, 3);
      break;
    }
    cursor = "&cursor=" + page["next"].get<std::string>();
  }
  EXPECT_EQ(seen, made);
}

TEST_F(Packages, ADeletedOneIsGoneAndItsBytesAreFreeAgain) {
  const std::string pkgid = uploaded(archive_);
  EXPECT_EQ(usage(alice_)["bytes"], archive_.size());
  const auto answer = ask("DELETE", "/api/packages/" + pkgid, alice_);
  EXPECT_EQ(body_of(answer), Json::parse(R"({"del":1})")) << answer.body;
  EXPECT_EQ(fetch(pkgid).status, 404);
  EXPECT_EQ(ask("GET", "/api/packages/" + pkgid, alice_).status, 404);
  EXPECT_EQ(body_of(ask("DELETE", "/api/packages/" + pkgid, alice_))["del"], 0);
  EXPECT_EQ(listed(alice_), Json::array());
  EXPECT_EQ(usage(alice_)["bytes"], 0);
  EXPECT_EQ(repair()["expired"], 1);
  expect_blobs(0);
}

TEST_F(Packages, AnAdminsKeyDeletesWhosesoeverButReadsOnlyItsOwn) {
  const std::string pkgid = uploaded(archive_);
  const std::string admin = key_of("admin", {{"scopes", {"admin"}}});
  EXPECT_EQ(ask("GET", "/api/get_pkg/" + pkgid, admin).status, 403);
  EXPECT_EQ(body_of(ask("DELETE", "/api/packages/" + pkgid, admin))["del"], 1);
  EXPECT_EQ(usage(alice_)["packages"], 0);
}

TEST_F(Packages, QuotasAreExact) {
  const auto two = key_of("two", {{"quota_packages", 2}});
  const auto exact = key_of("exact", {{"quota_bytes", archive_.size()}});
  const auto less = key_of("less", {{"quota_bytes", archive_.size() - 1}});
  EXPECT_EQ(upload(archive_, less).status, 507);
  EXPECT_EQ(upload(archive_, exact).status, 201);
  EXPECT_EQ(upload(made_package(1, 1), exact).status, 507);
  EXPECT_EQ(upload(archive_, two).status, 201);
  const std::string second = body_of(upload(archive_, two))["pkgid"];
  const auto refused = upload(archive_, two);
  EXPECT_EQ(refused.status, 507);
  EXPECT_EQ(body_of(refused)["code"], "quota_exceeded");
  expect_blobs(3);
  EXPECT_EQ(usage(two)["packages"], 2);
  EXPECT_EQ(usage(two)["quota_packages"], 2);
  EXPECT_EQ(usage(exact)["bytes"], usage(exact)["quota_bytes"]);
  EXPECT_EQ(ask("DELETE", "/api/packages/" + second, two).status, 200);
  EXPECT_EQ(upload(archive_, two).status, 201) << "there is room again";
}

TEST_F(Packages, AQuotaHoldsAgainstManyAtOnce) {
  const auto three = key_of("three", {{"quota_packages", 3}});
  std::atomic<int> taken = 0;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      test::RawHttp connection(server_->port());
      const auto answer = connection.call(test::upload_request(three, made_package(50'000, i)));
      EXPECT_TRUE(answer && (answer->status == 201 || answer->status == 507));
      if (answer && answer->status == 201) ++taken;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(taken, 3);
  expect_blobs(3);
}

TEST_F(Packages, RangesConditionsAndHeadAreHonoured) {
  const std::string pkgid = uploaded(archive_);
  const std::string etag = '"' + sha256_of(archive_) + '"';
  const auto part = fetch(pkgid, "Range: bytes=10-19\r\n");
  EXPECT_EQ(part.status, 206);
  EXPECT_TRUE(part.body == archive_.substr(10, 10));
  EXPECT_EQ(part.header("content-range"), "bytes 10-19/" + std::to_string(archive_.size()));
  EXPECT_TRUE(fetch(pkgid, "Range: bytes=-5\r\n").body == archive_.substr(archive_.size() - 5));
  EXPECT_EQ(fetch(pkgid, "Range: bytes=999999-\r\n").status, 416);
  EXPECT_EQ(fetch(pkgid, "Range: bytes=0-9\r\nIf-Range: " + etag + "\r\n").status, 206);
  EXPECT_EQ(fetch(pkgid, "Range: bytes=0-9\r\nIf-Range: \"x\"\r\n").status, 200);
  const auto unchanged = fetch(pkgid, "If-None-Match: " + etag + "\r\n");
  EXPECT_EQ(unchanged.status, 304);
  EXPECT_EQ(unchanged.body, "");
  EXPECT_EQ(fetch(pkgid, "If-None-Match: \"x\"\r\n").status, 200);
  const auto head = ask("HEAD", "/api/get_pkg/" + pkgid, alice_);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-length"), std::to_string(archive_.size()));
  EXPECT_EQ(head.header("etag"), etag);
  EXPECT_EQ(fetch(pkgid).status, 200) << "the connection is still in step";
}

TEST_F(Packages, FieldsThatAreNeededMustBeThere) {
  const std::string pkgid = uploaded(archive_);
  EXPECT_EQ(fetch(pkgid + "?need=shelf,n,when").status, 200);
  const auto answer = fetch(pkgid + "?need=shelf,colour");
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(body_of(answer)["code"], "fields_missing");
  EXPECT_EQ(ask("GET", "/api/get_pkg/" + pkgid + "?need=colour", bob_).status, 403);
}

TEST_F(Packages, AProxyIsToldWhereTheFileIs) {
  settings_.accel_prefix = "/blobs/";
  start();
  const std::string pkgid = uploaded(archive_);
  const auto answer = fetch(pkgid);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "");
  const std::string where = answer.header("x-accel-redirect");
  ASSERT_TRUE(where.starts_with("/blobs/")) << where;
  EXPECT_EQ(Path(settings_.data_directory) / "packages" / where.substr(7), blob_of(pkgid));
  EXPECT_EQ(answer.header("etag"), '"' + sha256_of(archive_) + '"');
  EXPECT_EQ(ask("GET", "/api/get_pkg/" + pkgid, bob_).header("x-accel-redirect"), "");
}

TEST_F(Packages, GetStateCountsThem) {
  uploaded(archive_);
  ASSERT_TRUE(eventually([&] {
    const Json node = body_of(get("/api/get_state"))["node"][0];
    return node.value("packages", 0) == 1 && node.value("bytes", 0u) == archive_.size();
  })) << get("/api/get_state").body;
  EXPECT_GT(body_of(get("/api/get_state"))["node"][0]["free_bytes"], 0);
}

}  // namespace
}  // namespace dcount::api
