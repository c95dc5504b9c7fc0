// `dcount key` and keys on the command line, with the real binary against real servers.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "tests/support/run_dcount.h"

namespace dcount::test {
namespace {

using nlohmann::json;

class KeyCommand : public testing::Test {
 protected:
  /// With what the server has said at its end.
  Ran stop() {
    server_->signal(SIGTERM);
    Ran ran = server_->wait();
    server_.reset();
    return ran;
  }
  Ran run(const std::vector<std::string>& arguments, const std::string& key = "") {
    RunOptions options;
    options.environment["DCOUNT_RETRY_TIME"] = "0";
    options.environment["DCOUNT_SERVER"] = url_;
    if (!key.empty()) options.environment["DCOUNT_API_KEY"] = key;
    return place.run(arguments, options);
  }
  static std::string line_of(const Ran& ran) { return ran.out.substr(0, ran.out.find('\n')); }

  Workplace place;
  std::unique_ptr<Running> server_;
  std::string url_;
};

class ServedKeys : public KeyCommand {
 protected:
  void serve_at(const std::vector<std::string>& more) {
    std::vector<std::string> options{"server", "--listen", "127.0.0.1:0", "--data", "data"};
    options.insert(options.end(), more.begin(), more.end());
    server_ = std::make_unique<Running>(place, options);
    const std::string ready = "dcount is ready on ";
    ASSERT_TRUE(server_->wait_for_output(" (data in"));
    const std::string& out = server_->output();
    const auto at = out.find(ready) + ready.size();
    url_ = out.substr(at, out.find(' ', at) - at);
  }
};

bool is_key(const std::string& text) {
  return text.size() == 85 && text.starts_with("dck_") && text[20] == '_';
}

TEST_F(ServedKeys, TheFirstKeyIsMadeWithoutAServerAndPrintedAlone) {
  const Ran made = run({"key", "create", "first", "--admin", "--data", "data"});
  ASSERT_EQ(made.status, 0) << made.err;
  const std::string key = line_of(made);
  EXPECT_EQ(made.out, key + "\n");
  EXPECT_TRUE(is_key(key)) << key;
  EXPECT_EQ(made.err.find(key.substr(21)), std::string::npos);

  serve_at({"--require-key"});
  EXPECT_EQ(run({"counter", "list"}).status, 5);
  EXPECT_EQ(run({"counter", "list"}, key + "0").status, 5);
  EXPECT_EQ(run({"counter", "list"}, key).status, 0);
  place.write("key", key + "\n");
  EXPECT_EQ(run({"counter", "list", "--api-key-file", "key"}).status, 0);
  EXPECT_EQ(run({"node", "list"}, key).status, 0);
  EXPECT_EQ(run({"counter", "add", "c", "i", "--create"}, key).out, "1\n");

  const Ran again = run({"key", "create", "second", "--admin", "--data", "data"});
  EXPECT_EQ(again.status, 1);
  EXPECT_NE(again.err.find("in use"), std::string::npos) << again.err;
  const Ran said = stop();
  EXPECT_EQ((said.out + said.err).find(key.substr(21)), std::string::npos) << "no secret in a log";
}

TEST_F(ServedKeys, KeysAreMadeListedAndRevokedAtAServer) {
  serve_at({});
  const Ran made = run({"key", "create", "shop", "--scope", "read,write", "--prefix", "shop_",
                        "--prefix", "other_", "--rate", "600/min", "--quota-bytes", "5", "--json"});
  ASSERT_EQ(made.status, 0) << made.err;
  const json shown = json::parse(made.out);
  EXPECT_EQ(shown["name"], "shop");
  const std::string id = shown["id"];
  const std::string key = shown["key"];
  EXPECT_TRUE(is_key(key));

  EXPECT_EQ(run({"counter", "add", "shop_a", "i", "--create"}, key).status, 0);
  EXPECT_EQ(run({"counter", "add", "mine", "i", "--create"}, key).status, 5);
  EXPECT_EQ(run({"key", "list"}, key).status, 5);

  const Ran list = run({"key", "list"});
  EXPECT_NE(list.out.find(id), std::string::npos) << list.out;
  EXPECT_NE(list.out.find("shop_,other_"), std::string::npos) << list.out;
  EXPECT_EQ(json::parse(run({"key", "list", "--json"}).out)["rate_per_minute"], 600);

  EXPECT_EQ(run({"key", "revoke", id}).status, 0);
  EXPECT_EQ(run({"counter", "get", "shop_a", "i"}, key).status, 5);
  EXPECT_EQ(run({"key", "revoke", id}).status, 3);
  EXPECT_EQ(run({"key", "list", "--json"}).out, "");
}

TEST_F(ServedKeys, TailAndMirrorSendTheKey) {
  const std::string key = line_of(run({"key", "create", "first", "--admin", "--data", "data"}));
  serve_at({"--require-key"});
  ASSERT_EQ(run({"counter", "add", "c", "i", "--create"}, key).status, 0);
  place.write("key", key + "\n");
  const std::vector<std::string> tail{"tail", "c/", "--since", "0"};
  EXPECT_EQ(run(tail).status, 5);
  const Ran told = run(tail, key);
  EXPECT_EQ(told.status, 0) << told.err;
  EXPECT_NE(told.out.find(R"("id":"i")"), std::string::npos) << told.out;
  const std::vector<std::string> mirror{
      "mirror", url_ + "/lockstep/counters", "--into", "m.sqlite", "--table", "t", "--once"};
  EXPECT_EQ(run(mirror).status, 5);
  std::vector<std::string> with_file = mirror;
  with_file.insert(with_file.end(), {"--api-key-file", "key"});
  const Ran mirrored = run(with_file);
  EXPECT_EQ(mirrored.status, 0) << mirrored.err;
}

TEST_F(ServedKeys, ARateThatIsUsedUpIsExitCode6) {
  serve_at({});
  const std::string key =
      line_of(run({"key", "create", "slow", "--scope", "read", "--rate", "1/min"}));
  EXPECT_EQ(run({"counter", "list"}, key).status, 0);
  EXPECT_EQ(run({"counter", "list"}, key).status, 6);
}

TEST_F(KeyCommand, WhatMakesNoSenseIsAUsageError) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"create"},
                                             {"create", "k"},
                                             {"create", "k", "--scope", "all"},
                                             {"create", "k", "--admin", "--rate", "0/min"},
                                             {"create", "k", "--admin", "--rate", "5/h"},
                                             {"create", "k", "--admin", "--quota-bytes", "-1"},
                                             {"create", "k", "--admin", "--store", "rocks"},
                                             {"revoke"}}) {
    std::vector<std::string> line{"key"};
    line.insert(line.end(), words.begin(), words.end());
    EXPECT_EQ(place.run(line).status, 2) << words.back();
  }
}

