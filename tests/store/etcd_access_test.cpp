// etcd that asks who is there: users with passwords, and TLS with certificates.
#include <absl/strings/escaping.h>

#include <stdexcept>

#include "sim/process.h"
#include "tests/store/etcd_fixture.h"

namespace dcount::store {
namespace {

using Status = CommitResult::Status;

/// An etcd that knows a root and the user "dcount", whose keys are those of one prefix.
class EtcdWithUsers : public testing::Test {
 protected:
  void SetUp() override {
    const auto tell = [&](const std::string& path, const std::string& body) {
      ask(etcd->member(0), "/v3/auth/" + path, body);
    };
    const std::string begin = absl::Base64Escape(prefix);
    const std::string end = absl::Base64Escape(etcd::end_of_prefix(prefix));
    tell("user/add", R"({"name":"root","password":"secret"})");
    tell("role/add", R"({"name":"root"})");
    tell("user/grant", R"({"user":"root","role":"root"})");
    tell("user/add", R"({"name":"dcount","password":"pass \"word\""})");
    tell("role/add", R"({"name":"counting"})");
    tell("role/grant", R"({"name":"counting","perm":{"permType":"READWRITE","key":")" + begin +
                           R"(","range_end":")" + end + "\"}}");
    tell("user/grant", R"({"user":"dcount","role":"counting"})");
    tell("enable", "{}");
  }
  etcd::Access access(const std::string& user, const std::string& password,
                      const std::string& to_prefix) {
    etcd::Access access = access_to(*etcd, to_prefix);
    access.user = user;
    access.password = password;
    return access;
  }
  std::string why_not_claimed(const etcd::Access& access) {
    EtcdOptions options = options_for(access, "a");
    options.claim_time = std::chrono::milliseconds(500);
    const auto claimed = make_etcd_store(options)->claim();
    return claimed ? "claimed" : claimed.error().message;
  }

  OwnEtcd etcd{{}};
  const std::string prefix = new_prefix();
};

TEST_F(EtcdWithUsers, TakesTheUserWithTheRightPassword) {
  EtcdRig rig(access("dcount", "pass \"word\"", prefix));
  Writer writer(rig);
  Log log;
  writer.store().watch(revision_of(writer), &log);
  writer.store().announce("here");
  EXPECT_TRUE(eventually([&] { return writer.contents().contains("alive/a"); }));
  const auto result = writer.put("k", "v");
  ASSERT_EQ(result.status, Status::committed) << result.error;
  EXPECT_TRUE(log.wait_for(result.revision));
  writer.store().watch(0, nullptr);
  EXPECT_EQ(writer.contents().at("k").first, "v");
}

TEST_F(EtcdWithUsers, SaysClearlyWhatIsWrong) {
  EXPECT_NE(why_not_claimed(access("dcount", "wrong", prefix)).find("invalid user ID or password"),
            std::string::npos)
      << why_not_claimed(access("dcount", "wrong", prefix));
  EXPECT_NE(why_not_claimed(access("nobody", "wrong", prefix)).find("invalid user ID or password"),
            std::string::npos);
  EXPECT_NE(why_not_claimed(access("", "", prefix)).find("user name is empty"), std::string::npos);
  EXPECT_NE(why_not_claimed(access("dcount", "pass \"word\"", "foreign/")).find("denied"),
            std::string::npos);
}

TEST_F(EtcdWithUsers, RenewsTokensThatDiedWithTheProcessThatGaveThem) {
  EtcdRig rig(access("dcount", "pass \"word\"", prefix));
  Writer writer(rig);
  Log log;
  writer.store().watch(revision_of(writer), &log);
  EXPECT_TRUE(log.wait_for(writer.put("k", "before").revision));
  etcd->kill(0);
  ASSERT_TRUE(etcd->start());
  CommitResult after;
  ASSERT_TRUE(eventually([&] {
    const Batch batch = writer.next({group({{"k", "after"}})});
    after = writer.commit(batch);
    if (after.status == Status::unknown) after = settle_for_good(writer, batch);
    return after.status == Status::committed;
  })) << after.error;
  EXPECT_TRUE(log.wait_for(after.revision)) << writer.store().trouble();
  writer.store().watch(0, nullptr);
  EXPECT_EQ(log.entries().back(), (Entry{"k", "after", after.revision}));
}

