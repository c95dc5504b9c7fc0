// Packages, asked of a fake server: retries, resumed downloads, digests.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "client/content_digest.h"
#include "tests/client/client_bench.h"
#include "tests/links/sockets.h"

namespace dcount::client {
namespace {

std::string read_all(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// Not the same anywhere, so that no piece can stand for another.
std::string some_bytes(std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; bytes.size() < size; ++i) bytes += std::to_string(i) + ",";
  bytes.resize(size);
  return bytes;
}

std::string digest_of(const std::string& bytes) {
  ContentDigest digest;
  digest.add(bytes);
  return digest.hex();
}

class PackageCalls : public ClientBench {
 protected:
  PackageCalls() {
    std::string name = (std::filesystem::temp_directory_path() / "dcount-package-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    directory = name;
    file = directory / "a.tar.xz";
    std::ofstream(file, std::ios::binary) << content;
  }
  ~PackageCalls() override { std::filesystem::remove_all(directory); }

  std::string stored() {
    return server.with_packages(
        [&](test::FakePackages& packages) { return packages.add(content); });
  }
  /// Under the server's lock: `change` gets what is to go wrong.
  template <class Change>
  void make_trouble(const Change& change) {
    server.with_packages([&](test::FakePackages& packages) { change(packages.trouble); });
  }
  std::vector<std::string> ranges() {
    return server.with_packages([](test::FakePackages& packages) { return packages.ranges; });
  }
  std::filesystem::path part(const std::string& pkgid) const {
    return target().string() + "." + pkgid + ".part";
  }
  std::filesystem::path target() const { return directory / "got"; }

  std::filesystem::path directory;
  std::filesystem::path file;
  const std::string content = some_bytes(3'000'000);
};

TEST_F(PackageCalls, AddedFileArrivesByteForByteWithItsDigest) {
  std::vector<std::uint64_t> seen;
  AddPackageOptions options;
  options.watcher = [&](std::uint64_t bytes, std::uint64_t total) {
    EXPECT_EQ(total, content.size());
    seen.push_back(bytes);
    return true;
  };
  auto added = client.add_package(file.string(), options);
  ASSERT_TRUE(added) << added.error().detail;
  EXPECT_EQ(added->bytes, content.size());
  EXPECT_EQ(added->replicas, 2);
  EXPECT_EQ(added->sha256, digest_of(content));
  EXPECT_FALSE(added->replayed);
  server.with_packages([&](test::FakePackages& packages) {
    EXPECT_TRUE(packages.all().at(added->pkgid) == content);
  });
  EXPECT_GT(seen.size(), 5u) << "in pieces";
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

TEST_F(PackageCalls, RefusedAndLostUploadsAreSentAgainFromTheStartUnderOneKey) {
  server.fail_next({.status = 503});
  server.fail_next({.lose_answer = true});
  auto added = client.add_package(file.string());
  ASSERT_TRUE(added) << added.error().detail;
  EXPECT_TRUE(added->replayed);
  auto seen = server.seen();
  ASSERT_EQ(seen.size(), 3u);
  for (const auto& request : seen) {
    EXPECT_EQ(request.key, seen[0].key);
    EXPECT_TRUE(request.body == content);
  }
  server.with_packages([](test::FakePackages& packages) { EXPECT_EQ(packages.all().size(), 1u); });
}

TEST_F(PackageCalls, UploadGoesOnAtAnotherEndpoint) {
  test::FakeServer other;
  other.fail_always({.status = 503});
  auto added = client_for({other.endpoint(), server.endpoint()}).add_package(file.string());
  ASSERT_TRUE(added) << added.error().detail;
  EXPECT_EQ(other.seen()[0].key, server.seen()[0].key);
}

TEST_F(PackageCalls, LostForGoodIsUnknownWithItsKey) {
  server.fail_always({.lose_answer = true});
  auto added = client.add_package(file.string());
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, ErrorKind::unknown);
  EXPECT_EQ(added.error().idempotency_key, server.seen()[0].key);
}

TEST_F(PackageCalls, WrongDigestOfOnesOwnIsRefused) {
  auto added = client.add_package(file.string(), {.sha256 = std::string(64, 'a')});
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, "digest_mismatch");
  EXPECT_EQ(added.error().kind, ErrorKind::bad_request);
}

TEST_F(PackageCalls, BadArchiveSaysWhichRule) {
  make_trouble([&](auto& trouble) { trouble.refused_rule = "top_directory"; });
  auto added = client.add_package(file.string());
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, "bad_archive");
  EXPECT_EQ(added.error().rule, "top_directory");
}

TEST_F(PackageCalls, FileThatIsNoneIsALocalError) {
  for (const std::string& name : {(directory / "none").string(), directory.string()}) {
    auto added = client.add_package(name);
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().kind, ErrorKind::local);
  }
  EXPECT_TRUE(server.seen().empty());
}

