#include "sim/check/versions_judge.h"

#include <algorithm>

#include "sim/check/absent_reads.h"
#include "sim/check/filling.h"
#include "sim/check/real_time.h"
#include "sim/check/words.h"

namespace dcount::check {
namespace {

constexpr std::string_view judge_name = "versions";
constexpr std::uint32_t nobody = std::numeric_limits<std::uint32_t>::max();
/// How many unknown changes may lie before the first version seen, when the beginning has none.
constexpr std::int64_t lead_max = 16;

/// All that is known of one version.
struct Block {
  std::int64_t version = 0;
  CounterState state;
  std::uint32_t writer = nobody;
  std::uint32_t witness = nobody;  ///< the writer, otherwise one that saw it
  std::size_t begin = 0;           ///< of `seen`: those that saw or made it
  std::size_t end = 0;
};

/// An answer with a version.
struct Seen {
  std::int64_t version = 0;
  std::uint32_t operation = 0;
};

bool makes_version(const Operation& operation) {
  if (operation.outcome != Outcome::ok) return false;
  if (operation.function == Function::add || operation.function == Function::reset) return true;
  return operation.function == Function::remove && operation.result == 1;
}

bool is_create(const Operation& operation) {
  return operation.function == Function::create && operation.outcome == Outcome::ok;
}

/// The state that the operation's answer tells of.
CounterState state_seen(const Operation& operation) {
  if (operation.function == Function::remove) return {false, 0};
  if (operation.function == Function::reset && operation.result == none) return {true, 0};
  if (operation.result != none) return {true, operation.result};
  if (operation.function == Function::create) return {true, operation.argument};
  return {false, 0};
}

bool wrong_by_itself(const Operation& operation) {
  if (operation.outcome != Outcome::ok || operation.result == none) return false;
  if (operation.function == Function::reset) return operation.result != 0;
  return operation.function == Function::remove && operation.result != 0 && operation.result != 1;
}

/// It saw that there is no counter, and no version.
bool saw_nothing(const Operation& operation) {
  if (operation.outcome != Outcome::ok || operation.version != none) return false;
  return (operation.function == Function::read && operation.result == none) ||
         (operation.function == Function::remove && operation.result == 0);
}

std::string state_text(const CounterState& state) {
  return state.exists ? std::to_string(state.value) : "no counter";
}

class Versions {
 public:
  Versions(const KeyView& view, const CounterStart& start) : view_(view), start_(start) {}

  Finding judge();

 private:
  void collect();
  std::optional<Finding> make_blocks();
  std::optional<Finding> look_at_block(Block& block);
  std::uint32_t possible_creator(const Block& block) const;
  std::optional<Finding> sweep();
  Finding judge_from(std::int64_t base);
  std::optional<Finding> chain(std::int64_t base);
  std::optional<Finding> link(const Block* before, const Block& block, std::int64_t missing,
                              const CounterState& state);
  bool pre_state(const Block& block, const CounterState& state, std::int64_t missing, Piece& piece);
  void limit_pieces();
  Finding unfilled(const Filling& filling);
  std::optional<Finding> place_loose(const Filling& filling);
  std::string before_text(const Block* before) const;
  Finding finding(Verdict verdict, std::string summary) const;
  const Operation& at(std::uint32_t i) const { return view_.at(i); }

