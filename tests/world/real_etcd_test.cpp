// The simulated etcd against a real one: random requests of the kinds that dcount sends, to both,
// from the first revision on; the answers are the same.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "server/store/etcd/messages.h"
#include "server/store/etcd/transport.h"
#include "sim/etcd_cluster.h"
#include "sim/world/simulated_etcd.h"
#include "tests/store/temporary_directory.h"
#include "tests/world/fresh_seed.h"

namespace dcount::world {
namespace {

namespace etcd = store::etcd;
using Json = nlohmann::json;

constexpr const char* prefix = "d/";
constexpr std::size_t operations_max = 128;

/// What both must have in common: not the headers' ids.
Json without_ids(Json json, bool top = true) {
  if (json.is_object()) {
    if (const auto header = json.find("header"); header != json.end()) {
      Json revision = top ? header->value("revision", "") : "";
      json.erase(header);
      if (top) json["revision"] = revision;
    }
    for (auto& [name, member] : json.items()) member = without_ids(member, false);
  } else if (json.is_array()) {
    for (Json& item : json) item = without_ids(item, false);
  }
  return json;
}

struct Answer {
  int status = 0;
  Json body;
};

Answer answer_of(int status, const std::string& body) {
  if (status != 200) return {status, etcd::error_message(body)};
  return {status, without_ids(Json::parse(body))};
}

class RealEtcd {
 public:
  RealEtcd()
      : cluster_({.directory = directory_.path() / "etcd",
                  .members = 1,
                  .max_txn_ops = static_cast<int>(operations_max)}) {
    const auto started = cluster_.start();
    if (!started) throw std::runtime_error(started.error().message);
    const auto address = etcd::parse_address("etcd://" + cluster_.member(0).address());
    connection_.emplace(etcd::Access{.address = *address}, std::chrono::seconds(10));
  }

  Answer ask(const char* path, const std::string& body) {
    const etcd::Reply reply = connection_->send({path, body});
    if (reply.kind != etcd::Reply::Kind::answered) throw std::runtime_error(reply.body);
    return answer_of(reply.status, reply.body);
  }

  /// What a watch tells, until it has told of `last` or says that it cannot.
  std::vector<Entry> watch(Revision from, Revision last, Revision& compacted) {
    std::vector<Entry> events;
    std::string bytes;
    connection_->stream({etcd::watch_path, etcd::watch_body(from, prefix)}, std::chrono::seconds(5),
                        [&](std::string_view piece) {
                          bytes += piece;
                          for (std::size_t end; (end = bytes.find('\n')) != std::string::npos;) {
                            const auto reply = etcd::parse_watch(bytes.substr(0, end), prefix);
                            bytes.erase(0, end + 1);
                            compacted = std::max(compacted, reply->compacted);
                            events.insert(events.end(), reply->events.begin(), reply->events.end());
                          }
                          const bool done = !events.empty() && events.back().revision >= last;
                          return !done && compacted == 0;
                        });
    return events;
  }

 private:
  const store::TemporaryDirectory directory_;
  sim::EtcdCluster cluster_;
  std::optional<etcd::Connection> connection_;
};

class ModelEtcd {
 public:
  Answer ask(const char* path, const std::string& body) {
    std::optional<GatewayReply> reply;
    etcd_.ask(0, path, body, [&](GatewayReply got) { reply = std::move(got); });
    while (!reply && time_.step(time_.now() + 10 * second)) {
    }
    return answer_of(reply->status, reply->body);
  }

  std::vector<Entry> watch(Revision from, Revision& compacted) {
    std::vector<Entry> events;
    const auto stream =
        etcd_.watch(0, etcd::watch_body(from, prefix),
                    {[&](std::string bytes) {
                       for (std::size_t end; (end = bytes.find('\n')) != std::string::npos;) {
                         const auto reply = etcd::parse_watch(bytes.substr(0, end), prefix);
                         bytes.erase(0, end + 1);
                         compacted = std::max(compacted, reply->compacted);
                         events.insert(events.end(), reply->events.begin(), reply->events.end());
                       }
                     },
                     [] {}});
    const Micros until = time_.now() + second;
    while (time_.step(until)) {
    }
    etcd_.close(stream);
    return events;
  }

  Revision revision() const { return etcd_.store().now().revision; }
  Revision compacted() const { return etcd_.store().now().compacted; }

 private:
  EventQueue time_;
  Trace trace_{false, time_};
  SimulatedEtcd etcd_{time_, Dice(time_, 1, 0),
                      EtcdShape{.members = 1, .operations_max = operations_max, .terse = false},
                      trace_};
};

/// Requests as dcount makes them, and some that it would be wrong to make.
class Asker {
 public:
  Asker(std::uint64_t seed, const ModelEtcd& model) : random_(seed), model_(model) {
    for (int i = 0; i < 6; ++i) keys_.push_back("k" + std::to_string(i));
    keys_.push_back("l");
    for (int i = 0; i < 5; ++i) values_.push_back(std::string(static_cast<std::size_t>(i), 'v'));
  }

