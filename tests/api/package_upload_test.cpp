// Uploads: the forms they come in, why they are refused, and that nothing is left of what was.
#include <openssl/evp.h>

#include <nlohmann/json.hpp>

#include "tests/api/serving_packages.h"

namespace dcount::api {
namespace {

using packages::MadeTar;
using test::made_package;
using test::sha256_of;

struct PackageUpload : ServingPackages {};

TEST_F(PackageUpload, AFormsPartIsTheArchiveAndNothingElseOfIt) {
  const auto answer = upload(form(archive_), alice_, form_type);
  ASSERT_EQ(answer.status, 201) << answer.body;
  EXPECT_EQ(body_of(answer)["sha256"], sha256_of(archive_));
  EXPECT_TRUE(fetch(body_of(answer)["pkgid"]).body == archive_);
  const std::string other =
      "--b\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--b--";
  EXPECT_EQ(upload(other, alice_, form_type).status, 400);
  expect_blobs(1);
}

TEST_F(PackageUpload, WhatIsNotWhatItsDigestSaysIsRefused) {
  const std::string right = sha256_of(archive_);
  const std::string wrong = sha256_of("x");
  std::string raw;
  for (std::size_t i = 0; i < 64; i += 2) {
    raw += static_cast<char>(std::stoi(right.substr(i, 2), nullptr, 16));
  }
  std::string base64(45, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()),
                  reinterpret_cast<const unsigned char*>(raw.data()), 32);
  base64.resize(44);
  std::string other = base64;
  other[0] = other[0] == 'A' ? 'B' : 'A';
  const auto digest = [](const std::string& text) {
    return "Content-Digest: md5=:eA==:, sha-256=:" + text + ":\r\n";
  };
  expect_refused(upload(archive_, alice_, digest(other)), 400, "digest_mismatch");
  expect_refused(upload(archive_, alice_, "X-Content-SHA256: " + wrong + "\r\n"), 400,
                 "digest_mismatch");
  expect_refused(call("POST", "/api/add_pkg?sha256=" + wrong, archive_, test::bearer(alice_)), 400,
                 "digest_mismatch");
  expect_refused(upload(archive_, alice_, "Content-Digest: sha-256=:x:\r\n"), 400, "malformed");
  expect_refused(upload(archive_, alice_, "X-Content-SHA256: x\r\n"), 400, "malformed");
  expect_refused(upload(archive_, alice_, digest(other) + "X-Content-SHA256: " + right + "\r\n"),
                 400, "malformed");
  expect_refused(
      upload(form(archive_), alice_, form_type + ("X-Content-SHA256: " + wrong) + "\r\n"), 400,
      "digest_mismatch");
  EXPECT_EQ(upload(archive_, alice_, digest(base64)).status, 201);
  EXPECT_EQ(upload(archive_, alice_, "X-Content-SHA256: " + right + "\r\n").status, 201);
  EXPECT_EQ(call("POST", "/api/add_pkg?sha256=" + right, archive_, test::bearer(alice_)).status,
            201);
  EXPECT_EQ(
      upload(form(archive_), alice_, form_type + ("X-Content-SHA256: " + right) + "\r\n").status,
      201);
}

TEST_F(PackageUpload, WithoutALengthOrWithTooGreatAOneItIsRefused) {
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const std::string request = "POST /api/add_pkg HTTP/1.1\r\nHost: t\r\n" + test::bearer(alice_);
  for (const auto& [fields, status] :
       {std::pair(chunked, 411), std::pair(std::string(), 411),
        std::pair(std::string("Content-Length: 999999999999\r\n"), 413)}) {
    test::RawHttp connection(server_->port());
    EXPECT_EQ(connection.call(request + fields + "\r\n").value_or(Answer{}).status, status);
  }
  expect_refused(call("POST", "/api/add_pkg", "", test::bearer(alice_) + "Content-Length: 0\r\n"),
                 400, "bad_archive");
}

TEST_F(PackageUpload, AnArchiveLongerThanAllowedIsRefusedHoweverItComes) {
  settings_.package_mib_max = 1;
  start();
  const std::string archive = made_package((1 << 20) + 1000, 1);
  expect_refused(upload(archive, alice_), 413, "body_too_large");
  expect_refused(upload(form(archive), alice_, form_type), 413, "body_too_large");
  const std::string fits = made_package((1 << 20) - 3000, 1);
  EXPECT_EQ(upload(form(fits), alice_, form_type).status, 201);
}

TEST_F(PackageUpload, ABadArchiveIsRefusedByItsRuleAndLeavesNothing) {
  const std::string meta = "meta.json";
  const auto with_meta = [&](const std::string& text) {
    return MadeTar().add("a", "1").add(meta, text).tar_xz();
  };
  const std::pair<std::string, std::string> bad[] = {
      {"not_xz", "PK\x03\x04 and so on"},
      {"not_tar", packages::xz(std::string(5000, 'x'))},
      {"truncated", archive_.substr(0, archive_.size() / 2)},
      {"truncated", archive_.substr(0, archive_.size() - 1)},
      {"ratio", MadeTar().add("zeros", std::string(40 << 20, '\0')).tar_xz()},
      {"parent_path", MadeTar().add("a", "").add("../x", "1").tar_xz()},
      {"absolute_path", MadeTar().add("a", "").add("/etc/x", "1").tar_xz()},
      {"outside_link", MadeTar().add("a", "").symbolic("l", "../x").tar_xz()},
      {"device", MadeTar().add("a", "").add("d", "", '3').tar_xz()},
      {"top_directory", MadeTar().directory("top").add("top/a", "1").tar_xz()},
      {"empty", MadeTar().tar_xz()},
      {"meta_json", with_meta("{")},
      {"meta_json", with_meta("[]")},
      {"meta_json", with_meta(R"({"expire":"soon"})")},
      {"meta_json", with_meta(R"({"expire":-1})")},
      {"meta_json", with_meta(R"({"expire":1000})")},  // over since 1970
      {"meta_json", with_meta(R"({"x":")" + std::string(17'000, 'x') + "\"}")},
  };
  for (const auto& [rule, archive] : bad) {
    const auto answer = upload(archive, alice_);
    SCOPED_TRACE(rule + ": " + answer.body);
    EXPECT_EQ(body_of(answer)["rule"], rule);
    expect_refused(answer, 400, "bad_archive");
    EXPECT_EQ(body_of(upload(form(archive), alice_, form_type))["rule"], rule) << "as a form";
  }
  expect_blobs(0);
  EXPECT_EQ(uploaded(archive_).size(), 36u) << "what is good still goes";
}