  const KeyView& view_;
  const CounterStart start_;
  std::vector<Seen> seen_;
  std::vector<Block> blocks_;
  std::vector<Filler> fillers_;
  std::vector<std::uint32_t> loose_;  ///< saw that there is no counter, and no version
  std::vector<Piece> pieces_;
  std::vector<std::size_t> piece_blocks_;  ///< the block above each piece
  Index after_all_ = 0;
};

Finding Versions::finding(Verdict verdict, std::string summary) const {
  Finding finding{.judge = std::string(judge_name), .key = view_.name()};
  finding.verdict = verdict;
  finding.summary = std::move(summary);
  return finding;
}

void Versions::collect() {
  for (std::uint32_t i : view_.operations) {
    const Operation& operation = at(i);
    bool write = operation.function != Function::read && operation.outcome != Outcome::fail;
    if (saw_something(operation) && operation.version != none) {
      if (!operation.refused || operation.result != none) seen_.push_back({operation.version, i});
    } else if (saw_nothing(operation)) {
      loose_.push_back(i);
    } else if (write && !(operation.function == Function::add && operation.argument == none)) {
      fillers_.push_back({.operation = i,
                          .invoked = operation.invoked,
                          .completed = operation.completed,
                          .function = operation.function,
                          .creates = operation.creates,
                          .argument = operation.argument});
    }
  }
  std::sort(seen_.begin(), seen_.end(), [](const Seen& a, const Seen& b) {
    return a.version != b.version ? a.version < b.version : a.operation < b.operation;
  });
}

/// One version: who made it, and whether all who saw it saw the same.
std::optional<Finding> Versions::look_at_block(Block& block) {
  for (std::size_t i = block.begin; i < block.end; ++i) {
    std::uint32_t place = seen_[i].operation;
    if (wrong_by_itself(at(place))) {
      return violation(judge_name, view_.history, view_.key,
                       told(view_.history, at(place)) + ", which such an operation never answers.",
                       {place});
    }
    if (!makes_version(at(place))) continue;
    if (block.writer != nobody) {
      return violation(judge_name, view_.history, view_.key,
                       told(view_.history, at(block.writer)) + ", and " +
                           told(view_.history, at(place)) + ": two changes made version " +
                           std::to_string(block.version) + ".",
                       {block.writer, place});
    }
    block.writer = place;
  }
  block.witness = block.writer == nobody ? seen_[block.begin].operation : block.writer;
  block.state = state_seen(at(block.witness));
  for (std::size_t i = block.begin; i < block.end; ++i) {
    std::uint32_t place = seen_[i].operation;
    CounterState state = state_seen(at(place));
    if (state == block.state) continue;
    return violation(judge_name, view_.history, view_.key,
                     told(view_.history, at(block.witness)) + ", but " +
                         told(view_.history, at(place)) + ": version " +
                         std::to_string(block.version) + " had two states, " +
                         state_text(block.state) + " and " + state_text(state) + ".",
                     {block.witness, place});
  }
  return std::nullopt;
}

std::optional<Finding> Versions::make_blocks() {
  for (std::size_t begin = 0; begin < seen_.size();) {
    std::size_t end = begin + 1;
    while (end < seen_.size() && seen_[end].version == seen_[begin].version) ++end;
    Block block{.version = seen_[begin].version, .begin = begin, .end = end};
    if (auto found = look_at_block(block)) return found;
    blocks_.push_back(block);
    begin = end;
  }
  return std::nullopt;
}

/// A create that found a counter is a read; the one that made it began before all that saw it
/// ended. Which one made a version may be open: nobody, or the first of those that answer what they
/// asked for.
std::uint32_t Versions::possible_creator(const Block& block) const {
  std::uint32_t creator = nobody;
  Index ended = never;
  for (std::size_t i = block.begin; i < block.end; ++i) {
    const Operation& create = at(seen_[i].operation);
    ended = std::min(ended, create.completed);
    bool fresh = is_create(create) && (create.result == none || create.result == create.argument);
    if (fresh && creator == nobody) creator = seen_[i].operation;
  }
  return creator != nobody && at(creator).invoked < ended ? creator : nobody;
}

std::optional<Finding> Versions::sweep() {
  std::vector<Placed> placed;
  placed.reserve(seen_.size());
  for (const Block& block : blocks_) {
    auto position = static_cast<std::int64_t>(static_cast<std::uint64_t>(block.version) * 2);
    auto place = [&](std::uint32_t operation, std::int64_t where) {
      placed.push_back({where, at(operation).invoked, at(operation).completed, operation});
    };
    if (block.writer != nobody) place(block.writer, position);
    for (std::size_t i = block.begin; i < block.end; ++i) {
      if (seen_[i].operation != block.writer) place(seen_[i].operation, position + 1);
    }
  }
  auto inversion = find_inversion(placed);
  if (!inversion) return std::nullopt;
  return went_back(judge_name, view_.history, view_.key, inversion->ended_first,
                   inversion->began_after, "the counter went back to an earlier version");
}

std::string Versions::before_text(const Block* before) const {
  if (before != nullptr) return told(view_.history, at(before->witness));
  if (!start_.exists) return "There was no counter at the beginning";
  return "The counter began at " + std::to_string(start_.value) +
         (start_.version == none ? "" : ", version " + std::to_string(start_.version));
}

/// What the block's writer has to find, with so many changes missing before it. False: it can find
/// nothing that would explain its answer.
bool Versions::pre_state(const Block& block, const CounterState& state, std::int64_t missing,
                         Piece& piece) {
  piece.from = state;
  piece.steps = missing;
  const Operation& writer = at(block.writer);
  if (writer.function == Function::add) {
    piece.or_created = writer.creates && writer.result == writer.argument;
    piece.to.exists = true;
    return !__builtin_sub_overflow(writer.result, writer.argument, &piece.to.value);
  }
  piece.any_value = true;
  return true;
}

/// From the state before (of `before`, or the beginning) to the block.
std::optional<Finding> Versions::link(const Block* before, const Block& block, std::int64_t missing,
                                      const CounterState& state) {
  Piece piece;
  bool possible = true;
  if (block.writer == nobody) {
    piece = {.from = state, .to = block.state, .steps = missing + 1};
    piece.or_created = possible_creator(block) != nobody;
  } else {
    possible = pre_state(block, state, missing, piece);
  }
  bool there = piece.any_value ? state.exists : state == piece.to;
  if (possible && piece.steps > 0) {
    pieces_.push_back(piece);
    piece_blocks_.push_back(static_cast<std::size_t>(&block - blocks_.data()));
    return std::nullopt;
  }
  if (possible && there) return std::nullopt;
  std::string text = before_text(before) + ". The next change, " +
                     told(view_.history, at(block.witness)) + ", does not follow from " +
                     state_text(state) + ": a change was lost, or made twice.";
  Finding found = violation(judge_name, view_.history, view_.key, std::move(text), {block.witness});
  if (before != nullptr) {
    found.witness.operations.insert(found.witness.operations.begin(), at(before->witness).invoked);
  }
  return found;
}

std::optional<Finding> Versions::chain(std::int64_t base) {
  pieces_.clear();
  piece_blocks_.clear();
  const Block* before = nullptr;
  CounterState state{start_.exists, start_.value};
  std::int64_t version = base;
  for (const Block& block : blocks_) {
    bool at_base = before == nullptr && block.version == base;
    if (block.version < version || (at_base && block.writer != nobody) ||
        (at_base && block.state != state)) {
      return violation(
          judge_name, view_.history, view_.key,
          before_text(nullptr) + ", but " + told(view_.history, at(block.witness)) + ".",
          {block.witness});
    }
    if (!at_base) {
      if (auto found = link(before, block, block.version - version - 1, state)) return found;
    }
    before = &block;
    state = block.state;
    version = block.version;
  }
  limit_pieces();
  // Behind everything that was seen, whatever still has to have happened.
  pieces_.push_back({.from = state, .steps = Piece::until_used, .after = after_all_});
  return std::nullopt;
}

/// Between what a filler has to begin and to end: only before the end of anything above, only after
/// the beginning of everything below.
void Versions::limit_pieces() {
  Index after = 0;
  std::size_t block = 0;
  auto raise = [&](const Block& here) {
    for (std::size_t i = here.begin; i < here.end; ++i) {
      after = std::max(after, at(seen_[i].operation).invoked);
    }
  };
  for (std::size_t i = 0; i < piece_blocks_.size(); ++i) {
    for (; block < piece_blocks_[i]; ++block) raise(blocks_[block]);
    pieces_[i].after = after;
  }
  for (; block < blocks_.size(); ++block) raise(blocks_[block]);
  after_all_ = after;
  Index before = never;
  for (std::size_t i = piece_blocks_.size(); i-- > 0;) {
    for (; block > piece_blocks_[i]; --block) {
      const Block& here = blocks_[block - 1];
      for (std::size_t k = here.begin; k < here.end; ++k) {
        before = std::min(before, at(seen_[k].operation).completed);
      }
    }
    pieces_[i].before = before;
  }
}

Finding Versions::unfilled(const Filling& filling) {
  if (filling.filled == Filled::gave_up) {
    return finding(Verdict::unknown,
                   "the search for the unknown operations that made the missing versions gave up");
  }
  if (filling.has_lost || filling.piece >= piece_blocks_.size()) {
    return violation(judge_name, view_.history, view_.key,
                     told(view_.history, at(filling.lost)) +
                         ", but the versions that were seen leave no place for it: it was lost.",
                     {filling.lost});
  }
  std::size_t number = piece_blocks_[filling.piece];
  const Block& block = blocks_[number];
  const Block* before = number == 0 ? nullptr : &blocks_[number - 1];
  const Piece& piece = pieces_[filling.piece];
  std::uint64_t begun = 0;
  for (const Filler& filler : fillers_) begun += filler.invoked < piece.before ? 1 : 0;
  std::string to = piece.any_value ? "" : " to " + state_text(piece.to);
  std::string text =
      before_text(before) + ". The next that was seen: " + told(view_.history, at(block.witness)) +
      ". In between lie " + counted(static_cast<std::uint64_t>(piece.steps), "version") +
      " that nobody was answered with, from " + state_text(piece.from) + to +
      "; of the unknown operations " + std::to_string(begun) +
      " had begun by then, and they do not explain it: something happened that "
      "nobody asked for, or a change was lost.";
  Finding found = violation(judge_name, view_.history, view_.key, std::move(text), {});
  if (before != nullptr) found.witness.operations.push_back(at(before->witness).invoked);
  found.witness.operations.push_back(at(block.witness).invoked);
  return found;
}

std::optional<Finding> Versions::place_loose(const Filling& filling) {
  if (loose_.empty()) return std::nullopt;
  std::vector<AbsentReads::Segment> segments{{.state = {start_.exists, start_.value}}};
  FillingRules rules{view_.facts().min, view_.facts().max, view_.facts().saturates};
  std::size_t piece = 0;
  auto make = [&] {  // what was found to fill the piece
    std::size_t used = piece == 0 ? 0 : filling.used_end[piece - 1];
    for (CounterState state = pieces_[piece].from; used < filling.used_end[piece]; ++used) {
      const Operation& unknown = at(filling.used[used]);
      std::int64_t steps = 0;
      apply_unknown({.completed = unknown.completed,
                     .function = unknown.function,
                     .creates = unknown.creates,
                     .argument = unknown.argument},
                    rules, state, steps);
      segments.push_back({.state = state, .operations = {filling.used[used]}, .made = true});
    }
    ++piece;
  };
  for (std::size_t b = 0; b < blocks_.size(); ++b) {
    const Block& block = blocks_[b];
    if (piece < piece_blocks_.size() && piece_blocks_[piece] == b) make();
    std::uint32_t maker = block.writer;
    if (maker == nobody && segments.back().state != block.state) maker = possible_creator(block);
    if (maker != nobody) {
      segments.push_back({.state = block.state, .operations = {maker}, .made = true});
    }
    for (std::size_t i = block.begin; i < block.end; ++i) {
      if (seen_[i].operation != maker) {
        segments.back().operations.push_back(seen_[i].operation);
      }
    }
  }
  make();
  auto misplaced = AbsentReads(view_, std::move(segments)).find_misplaced(loose_);
  if (!misplaced) return std::nullopt;
  std::string seen = told(view_.history, at(*misplaced));
  if (!fillers_.empty()) {
    return finding(Verdict::unknown, seen +
                                         ", which was not found to fit; unknown operations "
                                         "leave other ways that were not tried");
  }
  return violation(
      judge_name, view_.history, view_.key,
      seen + ", but at every moment from its beginning to its end there was a counter.",
      {*misplaced});
}

Finding Versions::judge_from(std::int64_t base) {
  if (auto found = chain(base)) return std::move(*found);
  FillingRules rules{view_.facts().min, view_.facts().max, view_.facts().saturates};
  Filling filling = fill(pieces_, fillers_, after_all_, rules);
  if (filling.filled != Filled::yes) return unfilled(filling);
  if (auto found = place_loose(filling)) return std::move(*found);
  return finding(Verdict::valid, counted(seen_.size(), "answer") + " with versions, " +
                                     counted(fillers_.size(), "unknown or blind change"));
}

Finding Versions::judge() {
  if (auto found = find_bound_violation(judge_name, view_)) return std::move(*found);
  collect();
  if (auto found = make_blocks()) return std::move(*found);
  if (auto found = sweep()) return std::move(*found);
  if (start_.version != none) return judge_from(start_.version);
  if (blocks_.empty()) {
    if (fillers_.empty() && loose_.empty()) return finding(Verdict::valid, "nothing was answered");
    return judge_from(0);
  }
  // The version that it began with is not known: the highest that explains what was seen.
  const Block& block = blocks_[0];
  const Operation& witness = at(block.witness);
  bool made = block.writer != nobody || (is_create(witness) && !start_.exists);
  std::int64_t base = block.version - (made ? 1 : 0);
  Finding first = judge_from(base);
  auto leads = std::min(static_cast<std::int64_t>(fillers_.size()), lead_max);
  for (std::int64_t lead = 1; lead <= leads && first.verdict != Verdict::valid; ++lead) {
    Finding other = judge_from(base - lead);
    if (other.verdict == Verdict::valid) return other;
    if (other.verdict == Verdict::unknown) first = std::move(other);
  }
  if (first.verdict == Verdict::invalid && static_cast<std::int64_t>(fillers_.size()) > lead_max) {
    return finding(Verdict::unknown, "it is not known with which version the counter began");
  }
  return first;
}

}  // namespace

bool tells_versions(const KeyView& view, const CounterShape& shape) {
  if (shape.saw == 0) return false;
  for (std::uint32_t i : view.operations) {
    const Operation& operation = view.at(i);
    if (operation.function > Function::remove) return false;
    if (operation.refused && operation.result != none && operation.version == none) return false;
    if (operation.outcome != Outcome::ok) continue;
    if (operation.function == Function::remove && operation.result == none) return false;
    if (operation.version != none) continue;
    // Without a version only what saw no counter, and writes that say nothing at all.
    bool blind = operation.function == Function::add && operation.result == none;
    bool blind_reset = operation.function == Function::reset &&
                       (operation.result == none || operation.result == 0);
    bool blind_delete = operation.function == Function::remove && operation.result == 1;
    if (!blind && !blind_reset && !blind_delete && !saw_nothing(operation)) return false;
  }
  return true;
}

Finding judge_versions(const KeyView& view, const CounterShape&) {
  return Versions(view, start_of(view)).judge();
}

}  // namespace dcount::check