  struct Asked {
    const char* path;
    std::string body;
  };
  Asked draw() {
    switch (random_.below(12)) {
      case 0:
        return {etcd::range_path, etcd::range_body(range(), prefix)};
      case 1:
        if (!random_.one_in(6)) return draw();
        return {"/v3/kv/compaction",
                "{\"revision\":\"" + std::to_string(random_revision()) + "\"}"};
      case 2:
        return {"/v3/kv/put", "{\"key\":\"" + base64(prefix + key()) + "\",\"value\":\"" +
                                  base64(values_[random_.place(values_.size())]) + "\"}"};
      case 3:
        return {"/v3/kv/deleterange",
                "{\"key\":\"" + base64(prefix + key()) + "\",\"range_end\":\"" +
                    (random_.one_in(2) ? base64(std::string(prefix) + "k4") : "") + "\"}"};
      default:
        return {etcd::txn_path, etcd::txn_body(txn(0), prefix)};
    }
  }

 private:
  static std::string base64(std::string_view bytes) {
    std::string text;
    append_base64(text, bytes);
    return text;
  }
  const std::string& key() { return keys_[random_.place(keys_.size())]; }
  Revision random_revision() { return random_.between(1, model_.revision() + 1); }

  etcd::Operation range() {
    etcd::Operation range = etcd::range_of(key());
    if (random_.one_in(2)) range.end = key();
    if (random_.one_in(5)) range.to_last = true;
    if (random_.one_in(3)) range.at = random_revision();
    if (random_.one_in(4)) range.newer_than = random_revision();
    if (random_.one_in(4)) range.limit = random_.between(1, 4);
    range.serializable = random_.one_in(3);
    return range;
  }

  etcd::Compare compare() {
    etcd::Compare compare;
    compare.of = static_cast<etcd::Compare::Of>(random_.below(4));
    compare.key = key();
    if (compare.of == etcd::Compare::Of::range) compare.end = key();
    compare.value = values_[random_.place(values_.size())];
    compare.revision = random_.one_in(4) ? 0 : random_revision();
    return compare;
  }

  etcd::Txn txn(int depth) {
    etcd::Txn txn;
    for (std::int64_t i = random_.below(3); i > 0; --i) txn.compare.push_back(compare());
    for (auto* branch : {&txn.success, &txn.failure}) {
      for (std::int64_t i = random_.below(4); i > 0; --i) branch->push_back(operation(depth));
    }
    return txn;
  }

  etcd::Operation operation(int depth) {
    switch (random_.below(depth < 2 ? 5 : 4)) {
      case 0:
        return range();
      case 1:
        return etcd::erase_of(key());
      case 4: {
        etcd::Operation nested;
        nested.kind = etcd::Operation::Kind::txn;
        nested.txn.push_back(txn(depth + 1));
        return nested;
      }
      default:
        // A lease that nobody has granted.
        return etcd::put_of(key(), values_[random_.place(values_.size())],
                            random_.one_in(25) ? 4711 : 0);
    }
  }

  Random random_;
  const ModelEtcd& model_;
  std::vector<std::string> keys_;
  std::vector<std::string> values_;
};

class AgainstRealEtcd : public testing::Test {
 protected:
  static void SetUpTestSuite() { std::signal(SIGPIPE, SIG_IGN); }

  /// The same events, whatever the messages they came in.
  void compare_watch(Revision from) {
    Revision real_compacted = 0, model_compacted = 0;
    const auto told = model.watch(from, model_compacted);
    const Revision last = told.empty() ? 0 : told.back().revision;
    if (told.empty() && model_compacted == 0) return;  // the real one would never end
    EXPECT_EQ(real.watch(from, last, real_compacted), told) << "from " << from;
    EXPECT_EQ(real_compacted, model_compacted) << "from " << from;
  }

  RealEtcd real;
  ModelEtcd model;
};

TEST_F(AgainstRealEtcd, EveryAnswerIsTheSame) {
  const std::uint64_t seed = fresh_seed();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  Asker asker(seed, model);
  int refused = 0;
  for (int i = 0; i < 1500; ++i) {
    const auto [path, body] = asker.draw();
    const Answer expected = real.ask(path, body);
    const Answer answer = model.ask(path, body);
    refused += expected.status == 200 ? 0 : 1;
    ASSERT_EQ(answer.status, expected.status) << path << " " << body << "\n" << expected.body;
    ASSERT_EQ(answer.body, expected.body) << "request " << i << ": " << path << " " << body;
  }
  EXPECT_GT(refused, 50);
  EXPECT_LT(refused, 1000);
  EXPECT_GT(model.revision(), 300);
  for (const Revision from : {model.compacted() - 1, model.compacted(), model.compacted() + 1,
                              model.revision() - 3, model.revision()}) {
    if (from > 0) compare_watch(from);
  }
}

}  // namespace
}  // namespace dcount::world