TEST_F(PackageCalls, WatcherStopsAnUpload) {
  AddPackageOptions options;
  options.watcher = [](std::uint64_t bytes, std::uint64_t) { return bytes < 1'000'000; };
  auto added = client.add_package(file.string(), options);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, ErrorKind::local);
  EXPECT_EQ(added.error().certainty, Certainty::definite);
}

TEST_F(PackageCalls, RefusalBeforeTheUploadIsReadIsUnderstood) {
  // It answers and closes at once: more than any buffer holds is still to come.
  std::ofstream(file, std::ios::binary) << std::string(64 << 20, 'x');
  sim::TestListener listener;
  std::thread refuser([&] {
    sim::TestSocket socket = listener.accept();
    listener.close();  // nobody answers a second try
    socket.receive(1);
    socket.send(
        "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 34\r\nConnection: close\r\n\r\n"
        R"({"code":"too_large","detail":"no"})");
  });
  auto added = client_for({{"127.0.0.1", listener.port()}}).add_package(file.string());
  refuser.join();
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().status, 413) << added.error().detail;
  EXPECT_EQ(added.error().code, "too_large");
  EXPECT_EQ(added.error().certainty, Certainty::definite);
}

TEST_F(PackageCalls, DownloadIsVerifiedAndRenamed) {
  const std::string pkgid = stored();
  std::uint64_t last = 0;
  GetPackageOptions options;
  options.watcher = [&](std::uint64_t bytes, std::uint64_t total) {
    EXPECT_EQ(total, content.size());
    last = bytes;
    return true;
  };
  auto got = client.get_package(pkgid, target().string(), options);
  ASSERT_TRUE(got) << got.error().detail;
  EXPECT_EQ(got->bytes, content.size());
  EXPECT_EQ(last, content.size());
  EXPECT_EQ(got->sha256, digest_of(content));
  EXPECT_TRUE(read_all(target()) == content);
  EXPECT_FALSE(std::filesystem::exists(part(pkgid)));
}

TEST_F(PackageCalls, BrokenDownloadGoesOnWhereItWas) {
  const std::string pkgid = stored();
  make_trouble([&](auto& trouble) { trouble.break_after = 700'000; });
  make_trouble([&](auto& trouble) { trouble.breaks = 3; });
  auto got = client.get_package(pkgid, target().string());
  ASSERT_TRUE(got) << got.error().detail;
  EXPECT_TRUE(read_all(target()) == content);
  EXPECT_EQ(ranges(),
            (std::vector<std::string>{"", "bytes=700000-", "bytes=1400000-", "bytes=2100000-"}));
  server.with_packages([&](test::FakePackages& packages) {
    EXPECT_EQ(packages.if_ranges.back(), '"' + digest_of(content) + '"');
  });
}

TEST_F(PackageCalls, BrokenDownloadGoesOnAtAnotherEndpoint) {
  test::FakeServer other;
  const std::string pkgid = stored();
  other.with_packages([&](test::FakePackages& packages) {
    packages.add(content);
    packages.trouble.break_after = 1'000'000;
    packages.trouble.breaks = 1;
  });
  auto got =
      client_for({other.endpoint(), server.endpoint()}).get_package(pkgid, target().string());
  ASSERT_TRUE(got) << got.error().detail;
  EXPECT_TRUE(read_all(target()) == content);
  EXPECT_EQ(ranges(), std::vector<std::string>{"bytes=1000000-"});
}

TEST_F(PackageCalls, SinkGetsEachByteOnceFromAServerWithoutRanges) {
  const std::string pkgid = stored();
  make_trouble([&](auto& trouble) { trouble.break_after = 1'000'000; });
  make_trouble([&](auto& trouble) { trouble.breaks = 1; });
  make_trouble([&](auto& trouble) { trouble.ignore_ranges = true; });
  std::string came;
  const Sink sink = [&](std::string_view piece) {
    came += piece;
    return true;
  };
  auto got = client.get_package(pkgid, sink);
  ASSERT_TRUE(got) << got.error().detail;
  EXPECT_TRUE(came == content);
}

TEST_F(PackageCalls, WrongDigestLeavesNothing) {
  const std::string pkgid = stored();
  make_trouble([&](auto& trouble) { trouble.corrupt = true; });
  std::ofstream(target()) << "old";
  auto got = client.get_package(pkgid, target().string());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, "digest_mismatch");
  EXPECT_EQ(read_all(target()), "old");
  EXPECT_FALSE(std::filesystem::exists(part(pkgid)));
}

TEST_F(PackageCalls, AnswerWithoutADigestIsAProtocolError) {
  const std::string pkgid = stored();
  make_trouble([&](auto& trouble) { trouble.other_etag = "12"; });
  auto got = client.get_package(pkgid, target().string());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::protocol);
  EXPECT_FALSE(std::filesystem::exists(target()));
}

