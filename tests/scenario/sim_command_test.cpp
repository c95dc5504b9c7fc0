// `dcount sim run`: what it prints, writes, answers with.
#include <signal.h>

#include <set>

#include "tests/scenario/sim_place.h"
#include "tests/sim/poll.h"

namespace dcount::test {
namespace {

using sim::content_of;
using sim::eventually;

constexpr const char* tiny = R"({
  "cluster": {"engine": "embedded"}, "duration_s": 0.4,
  "workloads": [{"kind": "counters", "rate": 200}],
  "faults": [{"kind": "kill", "at_s": 0.1, "for_s": 0.05}]
})";

// Every reset loses an answer, and every retry counts again.
constexpr const char* doubling = R"({
  "cluster": {"engine": "embedded"}, "duration_s": 0.7,
  "workloads": [{"kind": "counters", "clients": 12, "deltas": "one", "returned": true, "keys": 1,
                 "rate": 800, "answer_s": 0.3, "retry_s": 10, "reads": 0.1}],
  "faults": [{"kind": "reset", "target": "clients", "to": "server", "every_s": 0.02,
              "every_max_s": 0.04, "for_s": 0}]
})";

TEST_F(SimCommand, ARunBeginsWithItsSeedAndAllThatWasDrawn) {
  place.write("tiny.json", tiny);
  const auto ran = sim({"run", "tiny.json", "--seed", "7"});
  ASSERT_EQ(ran.status, 0) << ran.out << ran.err;
  const auto said = lines(ran.out);
  ASSERT_GE(said.size(), 4u);
  EXPECT_EQ(said[0], "tiny, seed 7, 0.4 s, cluster {\"engine\":\"embedded\",\"servers\":1}");
  for (const char* drawn : {"clients", "reach", "answer_s", "retry_s", "keyed", "keys", "deltas"}) {
    EXPECT_NE(said[1].find('"' + std::string(drawn) + '"'), std::string::npos) << said[1];
  }
  EXPECT_EQ(said[2],
            "  fault {\"kind\":\"kill\",\"target\":\"server:1\",\"at_s\":0.1,\"for_s\":0.05}");
  EXPECT_EQ(said[3].find("tiny: valid"), 0u) << said[3];
  for (const char* file : {"scenario.json", "history.jsonl", "verdict.json", "junit.xml",
                           "report.html", "logs/node-1.log"}) {
    EXPECT_TRUE(std::filesystem::exists(latest() / file)) << file;
  }
  EXPECT_FALSE(std::filesystem::exists(latest() / "cluster")) << "data that nobody needs any more";
}

TEST_F(SimCommand, TheSameSeedDrawsTheSameAndTheSavedScenarioIsTheSameAgain) {
  place.write("tiny.json", tiny);
  ASSERT_EQ(sim({"run", "tiny.json", "--seed", "7"}).status, 0);
  const auto first = read_json(latest() / "scenario.json");
  const auto saved = std::filesystem::canonical(latest() / "scenario.json").string();
  ASSERT_EQ(sim({"run", "tiny.json", "--seed", "7"}).status, 0);
  EXPECT_EQ(read_json(latest() / "scenario.json"), first);
  ASSERT_EQ(sim({"run", saved}).status, 0);
  EXPECT_EQ(read_json(latest() / "scenario.json"), first);
  EXPECT_EQ(first["seed"], 7);
}

TEST_F(SimCommand, WhatIsDrawnRarelyIsAskedForAgainWhenAllIsHealed) {
  place.write("rare.json", R"({
    "cluster": {"engine": "embedded"}, "duration_s": 0.4,
    "workloads": [{"kind": "counters", "rate": 200, "deltas": "mixed",
                   "resets": 1e-9, "batches": 1e-9}],
    "faults": [{"kind": "kill", "at_s": 0.1, "for_s": 0.05}]
  })");
  const auto ran = sim({"run", "rare.json"});
  ASSERT_EQ(ran.status, 0) << ran.out << ran.err;
  std::set<std::string> answered;
  for (const std::string& line : lines(content_of(latest() / "history.jsonl"))) {
    const auto event = nlohmann::json::parse(line);
    if (event.value("type", "") == "ok") answered.insert(event.value("f", ""));
  }
  EXPECT_EQ(answered.count("reset"), 1u);
  EXPECT_EQ(answered.count("batch"), 1u);
}

