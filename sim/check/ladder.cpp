#include "sim/check/ladder.h"

#include <algorithm>
#include <unordered_map>

namespace dcount::check {
namespace {

bool is_read(const Rung& rung) { return rung.bottom == rung.top; }

struct Gap {
  std::size_t below = 0;  ///< the rungs [0, below) are below it
};

class Ladder {
 public:
  Ladder(std::int64_t base, const std::vector<Rung>& rungs) : base_(base), rungs_(rungs) {}

  LadderVerdict judge(std::vector<Filler> fillers);

 private:
  bool stack();
  bool sweep();
  void make_pieces();
  void explain(const Filling& filling);

  const std::int64_t base_;
  const std::vector<Rung>& rungs_;
  std::vector<Gap> gaps_;
  std::vector<Piece> pieces_;
  Index after_all_ = 0;
  LadderVerdict verdict_;
};

/// Rungs on one another, with gaps, but never into one another.
bool Ladder::stack() {
  std::int64_t level = base_;
  std::size_t owner = rungs_.size();  // of the level
  for (std::size_t i = 0; i < rungs_.size(); ++i) {
    const Rung& rung = rungs_[i];
    if (rung.bottom < level) {
      verdict_.fault = owner == rungs_.size() ? LadderFault::below_base : LadderFault::overlap;
      verdict_.first = rungs_[owner == rungs_.size() ? i : owner].operation;
      verdict_.second = rung.operation;
      return false;
    }
    if (rung.bottom > level) gaps_.push_back({i});
    if (rung.top > level) owner = i;
    level = rung.top;
  }
  return true;
}

/// As in real_time.h, with reads of one value as one position.
bool Ladder::sweep() {
  const Rung* latest = nullptr;
  for (std::size_t begin = 0; begin < rungs_.size();) {
    std::size_t end = begin + 1;
    while (end < rungs_.size() && is_read(rungs_[begin]) && is_read(rungs_[end]) &&
           rungs_[end].top == rungs_[begin].top) {
      ++end;
    }
    const Rung* latest_here = latest;
    for (std::size_t i = begin; i < end; ++i) {
      if (latest != nullptr && rungs_[i].completed < latest->invoked) {
        verdict_.fault = LadderFault::went_back;
        verdict_.first = rungs_[i].operation;
        verdict_.second = latest->operation;
        return false;
      }
      if (latest_here == nullptr || rungs_[i].invoked > latest_here->invoked) {
        latest_here = &rungs_[i];
      }
    }
    latest = latest_here;
    begin = end;
  }
  return true;
}

void Ladder::make_pieces() {
  pieces_.resize(gaps_.size());
  std::size_t rung = 0;
  for (std::size_t i = 0; i < gaps_.size(); ++i) {
    for (; rung < gaps_[i].below; ++rung) after_all_ = std::max(after_all_, rungs_[rung].invoked);
    std::int64_t from = rung == 0 ? base_ : rungs_[rung - 1].top;
    pieces_[i].from = {true, from};
    pieces_[i].to = {true, rungs_[rung].bottom};
    pieces_[i].after = after_all_;
  }
  for (; rung < rungs_.size(); ++rung) after_all_ = std::max(after_all_, rungs_[rung].invoked);
  Index before = never;
  for (std::size_t i = gaps_.size(); i > 0; --i) {
    for (; rung > gaps_[i - 1].below; --rung) before = std::min(before, rungs_[rung - 1].completed);
    pieces_[i - 1].before = before;
  }
}

void Ladder::explain(const Filling& filling) {
  if (filling.filled == Filled::yes) return;
  if (filling.filled == Filled::gave_up) {
    verdict_.fault = LadderFault::gave_up;
    return;
  }
  verdict_.fault = filling.has_lost ? LadderFault::lost : LadderFault::gap;
  verdict_.lost = filling.lost;
  std::size_t below = rungs_.size();
  if (filling.piece < gaps_.size()) {
    below = gaps_[filling.piece].below;
    verdict_.to = rungs_[below].bottom;
    verdict_.second = rungs_[below].operation;
    verdict_.has_second = true;
    verdict_.before = pieces_[filling.piece].before;
  }
  verdict_.from = below == 0 ? base_ : rungs_[below - 1].top;
  verdict_.has_first = below > 0;
  if (below > 0) verdict_.first = rungs_[below - 1].operation;
}

LadderVerdict Ladder::judge(std::vector<Filler> fillers) {
  if (!stack() || !sweep()) return verdict_;
  make_pieces();
  verdict_.gaps = gaps_.size();
  std::unordered_map<std::uint32_t, std::int64_t> due;
  for (const Filler& filler : fillers) {
    if (filler.completed != never) due.emplace(filler.operation, filler.argument);
  }
  Filling filling = fill(pieces_, std::move(fillers), after_all_);
  explain(filling);
  for (std::uint32_t used : filling.used) due.erase(used);
  verdict_.top = rungs_.empty() ? base_ : rungs_.back().top;
  for (const auto& [operation, height] : due) verdict_.top += height;
  return verdict_;
}

}  // namespace

LadderVerdict judge_ladder(std::int64_t base, std::vector<Rung>& rungs,
                           std::vector<Filler> fillers) {
  std::sort(rungs.begin(), rungs.end(), [](const Rung& a, const Rung& b) {
    if (a.top != b.top) return a.top < b.top;
    if (a.bottom != b.bottom) return a.bottom < b.bottom;
    return a.invoked < b.invoked;
  });
  return Ladder(base, rungs).judge(std::move(fillers));
}

}  // namespace dcount::check
