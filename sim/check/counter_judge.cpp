#include "sim/check/counter_judge.h"

#include "sim/check/blind_judge.h"
#include "sim/check/counter_shape.h"
#include "sim/check/increments_judge.h"
#include "sim/check/versions_judge.h"

namespace dcount::check {
namespace {

Finding judge_by_shape(const KeyView& view, const CounterShape& shape, const SearchLimits& limits) {
  bool versions = tells_versions(view, shape);
  bool one_delta = shape.ascending && shape.one_delta && !(versions && shape.has_zero);
  if (one_delta && shape.blind == 0) return judge_increments(view, shape);
  if (versions && !one_delta) return judge_versions(view, shape);
  if (shape.ascending && shape.blind == 0) return judge_increments(view, shape);
  if (shape.only_adds) return judge_blind(view, shape, limits);
  return judge_search(view, limits);
}

}  // namespace

Finding judge_counter(const KeyView& view, const SearchLimits& limits) {
  const CounterShape shape = shape_of(view);
  Finding finding = judge_by_shape(view, shape, limits);
  if (finding.verdict != Verdict::unknown || finding.judge == "search") return finding;
  Finding searched = judge_search(view, limits);
  return searched.verdict == Verdict::unknown ? finding : searched;
}

}  // namespace dcount::check
