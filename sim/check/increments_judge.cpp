#include "sim/check/increments_judge.h"

#include "sim/check/counter_ladder.h"

namespace dcount::check {

Finding judge_increments(const KeyView& view, const CounterShape& shape) {
  return judge_counter_ladder("increments", view, shape);
}

}  // namespace dcount::check