TEST_F(SimCommand, SeveralRunsOfASeedHaveSeedsOfTheirOwn) {
  place.write("tiny.json", tiny);
  const auto ran = sim({"run", "tiny.json", "--seed", "7", "--runs", "2", "--json"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  const auto documents = lines(ran.out);
  ASSERT_EQ(documents.size(), 2u) << ran.out;
  EXPECT_EQ(nlohmann::json::parse(documents[0])["seed"], 7);
  EXPECT_EQ(nlohmann::json::parse(documents[1])["seed"], 8);
}

TEST_F(SimCommand, AsJsonARunIsOneDocument) {
  place.write("tiny.json", tiny);
  const auto ran = sim({"run", "tiny.json", "--json"});
  const auto document = nlohmann::json::parse(ran.out, nullptr, false);
  ASSERT_TRUE(document.is_object()) << ran.out;
  EXPECT_EQ(document["verdict"], "valid");
  EXPECT_EQ(document["faults"], 1);
  EXPECT_TRUE(std::filesystem::exists(place.path() / document["directory"].get<std::string>()));
  EXPECT_EQ(ran.err, "");
}

TEST_F(SimCommand, AViolationEndsWithItsWitnessAndTheLineThatRepeatsIt) {
  place.write("doubling.json", doubling);
  const auto ran = sim({"run", "doubling.json", "--plant", "double-apply"});
  ASSERT_EQ(ran.status, 1) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("invalid (increments of cnt1/k1): "), std::string::npos) << ran.out;
  const std::string line = last_line(ran.out);
  EXPECT_EQ(line.find("dcount sim run doubling.json --seed "), 0u) << line;
  EXPECT_NE(line.find(" --plant double-apply"), std::string::npos) << line;
  EXPECT_TRUE(fails_again(line)) << line;
  EXPECT_EQ(sim({"show"}).status, 1);
}

TEST_F(SimCommand, WithoutTheBugTheSameIsValid) {
  place.write("doubling.json", doubling);
  const auto ran = sim({"run", "doubling.json"});
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
}

// A server that is asked for nothing but reads never meets its full disk.
TEST_F(SimCommand, AFaultWithoutEffectIsNoEvidence) {
  place.write("read.json", R"({
    "cluster": {"engine": "embedded"}, "duration_s": 0.4,
    "workloads": [{"kind": "counters", "deltas": "one", "reads": 1, "rate": 100}],
    "faults": [{"kind": "disk-full", "at_s": 0.1, "for_s": 0.1}]})");
  const auto ran = sim({"run", "read.json"});
  EXPECT_EQ(ran.status, 2) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("disk-full of node-1, was never confirmed: node-1 goes on"),
            std::string::npos)
      << ran.out;
}

TEST_F(SimCommand, WithoutLoadThereIsNoEvidence) {
  place.write("one.json", R"({
    "cluster": {"engine": "embedded"}, "duration_s": 5,
    "workloads": [{"kind": "counters", "clients": 1, "operations": 1}],
    "faults": [{"kind": "kill", "at_s": 4}]})");
  const auto ran = sim({"run", "one.json"});
  EXPECT_EQ(ran.status, 2) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("there was no fault"), std::string::npos) << ran.out;
}

// After 5 numbers none is left: every node says so, and has so shown all there is.
TEST_F(SimCommand, AnExhaustedSequenceIsAnAnswer) {
  place.write("last.json", R"({
    "cluster": {"engine": "embedded"}, "duration_s": 0.3, "limits": {"final_s": 2},
    "workloads": [{"kind": "sequence", "mode": "gapless", "last": 5, "rate": 100}]})");
  const auto ran = sim({"run", "last.json"});
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
}