class Access : public KeyCommand {
 protected:
  /// Refused before anything is served: exit code 2, and why.
  void expect_refused(std::vector<std::string> options, const std::string& why) {
    options.insert(options.begin(), {"server", "--data", "data"});
    const Ran ran = place.run(options);
    EXPECT_EQ(ran.status, 2) << options.back();
    EXPECT_NE(ran.err.find(why), std::string::npos) << ran.err;
  }
  void write_secret(const std::string& content, mode_t mode = 0600) {
    place.write("secret", content);
    ASSERT_EQ(::chmod((place.path() / "secret").c_str(), mode), 0);
  }
};

TEST_F(Access, BeyondThisMachineAServerNeedsKeysOrAWord) {
  expect_refused({"--listen", "0.0.0.0:0"}, "--require-key");
  expect_refused({"--listen", "127.0.0.1:0", "--internal-listen", "0.0.0.0:0"},
                 "--cluster-secret-file");
  expect_refused({"--listen", "0.0.0.0:0", "--require-key", "--internal-listen", "0.0.0.0:0"},
                 "--cluster-secret-file");
  Running server(place, {"server", "--data", "data", "--listen", "0.0.0.0:0", "--require-key"});
  EXPECT_TRUE(server.wait_for_output("dcount is ready"));
}

TEST_F(Access, AClusterSecretIsLongAndNobodyElsesToRead) {
  const std::vector<std::string> with{"--listen", "127.0.0.1:0", "--cluster-secret-file", "secret"};
  expect_refused(with, "No such file");
  write_secret("0123456789abcde\n");
  expect_refused(with, "16");
  write_secret("0123456789 abcdef\n");
  expect_refused(with, "visible");
  write_secret("0123456789abcdef\n", 0604);
  expect_refused(with, "chmod");
}

}  // namespace
}  // namespace dcount::test
