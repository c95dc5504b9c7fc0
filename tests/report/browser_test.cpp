// The page as people see it. Each case starts a Chromium of its own, about two seconds.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "sim/report/report.h"
#include "tests/report/browser.h"
#include "tests/report/made_run.h"
#include "tests/sim/poll.h"
#include "tests/store/temporary_directory.h"

namespace dcount::report {
namespace {

class BrowserTest : public testing::Test {
 protected:
  ~BrowserTest() override {
    EXPECT_TRUE(sim::eventually([&] { return processes_of(place.path()) == 0; }))
        << "the browser has left processes behind";
  }

  MadeRun make(const MadeRunOptions& options) const { return make_run(place.path(), options); }
  OpenedPage open(const MadeRun& run) const {
    const auto files =
        write_report(place.path(), run.journal, run.facts, run.history, run.judgement);
    if (!files) return {.failure = files.error().message};
    return open_page(files->page, place.path());
  }
  static std::string said(const OpenedPage& page) {
    std::string all = page.failure + "\n";
    for (const auto& line : page.console) all += line + "\n";
    return all + page.dom.substr(0, 600);
  }

  store::TemporaryDirectory place;
};

TEST_F(BrowserTest, AViolationIsShownWithItsWitnessAndTheFaultsAroundIt) {
  const auto run = make({.lost_increment = true});
  const auto page = open(run);
  ASSERT_TRUE(page.sound()) << said(page);
  EXPECT_TRUE(page.shows("data-verdict=\"invalid\""));
  EXPECT_TRUE(page.shows("<title>invalid · kill-during-commit · dcount</title>"));
  const auto& witness = run.judgement.findings[0].witness;
  EXPECT_TRUE(page.shows(witness.text));
  EXPECT_EQ(page.count("class=\"story-op witness\""), witness.operations.size());
  for (const auto index : witness.operations) {
    EXPECT_TRUE(page.shows("witness\" data-invoked=\"" + std::to_string(index) + "\""));
  }
  EXPECT_GT(page.count("class=\"story-op\""), 0);
  for (const auto& fault : run.history.faults) {
    const std::string id = "fault=\"" + std::to_string(fault.id) + "\"";
    EXPECT_GE(page.count(" data-" + id), 4) << "bands in the plots over time";
    EXPECT_GE(page.count("data-lane-" + id), 1);
    EXPECT_EQ(page.count("data-row-" + id), 1);
  }
  for (const char* band :
       {"fault-band down", "fault-band pause", "fault-band network", "fault-band clock"}) {
    EXPECT_TRUE(page.shows(band)) << band;
  }
  EXPECT_GT(page.count("class=\"outlier\""), 0);
  EXPECT_EQ(page.count("data-process="), 12);
  EXPECT_TRUE(page.shows(run.facts.reproduce));
  EXPECT_TRUE(page.shows("7 of 10"));
}

TEST_F(BrowserTest, AFaultThatWasNotConfirmedIsShownAsMissingEvidence) {
  const auto page = open(make({.unconfirmed_fault = true}));
  ASSERT_TRUE(page.sound()) << said(page);
  EXPECT_TRUE(page.shows("data-verdict=\"unknown\""));
  EXPECT_TRUE(page.shows("the probe still got through"));
  EXPECT_TRUE(page.shows("class=\"unconfirmed\""));
  EXPECT_EQ(page.count("class=\"story-op"), 0);
  EXPECT_EQ(page.count("class=\"outlier\""), 0);
}

TEST_F(BrowserTest, TextFromOutsideIsShownAsText) {
  auto run = make({.operations = 2000, .lost_increment = true});
  const std::string evil = "</script><img src=x onerror='throw 1'><script>throw 2</script>";
  for (auto& key : run.history.keys) key += evil;
  for (auto& finding : run.judgement.findings) {
    finding.key += evil;
    finding.summary += evil;
    finding.witness.text += evil;
  }
  for (auto& fault : run.history.faults) fault.target = fault.evidence = fault.kind = evil;
  run.facts.scenario = run.facts.about = run.facts.scenario_text = run.facts.reproduce = evil;
  run.facts.processes.push_back({evil});
  run.facts.logs = {evil};
  const auto page = open(run);
  ASSERT_TRUE(page.sound()) << said(page);
  EXPECT_EQ(page.count("<img"), 0);
  EXPECT_GT(page.count("&lt;img"), 10);
}

TEST_F(BrowserTest, PointerAndKeysTellTheValuesOfEveryPlot) {
  const auto run = make({.lost_increment = true});
  const auto files = write_report(place.path(), run.journal, run.facts, run.history, run.judgement);
  ASSERT_TRUE(files) << files.error().message;
  std::ofstream(files->page, std::ios::app) << R"(<script>
    const told = (what) => document.body.setAttribute("data-told-" + what, hover.textContent);
    for (const [index, plot] of [...document.querySelectorAll("svg.plot[tabindex]")].entries()) {
      const box = plot.getBoundingClientRect();
      const at = { clientX: box.left + box.width * 0.2, clientY: box.top + box.height / 2 };
      plot.dispatchEvent(new PointerEvent("pointermove", at));
      told("pointer-" + index);
      for (const key of ["End", "ArrowLeft", "PageUp", "ArrowDown", "ArrowUp", "Home"]) {
        plot.dispatchEvent(new KeyboardEvent("keydown", { key }));
      }
      told("key-" + index);
    }
    for (const button of document.querySelectorAll(".choice button")) button.click();
    const picker = document.getElementById("counter");
    picker.selectedIndex = 1;
    picker.dispatchEvent(new Event("change"));
    dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
    document.body.setAttribute("data-hidden", hover.hidden);
  </script>)";
  const auto page = open_page(files->page, place.path());
  ASSERT_TRUE(page.sound()) << said(page);
  for (const char* plot : {"0", "1", "2", "3", "4"}) {
    EXPECT_TRUE(page.shows("data-told-pointer-" + std::string(plot) + "=\"")) << plot;
    EXPECT_TRUE(page.shows("data-told-key-" + std::string(plot) + "=\"0 s")) << plot;
  }
  EXPECT_TRUE(page.shows("kill node-2")) << "the fault under the pointer";
  EXPECT_TRUE(page.shows("data-hidden=\"true\""));
}

TEST_F(BrowserTest, AHistoryWithNothingInItIsAPageToo) {
  std::ofstream(place.path() / "history.jsonl") << "";
  const auto page = open({.journal = place.path() / "history.jsonl"});
  ASSERT_TRUE(page.sound()) << said(page);
  EXPECT_TRUE(page.shows("data-verdict=\"unknown\""));
}

TEST_F(BrowserTest, AHistoryWithoutTimesIsDrawnByThePlacesOfItsLines) {
  const auto run = make({.operations = 2000, .lost_increment = true});
  std::ofstream(run.journal) << "{:index 0, :process 0, :type :invoke, :f :add}\n";
  const auto page = open(run);
  ASSERT_TRUE(page.sound()) << said(page);
  EXPECT_TRUE(page.shows("Operations per 20 lines"));
  EXPECT_EQ(page.count("class=\"story-op witness\""), 2);
  EXPECT_FALSE(page.shows("Latency"));
}

/// Tests the test: what is planted in the page is noticed, each on its own.
TEST_F(BrowserTest, ABrokenPageIsNoticed) {
  const auto run = make({.operations = 2000});
  const auto files = write_report(place.path(), run.journal, run.facts, run.history, run.judgement);
  ASSERT_TRUE(files);
  const std::string whole = sim::content_of(files->page);
  const auto broken = [&](const std::string& from, const std::string& to) {
    std::string text = whole;
    const auto at = text.rfind(from);
    EXPECT_NE(at, text.npos) << from;
    text.replace(at, from.size(), to);
    std::ofstream(place.path() / "broken.html") << text;
    return open_page(place.path() / "broken.html", place.path());
  };
  const auto thrown = broken("function drawFaults() {", "function drawFaults() { notThere();");
  EXPECT_FALSE(thrown.sound());
  EXPECT_TRUE(thrown.shows("data-errors=\"drawFaults: notThere is not defined\""));
  EXPECT_FALSE(thrown.console.empty());
  EXPECT_TRUE(thrown.shows("id=\"broken\">")) << "people are told, too";
  EXPECT_TRUE(thrown.shows("data-verdict=\"valid\"")) << "and see the rest";

  const auto unreadable = broken("function drawFaults() {", "function drawFaults( {");
  EXPECT_FALSE(unreadable.sound());
  EXPECT_TRUE(unreadable.shows("data-errors=")) << said(unreadable);

  const auto rejected = broken("function drawFaults() {",
                               "Promise.reject(new Error(\"late\"));\nfunction drawFaults() {");
  EXPECT_FALSE(rejected.sound());
  EXPECT_FALSE(rejected.console.empty());
}

}  // namespace
}  // namespace dcount::report
