#include <algorithm>
#include <optional>

#include "sim/check/batch_judge.h"
#include "sim/check/counter_judge.h"
#include "sim/check/evidence.h"
#include "sim/check/feed.h"
#include "sim/check/items_judge.h"
#include "sim/check/key_view.h"
#include "sim/check/package_judge.h"
#include "sim/check/sequence_judge.h"
#include "sim/check/tail_judge.h"
#include "sim/check/verdict.h"
#include "sim/check/words.h"

namespace dcount::check {
namespace {

using Clock = std::chrono::steady_clock;

/// What its operations show, where the header says nothing.
KeyFacts::Kind kind_of(const KeyView& view) {
  if (view.facts().kind != KeyFacts::Kind::unsaid) return view.facts().kind;
  for (std::uint32_t i : view.operations) {
    Function function = view.at(i).function;
    if (function <= Function::remove) return KeyFacts::Kind::counter;
    if (function <= Function::release) return KeyFacts::Kind::sequence;
    return on_package(function) ? KeyFacts::Kind::package : KeyFacts::Kind::items;
  }
  return KeyFacts::Kind::unsaid;
}

bool fits(Function function, KeyFacts::Kind kind) {
  if (function <= Function::remove) return kind == KeyFacts::Kind::counter;
  if (function <= Function::release) return kind == KeyFacts::Kind::sequence;
  return kind == (on_package(function) ? KeyFacts::Kind::package : KeyFacts::Kind::items);
}

/// They are judged together (package_judge.h).
bool only_packages(const KeyView& view) {
  return kind_of(view) == KeyFacts::Kind::package &&
         std::all_of(view.operations.begin(), view.operations.end(),
                     [&](std::uint32_t i) { return on_package(view.at(i).function); });
}

Finding undecided(const KeyView& view, std::string_view judge, std::string why) {
  Finding finding{.judge = std::string(judge), .key = view.name()};
  finding.verdict = Verdict::unknown;
  finding.summary = std::move(why);
  return finding;
}

class Check {
 public:
  Check(const History& history, const CheckOptions& options)
      : history_(history), views_(history), deadline_(Clock::now() + options.search_time_max) {}

  std::vector<Finding> judge();

 private:
  Finding judge_key(const KeyView& view);
  /// The general search has so long for all keys together.
  SearchLimits limits() const {
    SearchLimits limits;
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now());
    limits.time_max = std::max(left, std::chrono::milliseconds(1));
    return limits;
  }

  const History& history_;
  const KeyViews views_;
  const Clock::time_point deadline_;
  std::optional<ItemProofs> proofs_;
};

Finding Check::judge_key(const KeyView& view) {
  KeyFacts::Kind kind = kind_of(view);
  for (std::uint32_t i : view.operations) {
    if (fits(view.at(i).function, kind)) continue;
    return undecided(view, "evidence",
                     "operations of different kinds: " + named(history_, view.at(i)));
  }
  switch (kind) {
    case KeyFacts::Kind::counter:
      return judge_counter(view, limits());
    case KeyFacts::Kind::sequence:
      if (view.facts().kind == KeyFacts::Kind::unsaid) {
        return undecided(view, "sequence", "the header does not say how the sequence is defined");
      }
      return judge_sequence(view);
    case KeyFacts::Kind::items:
      if (!proofs_) proofs_.emplace(history_, views_);
      return judge_items(view, *proofs_);
    case KeyFacts::Kind::package:
    case KeyFacts::Kind::unsaid:
      break;
  }
  return undecided(view, "evidence", "nothing was done to it");
}

std::vector<Finding> Check::judge() {
  std::vector<Finding> findings;
  bool counters_valid = true;
  for (std::uint32_t key = 0; key < views_.size(); ++key) {
    KeyView view = views_[key];
    if (view.operations.empty() || only_packages(view)) continue;
    findings.push_back(judge_key(view));
    bool counter = kind_of(view) == KeyFacts::Kind::counter;
    counters_valid &= !counter || findings.back().verdict == Verdict::valid;
  }
  if (counters_valid) {
    for (Finding& found : judge_batches(history_, views_, limits())) {
      findings.push_back(std::move(found));
    }
  }
  return findings;
}

Verdict worst_of(const std::vector<Finding>& findings) {
  Verdict worst = findings.empty() ? Verdict::unknown : Verdict::valid;
  for (const Finding& finding : findings) worst = std::max(worst, finding.verdict);
  return worst;
}

/// The verdict with what the feed tells, and in its summary the one without it.
std::vector<Finding> judge_with_feed(const Resolution& resolution, const History& history,
                                     const CheckOptions& options) {
  std::vector<Finding> findings = Check(resolution.history, options).judge();
  Verdict with = worst_of(findings);
  Verdict without = worst_of(Check(history, options).judge());
  Finding feed{.judge = "feed"};
  feed.verdict = Verdict::valid;
  feed.summary = "the feed tells that of the unknown operations " +
                 std::to_string(resolution.happened) + " happened, " +
                 std::to_string(resolution.never_did) + " did not, " +
                 std::to_string(resolution.unknown) + " stay unknown: with it the history is " +
                 std::string(word_for(with)) + ", without it " + std::string(word_for(without));
  findings.push_back(std::move(feed));
  findings.insert(findings.end(), resolution.findings.begin(), resolution.findings.end());
  return findings;
}

void keep_some(std::vector<Finding>& findings, std::size_t findings_max) {
  std::size_t invalid = 0;
  while (invalid < findings.size() && findings[invalid].verdict == Verdict::invalid) ++invalid;
  std::size_t keep = std::max<std::size_t>(findings_max, 1);
  if (invalid <= keep) return;
  std::size_t more = invalid - keep;
  findings.erase(findings.begin() + static_cast<std::ptrdiff_t>(keep),
                 findings.begin() + static_cast<std::ptrdiff_t>(invalid));
  std::string& summary = findings[keep - 1].summary;
  summary += (summary.empty() ? "" : "; ") + std::string("and ") + counted(more, "more violation") +
             " elsewhere";
}

}  // namespace

Judgement check(const History& history, const CheckOptions& options) {
  Judgement judgement;
  if (auto resolution = resolve(history)) {
    judgement.findings = judge_with_feed(*resolution, history, options);
  } else {
    judgement.findings = Check(history, options).judge();
  }
  for (Finding& finding : judge_tails(history, KeyViews(history))) {
    judgement.findings.push_back(std::move(finding));
  }
  for (Finding& finding : judge_packages(history)) {
    judgement.findings.push_back(std::move(finding));
  }
  for (Finding& finding : find_missing_evidence(history, KeyViews(history), options)) {
    judgement.findings.push_back(std::move(finding));
  }
  std::stable_sort(judgement.findings.begin(), judgement.findings.end(),
                   [](const Finding& a, const Finding& b) { return a.verdict > b.verdict; });
  judgement.verdict = worst_of(judgement.findings);
  keep_some(judgement.findings, options.findings_max);
  return judgement;
}

}  // namespace dcount::check