/// A certificate authority, and what it has signed: the openssl command line's work.
class Authority {
 public:
  Authority(std::filesystem::path directory, const std::string& name)
      : directory_(std::move(directory)), name_(name) {
    openssl({"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=" + name,
             "-keyout", file(name + ".key"), "-out", certificate()});
  }

  std::string certificate() const { return file(name_ + ".crt"); }
  std::string file(const std::string& name) const { return (directory_ / name).string(); }

  /// Makes NAME.crt and NAME.key, for 127.0.0.1, for servers and clients alike.
  void sign(const std::string& name) const {
    openssl({"req",
             "-x509",
             "-newkey",
             "rsa:2048",
             "-nodes",
             "-days",
             "2",
             "-subj",
             "/CN=" + name,
             "-CA",
             certificate(),
             "-CAkey",
             file(name_ + ".key"),
             "-addext",
             "subjectAltName=IP:127.0.0.1",
             "-addext",
             "extendedKeyUsage=serverAuth,clientAuth",
             "-addext",
             "basicConstraints=critical,CA:FALSE",
             "-keyout",
             file(name + ".key"),
             "-out",
             file(name + ".crt")});
  }

 private:
  void openssl(const std::vector<std::string>& arguments) const {
    const auto log = file("openssl.log");
    auto process = sim::Process::start({.program = "openssl", .arguments = arguments, .log = log});
    if (!process) throw std::runtime_error(process.error().message);
    const auto ended = process->wait(std::chrono::seconds(60));
    if (!ended || ended->by_signal || ended->number != 0) {
      throw std::runtime_error("openssl: " + sim::end_of_log(log));
    }
  }

  const std::filesystem::path directory_;
  const std::string name_;
};

/// An etcd that speaks TLS only, and only to those with a certificate.
class EtcdWithTls : public testing::Test {
 protected:
  void SetUp() override {
    ours.sign("member");
    ours.sign("client");
    theirs.sign("stranger");
    etcd =
        std::make_unique<OwnEtcd>(sim::EtcdOptions{.tls = {.certificate = ours.file("member.crt"),
                                                           .key = ours.file("member.key"),
                                                           .authority = ours.certificate()},
                                                   .more_flags = {"--client-cert-auth"}});
  }
  etcd::Access access(const Authority& trusted, const std::string& client) {
    etcd::Access access = access_to(**etcd, new_prefix());
    access.address.tls = true;
    access.ca_file = trusted.certificate();
    if (!client.empty()) {
      access.certificate_file = ours.file(client + ".crt");
      access.key_file = ours.file(client + ".key");
    }
    return access;
  }
  Result<Mark> claim(const etcd::Access& access) {
    EtcdOptions options = options_for(access, "a");
    options.claim_time = std::chrono::milliseconds(500);
    return make_etcd_store(options)->claim();
  }

  const TemporaryDirectory directory;
  const Authority ours{directory.path(), "ours"};
  const Authority theirs{directory.path(), "theirs"};
  std::unique_ptr<OwnEtcd> etcd;
};

TEST_F(EtcdWithTls, TakesWhoTrustsItAndIsTrusted) {
  EtcdRig rig(access(ours, "client"));
  Writer writer(rig);
  Log log;
  writer.store().watch(revision_of(writer), &log);
  const auto result = writer.put("k", "v");
  ASSERT_EQ(result.status, Status::committed) << result.error;
  EXPECT_TRUE(log.wait_for(result.revision));
  writer.store().watch(0, nullptr);
  EXPECT_EQ(writer.contents(), (Contents{{"k", {"v", result.revision}}}));
}

TEST_F(EtcdWithTls, IsRefusedByWhoTrustsAnotherAuthority) {
  const auto refused = claim(access(theirs, "client"));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("SSL"), std::string::npos) << refused.error().message;
}

TEST_F(EtcdWithTls, RefusesWhoHasNoCertificateOrAnothersAndWhoSpeaksPlainly) {
  EXPECT_FALSE(claim(access(ours, "")));
  EXPECT_FALSE(claim(access(ours, "stranger")));
  etcd::Access plain = access(ours, "client");
  plain.address.tls = false;
  EXPECT_FALSE(claim(plain));
}

}  // namespace
}  // namespace dcount::store
