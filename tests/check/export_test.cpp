// What is exported, and that what goes out in Jepsen's form comes in again.
#include "sim/check/export.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/check/history_reader.h"
#include "tests/check/made_history.h"
#include "tests/check/made_packages.h"
#include "tests/check/random_history.h"

namespace dcount::check {
namespace {

std::string exported(const History& history, ExportFormat format) {
  std::ostringstream output;
  export_history(history, format, output);
  return output.str();
}

TEST(Export, ToPorcupineIsAnOperationPerLine) {
  Made made;
  made.add(3, 5, 12, 9);
  made.ask(4, Function::add, 1);
  made.builder().complete(made.ask(5, Function::add, 1), Outcome::fail);
  std::istringstream lines(exported(made.builder().history(), ExportFormat::porcupine));
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(line, R"({"ClientId":3,"Input":{"f":"add","key":"c/a","value":5},"Call":0,)"
                  R"("Output":{"value":12,"version":9},"Return":1})");
  ASSERT_TRUE(std::getline(lines, line));
  auto unknown = nlohmann::json::parse(line);
  EXPECT_TRUE(unknown["Output"]["unknown"].get<bool>());
  EXPECT_EQ(unknown["Return"], 5);
  EXPECT_FALSE(std::getline(lines, line)) << "what failed did nothing";
}

TEST(Export, ToElleIsATransactionPerOperation) {
  Made made;
  made.add(3, 5, 12);
  made.read(4, 12);
  made.ask(3, Function::add, 1);
  EXPECT_EQ(exported(made.builder().history(), ExportFormat::elle),
            "{:index 0, :process 3, :type :invoke, :f :txn, :value [[:r \"c/a\" nil] [:w \"c/a\" "
            "nil]]}\n"
            "{:index 1, :process 3, :type :ok, :f :txn, :value [[:r \"c/a\" 7] [:w \"c/a\" 12]]}\n"
            "{:index 2, :process 4, :type :invoke, :f :txn, :value [[:r \"c/a\" nil]]}\n"
            "{:index 3, :process 4, :type :ok, :f :txn, :value [[:r \"c/a\" 12]]}\n"
            "{:index 4, :process 3, :type :invoke, :f :txn, :value [[:r \"c/a\" nil] [:w \"c/a\" "
            "nil]]}\n"
            "{:index 5, :process 3, :type :info, :f :txn, :value [[:r \"c/a\" nil] [:w \"c/a\" "
            "nil]]}\n");
}

/// Read again it is the same: out once more it gives the same text.
void expect_round_trip(const History& history) {
  std::string once = exported(history, ExportFormat::jepsen);
  std::istringstream input(once);
  ReadResult again = read_history(input);
  ASSERT_TRUE(again) << again.error().text() << "\n" << once;
  ASSERT_EQ(again->operations.size(), history.operations.size());
  EXPECT_EQ(exported(*again, ExportFormat::jepsen), once);
}

TEST(Export, InJepsensFormIsReadAgain) {
  Random random(seed_of("export"));
  CounterMix counters;
  counters.functions = {Function::add,   Function::add,    Function::read,
                        Function::reset, Function::remove, Function::create};
  counters.deltas = {1, 2, -1};
  counters.keys = 2;
  counters.batches = 0.3;
  counters.creates = 0.2;
  counters.versions = true;
  counters.facts.initial = 100;  // so that no answer only repeats what was asked for
  counters.facts.max = 103;
  DrawMix draws{.facts = {.kind = KeyFacts::Kind::sequence, .min = 1}};
  draws.facts.mode = KeyFacts::Mode::gapless;
  for (int i = 0; i < 500; ++i) {
    counters.facts.saturates = i % 2 == 0;
    expect_round_trip(make_counters(random, counters));
    expect_round_trip(make_draws(random, draws));
    expect_round_trip(make_items(random, {}));
    if (HasFailure()) return;
  }
}

TEST(Export, LeavesPackagesOutAndTellsHowMany) {
  MadePackages made;
  made.add("p1", "d1");
  made.get("p1", "d1");
  const std::uint32_t key = made.builder().key("c/a");
  made.builder().complete(made.builder().invoke(3, {.key = key, .function = Function::read}),
                          Outcome::ok, {.result = 7});
  const History& history = made.builder().history();
  EXPECT_EQ(packages_left_out(history), 2u);
  for (auto format : {ExportFormat::porcupine, ExportFormat::elle, ExportFormat::jepsen}) {
    const std::string text = exported(history, format);
    EXPECT_NE(text.find("c/a"), std::string::npos) << text;
    EXPECT_EQ(text.find("package"), std::string::npos) << text;
  }
}

TEST(Export, KnowsItsFormats) {
  EXPECT_EQ(export_format("elle"), ExportFormat::elle);
  EXPECT_EQ(export_format("porcupine"), ExportFormat::porcupine);
  EXPECT_EQ(export_format("jepsen"), ExportFormat::jepsen);
  EXPECT_FALSE(export_format("knossos"));
}

}  // namespace
}  // namespace dcount::check