TEST_F(PackageUpload, ABodyThatBreaksOffLeavesNothing) {
  {
    test::RawHttp connection(server_->port());
    const std::string request = test::upload_request(alice_, archive_);
    connection.send(request.substr(0, request.size() - 10));
    ASSERT_TRUE(eventually([&] { return !files_in("spool").empty(); }));
  }
  EXPECT_TRUE(eventually([&] { return files_in("spool").empty(); }));
  expect_blobs(0);
}

TEST_F(PackageUpload, ARepeatedUploadIsOnePackage) {
  const std::string once = "Idempotency-Key: once\r\n";
  const auto first = upload(archive_, alice_, once);
  ASSERT_EQ(first.status, 201) << first.body;
  const auto second = upload(archive_, alice_, once);
  EXPECT_EQ(second.status, 201);
  EXPECT_EQ(body_of(second), body_of(first));
  EXPECT_EQ(first.header("idempotent-replayed"), "");
  EXPECT_EQ(second.header("idempotent-replayed"), "true");
  expect_blobs(1);
  EXPECT_EQ(usage(alice_)["packages"], 1);

  const auto other = upload(made_package(10, 2), alice_, once);
  EXPECT_EQ(other.status, 422) << other.body;
  expect_blobs(1);
  EXPECT_EQ(upload(archive_, bob_, once).status, 201) << "another key's is its own";
  EXPECT_EQ(listed(bob_).size(), 1u);
  start();
  EXPECT_EQ(body_of(upload(archive_, alice_, once)), body_of(first)) << "after a restart";
  EXPECT_TRUE(fetch(body_of(first)["pkgid"]).body == archive_);
  expect_blobs(2);
}

}  // namespace
}  // namespace dcount::api