TEST_F(PackageCalls, UnfinishedDownloadIsFinishedByTheNextCall) {
  const std::string pkgid = stored();
  make_trouble([&](auto& trouble) { trouble.break_after = 1'000'000; });
  make_trouble([&](auto& trouble) { trouble.breaks = 1; });
  ClientOptions options;
  options.endpoints = {server.endpoint()};
  options.retry_time = Duration{0};
  auto got = Client(options).get_package(pkgid, target().string());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(std::filesystem::file_size(part(pkgid)), 1'000'000u);
  ASSERT_TRUE(client.get_package(pkgid, target().string()));
  EXPECT_TRUE(read_all(target()) == content);
  EXPECT_EQ(ranges().back(), "bytes=1000000-");
  EXPECT_FALSE(std::filesystem::exists(part(pkgid)));
}

TEST_F(PackageCalls, WhatIsNoPartOfItIsNotGoneOnWith) {
  const std::string pkgid = stored();
  for (std::size_t size : {std::size_t{5}, content.size(), content.size() + 5}) {
    std::ofstream(part(pkgid)) << std::string(size, '?');
    auto got = client.get_package(pkgid, target().string());
    ASSERT_TRUE(got) << got.error().detail;
    EXPECT_TRUE(read_all(target()) == content);
  }
}

TEST_F(PackageCalls, TwoDownloadsIntoOneFileExcludeEachOther) {
  const std::string pkgid = stored();
  GetPackageOptions options;
  options.watcher = [&](std::uint64_t, std::uint64_t) {
    auto second = client_for({server.endpoint()}).get_package(pkgid, target().string());
    EXPECT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::local);
    return false;
  };
  EXPECT_FALSE(client.get_package(pkgid, target().string(), options));
  ASSERT_TRUE(client.get_package(pkgid, target().string()));
  EXPECT_TRUE(read_all(target()) == content);
}

TEST_F(PackageCalls, UnknownOneIsNotFoundAndLeavesNothing) {
  auto got = client.get_package("none", target().string(), {.need = {"a", "b c"}});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::not_found);
  EXPECT_EQ(server.seen().back().target, "/api/get_pkg/none?need=a%2Cb%20c");
  EXPECT_FALSE(std::filesystem::exists(part("none")));
}

TEST_F(PackageCalls, ListMetaRemoveAndUsageAreRead) {
  const std::string first = stored();
  const std::string second = stored();
  auto page = client.list_packages(1);
  ASSERT_TRUE(page);
  ASSERT_EQ(page->packages.size(), 1u);
  EXPECT_EQ(page->packages[0].pkgid, first);
  EXPECT_EQ(page->packages[0].bytes, content.size());
  EXPECT_EQ(page->packages[0].sha256, digest_of(content));
  EXPECT_EQ(page->packages[0].holders, (std::vector<std::string>{"a", "b"}));
  page = client.list_packages(10, page->next);
  EXPECT_EQ(page->packages.at(0).pkgid, second);
  EXPECT_EQ(page->next, "");
  EXPECT_NE(client.package_meta(first)->find("kept"), std::string::npos);
  EXPECT_EQ(client.package_usage()->packages, 2);
  EXPECT_EQ(client.package_usage()->quota_bytes, 1 << 20);
  EXPECT_EQ(client.package_usage()->quota_packages, std::nullopt);
  EXPECT_TRUE(*client.remove_package(first));
  EXPECT_FALSE(*client.remove_package(first));
  EXPECT_EQ(client.package_meta(first).error().kind, ErrorKind::not_found);
}

TEST_F(PackageCalls, RepairIsReadAndNotRepeatedBlindly) {
  const std::string report = R"({"checked":9,"missing":2,"copied":1,"failed":1,"seconds":0.5})";
  server.fail_next({.status = 200, .raw_body = report});
  auto repaired = client.repair();
  ASSERT_TRUE(repaired);
  EXPECT_EQ(repaired->checked, 9);
  EXPECT_EQ(repaired->missing, 2);
  EXPECT_EQ(repaired->failed, 1);
  EXPECT_EQ(repaired->seconds, 0.5);
  server.fail_next({.lose_answer = true});
  repaired = client.repair();
  ASSERT_FALSE(repaired);
  EXPECT_EQ(repaired.error().kind, ErrorKind::unknown);
  EXPECT_EQ(server.seen().size(), 2u);
}

TEST(ContentDigest, IsSha256) {
  ContentDigest digest;
  digest.add("a");
  EXPECT_EQ(digest.hex(), "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb");
  digest.add("bc");
  EXPECT_EQ(digest.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace dcount::client