// Also one that a fault has ended before, and the run has started again since.
TEST_F(SimCommand, AServerThatEndsByItselfIsAViolation) {
  place.write("crash.json", R"({
    "cluster": {"engine": "embedded"}, "duration_s": 20,
    "workloads": [{"kind": "counters", "rate": 100}],
    "faults": [{"kind": "kill", "at_s": 0.1, "for_s": 0.05}]})");
  Running run(place, {"sim", "run", "crash.json", "--root", runs().string()});
  const auto children = [&] {  // without the harness itself
    auto found = processes();
    std::erase(found, run.pid());
    return found;
  };
  ASSERT_TRUE(eventually([&] {
    const std::string journal = content_of(latest() / "history.jsonl");
    return journal.find("\"phase\":\"end\"") != std::string::npos && children().size() == 1;
  }));
  const pid_t server = children().at(0);
  ::kill(server, SIGKILL);
  ASSERT_TRUE(eventually([&] { return sim::gone(server); }));
  run.signal(SIGINT);  // it has seen enough
  const auto ran = run.wait();
  EXPECT_EQ(ran.status, 1) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("node-1 has ended by itself: killed by signal 9"), std::string::npos)
      << ran.out;
}

TEST_F(SimCommand, WhatCannotBeSetUpIsNoVerdict) {
  place.write("tiny.json", tiny);
  place.write("typo.json", R"({"workloads": [{"kind": "counters", "client": 3}]})");
  place.write("nobody.json", R"({"workloads": [{"kind": "items"}],
                                 "faults": [{"kind": "kill", "target": "server:2"}]})");
  place.write("etcd.json", R"({"cluster": {"engine": "etcd"}, "workloads": [{"kind": "items"}]})");
  const auto told = [&](const Words& words, const std::string& why, const RunOptions& how = {}) {
    const auto ran = sim(words, how);
    EXPECT_EQ(ran.status, 3) << ran.out;
    EXPECT_NE(ran.err.find(why), std::string::npos) << ran.err;
  };
  told({"run", "nowhere.json"}, "cannot read nowhere.json");
  told({"run", "typo.json"},
       "typo.json: workloads[0].client is not known; did you mean 'clients'?");
  told({"run", "nobody.json"}, "nobody.json: faults[0].target cannot be 'server:2'");
  told({"run", "tiny.json", "--dcount", "/nowhere"}, "/nowhere");
  told({"run", "tiny.json", "--plant", "no-such-bug"}, "no-such-bug");
  told({"run", "etcd.json"}, "the Debian package etcd-server has it",
       {.environment = {{"PATH", "/nowhere"}}});
  told({"run"}, "files");
  told({"show", "nothing"}, "no run is called 'nothing'");
}

TEST_F(SimCommand, ARunThatHadNoVerdictIsShownAsWhatItIs) {
  std::filesystem::create_directories(runs() / "some" / "20260101-000000-7");
  const auto shown = sim({"show"});
  EXPECT_EQ(shown.status, 2) << shown.err;
  EXPECT_NE(shown.out.find("ended before there was a verdict"), std::string::npos) << shown.out;
  EXPECT_NE(sim({"list"}).out.find("ended early"), std::string::npos);
}

TEST_F(SimCommand, RunsAreListedShownAndExported) {
  place.write("tiny.json", tiny);
  place.write("one.json", R"({"workloads": [{"kind": "counters", "operations": 1}],
                              "faults": [{"kind": "kill", "at_s": 3}]})");
  ASSERT_EQ(sim({"run", "one.json"}).status, 2);
  ASSERT_EQ(sim({"run", "tiny.json"}).status, 0);
  const auto all = lines(sim({"list"}).out);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].find("SCENARIO"), 0u);
  const auto valid = lines(sim({"list", "--verdict", "valid"}).out);
  ASSERT_EQ(valid.size(), 2u);
  EXPECT_EQ(valid[1].find("tiny"), 0u);
  EXPECT_EQ(sim({"show"}).out.find("tiny, "), 0u) << "the latest";
  EXPECT_EQ(sim({"show", "one"}).status, 2);
  EXPECT_EQ(nlohmann::json::parse(sim({"show", "--json"}).out)["verdict"], "valid");
  EXPECT_TRUE(std::filesystem::equivalent(runs() / "tiny" / "latest", latest()));
  const auto elle = sim({"export", "--format", "elle"});
  EXPECT_EQ(elle.out.find("{:"), 0u) << elle.out.substr(0, 200);
  const auto porcupine = sim({"export", "--format", "porcupine", "tiny"});
  EXPECT_EQ(porcupine.status, 0);
  EXPECT_NE(porcupine.out, "");
}

}  // namespace
}  // namespace dcount::test
