#include "sim/report/junit.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "sim/report/escape.h"
#include "sim/report/verdict_json.h"
#include "sim/report/words.h"

namespace dcount::report {
namespace {

constexpr std::size_t case_text_max = 16 * 1024;

std::string attribute(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + escape_xml(cut(value, case_text_max)) + "\"";
}

class Suite {
 public:
  explicit Suite(const RunFacts& facts) : facts_(facts) {}

  void add(std::string_view name, check::Verdict verdict, std::string_view summary,
           std::string_view detail) {
    ++cases_;
    text_ += "    <testcase" + attribute("classname", "dcount." + facts_.scenario) +
             attribute("name", name) + attribute("time", "0");
    if (verdict == check::Verdict::valid) {
      text_ += "/>\n";
      return;
    }
    const bool failed = verdict == check::Verdict::invalid;
    ++(failed ? failures_ : errors_);
    const std::string_view element = failed ? "failure" : "error";
    text_ += ">\n      <" + std::string(element) + attribute("type", word_for(verdict)) +
             attribute("message", summary) + ">" + escape_xml(cut(detail, case_text_max)) + "</" +
             std::string(element) + ">\n    </testcase>\n";
  }

  bool green() const { return failures_ + errors_ == 0; }
  bool failed() const { return failures_ > 0; }

  std::string finish() const {
    std::array<char, 32> seconds{};
    std::snprintf(seconds.data(), seconds.size(), "%.3f",
                  std::chrono::duration<double>(facts_.duration).count());
    const std::string counts = attribute("tests", std::to_string(cases_)) +
                               attribute("failures", std::to_string(failures_)) +
                               attribute("errors", std::to_string(errors_)) +
                               attribute("time", seconds.data());
    std::string date = date_text(facts_.began);
    if (!date.empty()) date = attribute("timestamp", date.substr(0, date.size() - 1));
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + counts + ">\n  <testsuite" +
           attribute("name", facts_.scenario) + counts + date + ">\n" + properties() + text_ +
           "    <system-out>" +
           escape_xml(facts_.reproduce.empty() ? "" : "Run it again: " + facts_.reproduce) +
           "</system-out>\n  </testsuite>\n</testsuites>\n";
  }

 private:
  std::string properties() const {
    std::string text = "    <properties>\n";
    const auto property = [&](std::string_view name, std::string_view value) {
      if (value.empty()) return;
      text += "      <property" + attribute("name", name) + attribute("value", value) + "/>\n";
    };
    property("seed", std::to_string(facts_.seed));
    property("engine", facts_.engine);
    property("reproduce", facts_.reproduce);
    for (const auto& [name, version] : facts_.versions) property("version." + name, version);
    return text + "    </properties>\n";
  }

  const RunFacts& facts_;
  std::string text_;
  std::size_t cases_ = 0;
  std::size_t failures_ = 0;
  std::size_t errors_ = 0;
};

std::string case_name(const check::Finding& finding) {
  return finding.key.empty() ? finding.judge : finding.judge + " " + finding.key;
}

}  // namespace

std::string junit_xml(const RunFacts& facts, const check::Judgement& judgement) {
  Suite suite(facts);
  const std::size_t told = std::min(judgement.findings.size(), junit_cases_max);
  for (std::size_t i = 0; i < told; ++i) {
    const auto& finding = judgement.findings[i];
    const bool invalid = finding.verdict == check::Verdict::invalid;
    suite.add(case_name(finding), finding.verdict, finding.summary,
              invalid && !finding.witness.text.empty() ? finding.witness.text : finding.summary);
  }
  auto worst = check::Verdict::valid;
  for (std::size_t i = told; i < judgement.findings.size(); ++i) {
    worst = std::max(worst, judgement.findings[i].verdict);
  }
  if (told < judgement.findings.size()) {
    const std::string text =
        std::to_string(judgement.findings.size() - told) + " more findings: see verdict.json";
    suite.add(text, worst, text, text);
  }
  const bool untold = judgement.verdict == check::Verdict::invalid
                          ? !suite.failed()
                          : judgement.verdict == check::Verdict::unknown && suite.green();
  if (untold || judgement.findings.empty()) {
    suite.add("verdict", judgement.verdict, word_for(judgement.verdict),
              "the verdict of the whole run");
  }
  return suite.finish();
}

}  // namespace dcount::report
