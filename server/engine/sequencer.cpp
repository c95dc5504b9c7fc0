#include "server/engine/sequencer.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace dcount::engine {

using core::Code;
using core::Now;
using core::Outcome;
using store::CommitResult;

namespace {

// Of the store's limits, for what asks for turns.
constexpr std::size_t spare_operations = 8;

store::Limits spared(store::Limits limits) {
  limits.operations_max -= std::min(limits.operations_max, spare_operations);
  return limits;
}

}  // namespace

Sequencer::Sequencer(core::State& state, store::Mark mark, bool exclusive, SequencerOptions options)
    : state_(state),
      mark_(mark),
      exclusive_(exclusive),
      options_(options),
      forming_(state, exclusive ? Grouping::one : Grouping::by_shared_keys, spared(options.limits)),
      last_batch_(mark.batch) {}

void Sequencer::submit(core::Command command, Ticket ticket, Now now) {
  const auto refuse = [&](Code code) {
    completions_.push_back({ticket, Outcome{.code = code, .value = {}}});
  };
  if (status_ != Status::serving || queue_.size() >= options_.queued_commands_max) {
    return refuse(Code::unavailable);
  }
  if (command.stale) {
    if (state_lost_) return refuse(Code::unavailable);
    completions_.push_back({ticket, core::decide(core::StateView(state_), command, now).outcome});
    return;
  }
  if (command.idempotency && !keys_in_flight_.insert(command.idempotency->digest).second) {
    return refuse(Code::in_flight);
  }
  queue_.push_back({std::move(command), ticket, now.unix_ms + options_.deadline_ms});
}

// ---- forming a batch

const Step* Sequencer::next_step(Now now) {
  if (status_ != Status::serving) return nullptr;
  expire(now);  // what has been told to try again must not run any more
  if (state_lost_ || phase_ == Phase::committing || phase_ == Phase::settling) return nullptr;
  if (now.unix_ms < not_before_ms_) return nullptr;
  if (phase_ == Phase::lost) {
    step_.fence = store::Mark{mark_.incarnation, ++last_batch_};
    phase_ = Phase::settling;
    return &step_;
  }
  form(now);
  if (in_batch_.empty()) return nullptr;
  auto formed = forming_.take();
  step_.fence.reset();
  step_.batch.previous = mark_;
  step_.batch.next = {mark_.incarnation, ++last_batch_};
  step_.batch.groups = std::move(formed.groups);
  step_.commands = in_batch_.size();
  batch_groups_ = std::move(formed.commands);
  if (auto asks = turns_.take_asks(step_.batch.next); !asks.empty()) {
    step_.batch.groups.push_back({{}, {}, std::move(asks)});
    batch_groups_.emplace_back();  // no command's
  }
  phase_ = Phase::committing;
  return &step_;
}

/// What this server holds of a cached sequence is the command's to know, as time is: what it holds
/// now, not when the command was decided before.
core::Decision Sequencer::decide(core::Command& command, Now now) {
  auto* draw = std::get_if<core::Draw>(&command.body);
  if (draw != nullptr) draw->lease = leases_.of(draw->name);
  core::Decision decision = core::decide(forming_, command, now);
  const bool gone = draw != nullptr && decision.outcome.code == Code::not_found;
  if (gone) leases_.forget(draw->name);
  return decision;
}

void Sequencer::form(Now now) {
  in_batch_.clear();
  outcomes_.clear();
  leases_.begin_batch();
  std::deque<Waiting> rested;  // left to others this time, in order
  while (!queue_.empty() && forming_.commands() < options_.batch_commands_max &&
         forming_.bytes() < options_.batch_bytes_max) {
    const bool settled = core::needs_settled_view(queue_.front().command);
    if (settled && !(forming_.empty() && rested.empty())) break;
    core::Decision decision = decide(queue_.front().command, now);
    if (core::tells_revisions(queue_.front().command) && forming_.depends_on_batch(decision)) break;
    const bool fits = forming_.fits(decision);
    if (!fits && !forming_.empty()) break;
    Waiting waiting = std::move(queue_.front());
    queue_.pop_front();
    const bool no_room = !decision.writes.empty() && now.unix_ms < full_until_ms_;
    if (!fits || no_room) {
      complete(waiting, {.code = fits ? Code::out_of_space : Code::too_large, .value = {}});
      continue;
    }
    if (rests_.spread(decision.reads, now.unix_ms)) {
      rested.push_back(std::move(waiting));
      continue;
    }
    if (decision.lease) leases_.hold(*decision.lease);
    const bool looked_at_nothing = decision.reads.empty() && decision.range_reads.empty();
    const bool needs_no_commit = decision.writes.empty() && (exclusive_ || looked_at_nothing);
    if (needs_no_commit && !forming_.depends_on_batch(decision)) {
      if (decision.lease) leases_.handed_out(decision.lease->sequence, in_batch_.size());
      complete(waiting, std::move(decision.outcome));
      continue;
    }
    outcomes_.push_back(std::move(decision.outcome));
    forming_.add(std::move(decision));
    in_batch_.push_back(std::move(waiting));
    if (settled) break;
  }
  const bool all_rest = in_batch_.empty() && !rested.empty();
  while (!rested.empty()) {
    queue_.push_front(std::move(rested.back()));
    rested.pop_back();
  }
  all_rest_until_ms_ = all_rest ? now.unix_ms + options_.rest_ms : 0;
}

// ---- the store's answers

void Sequencer::on_result(const CommitResult& result, Now now) {
  if (state_lost_) {
    held_back_ = result;
    return;
  }
  const bool settling = phase_ == Phase::settling;
  if (!settling && phase_ != Phase::committing) std::abort();
  if (result.status != CommitResult::Status::unknown) phase_ = Phase::idle;
  switch (result.status) {
    case CommitResult::Status::committed:
      mark_ = result.mark;
      on_committed(result, now);
      break;
    case CommitResult::Status::not_applied:
      // Of a settled batch that is certain only now; of a refused one the store wants a pause.
      mark_ = settling ? result.mark : mark_;
      if (!settling) not_before_ms_ = now.unix_ms + options_.retry_ms;
      requeue_all();
      break;
    case CommitResult::Status::full:
      on_full(now);
      break;
    case CommitResult::Status::unknown:
      if (settling) not_before_ms_ = now.unix_ms + options_.retry_ms;
      phase_ = Phase::lost;
      break;
    case CommitResult::Status::fenced:
      // A commit that is fenced off has not applied; of a lost batch only the marks would tell.
      stop(Status::fenced, result.error, settling ? Code::unknown : Code::unavailable);
      break;
    case CommitResult::Status::failed:
      stop(Status::failed, result.error, Code::unknown);  // the next process may find it applied
      break;
  }
  expire(now);
}

void Sequencer::on_committed(const CommitResult& result, Now now) {
  if (result.groups.size() != batch_groups_.size()) std::abort();
  std::vector<std::size_t> again;
  for (std::size_t group = 0; group < batch_groups_.size(); ++group) {
    if (result.groups[group].untold) {
      on_untold(group);
      continue;
    }
    if (!result.groups[group].committed) {
      on_conflict(group, result, now, again);
      continue;
    }
    // What the feed has passed is known, and what has become of it since.
    const bool known = result.revision <= state_.revision();
    for (const Write& write : step_.batch.groups[group].writes) {
      if (!known) state_.apply(write.key, write.value, result.revision);
      const Turns::Rest rest = turns_.won(write.key, result.revision);
      if (rest == Turns::Rest::none) continue;
      const auto rest_ms = rest == Turns::Rest::moment ? options_.rest_ms : options_.turn_ms;
      rests_.leave(write.key, now.unix_ms + rest_ms);
    }
    for (const std::size_t i : batch_groups_[group]) {
      complete(in_batch_[i], std::move(outcomes_[i]));
    }
  }
  if (exclusive_) state_.advance(result.revision);
  rests_.forget_past(now.unix_ms);
  requeue(std::move(again));
}

void Sequencer::on_conflict(std::size_t group, const CommitResult& result, Now now,
                            std::vector<std::size_t>& again) {
  const bool writes = !step_.batch.groups[group].writes.empty();
  bool told_all = true;
  for (const Entry& entry : result.groups[group].current) {
    if (writes) turns_.lost(entry.key);
    if (core::is_part_of_whole(entry.key, entry.value ? *entry.value : std::string_view{})) {
      told_all = false;
      if (entry.revision <= state_.get(entry.key).revision) continue;
      // The feed will bring it, with all that belongs to it.
      rests_.await(entry.key, entry.revision, now.unix_ms + options_.feed_ms);
      continue;
    }
    // What is absent was so when the batch was judged.
    const Revision revision = entry.value ? entry.revision : result.revision;
    if (revision > state_.revision()) state_.apply(entry.key, entry.value, revision);
  }
  if (told_all && answer_from_conflict(group, now)) return;
  take_leases_back(batch_groups_[group]);
  again.insert(again.end(), batch_groups_[group].begin(), batch_groups_[group].end());
}

/// Never decided again: it may be in. What it has written, if so, the feed brings; what is decided
/// without it meets a conflict. Only leases have no guard: the blocks it may have taken are lost.
void Sequencer::on_untold(std::size_t group) {
  for (const std::size_t i : batch_groups_[group]) {
    const auto* draw = std::get_if<core::Draw>(&in_batch_[i].command.body);
    if (draw != nullptr) leases_.forget(draw->name);
    complete(in_batch_[i], Outcome{.code = Code::unknown, .value = {}});
  }
}

/// A group that only read need not be retried: what the conflict brought is what a read at that
/// moment would have found, as long as nothing beyond the group's keys is looked at.
bool Sequencer::answer_from_conflict(std::size_t group, Now now) {
  const store::Group& read = step_.batch.groups[group];
  if (!read.writes.empty() || !read.range_guards.empty()) return false;
  const auto was_guarded = [&](const Read& looked_at) {
    return std::ranges::any_of(read.guards,
                               [&](const Read& guard) { return guard.key == looked_at.key; });
  };
  std::vector<Outcome> outcomes;
  for (const std::size_t i : batch_groups_[group]) {
    core::Decision decision = core::decide(core::StateView(state_), in_batch_[i].command, now);
    const bool answered = decision.writes.empty() && decision.range_reads.empty() &&
                          std::ranges::all_of(decision.reads, was_guarded);
    if (!answered) return false;
    outcomes.push_back(std::move(decision.outcome));
  }
  for (std::size_t k = 0; k < outcomes.size(); ++k) {
    complete(in_batch_[batch_groups_[group][k]], std::move(outcomes[k]));
  }
  return true;
}

/// Of commands that are to be decided again.
void Sequencer::take_leases_back(const std::vector<std::size_t>& commands) {
  for (auto i = commands.rbegin(); i != commands.rend(); ++i) {
    const auto* draw = std::get_if<core::Draw>(&in_batch_[*i].command.body);
    if (draw != nullptr) leases_.take_back(*draw, *i);
  }
}

void Sequencer::requeue_all() {
  std::vector<std::size_t> all(in_batch_.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  take_leases_back(all);
  requeue(std::move(all));
}

/// Back to the front of the queue, in order. Those that were told "unknown" meanwhile are past
/// their deadline: expire drops them before anything can run them again.
void Sequencer::requeue(std::vector<std::size_t> commands) {
  std::ranges::sort(commands, std::greater<>());
  for (const std::size_t i : commands) queue_.push_front(std::move(in_batch_[i]));
  in_batch_.clear();
}

/// What would write is refused, and for a while not even tried; what only reads goes on.
void Sequencer::on_full(Now now) {
  full_until_ms_ = now.unix_ms + options_.full_ms;
  std::vector<std::size_t> again;
  for (std::size_t group = 0; group < batch_groups_.size(); ++group) {
    const std::vector<std::size_t>& commands = batch_groups_[group];
    take_leases_back(commands);
    if (step_.batch.groups[group].writes.empty()) {
      again.insert(again.end(), commands.begin(), commands.end());
      continue;
    }
    for (const std::size_t i : commands) {
      complete(in_batch_[i], Outcome{.code = Code::out_of_space, .value = {}});
    }
  }
  requeue(std::move(again));
}

void Sequencer::on_changes(Revision revision, std::span<const Entry> entries) {
  for (const Entry& entry : entries) {
    state_.apply(entry);
    const bool taken = turns_.heard(entry);
    if (taken) rests_.end(entry.key);
    if (rests_.heard(entry) || taken) all_rest_until_ms_ = 0;
  }
  state_.advance(revision);
}

void Sequencer::on_state_loaded(Now now) {
  state_lost_ = false;
  // What the feed was to bring is there, or lost with it.
  rests_.clear();
  all_rest_until_ms_ = 0;
  if (auto result = std::exchange(held_back_, std::nullopt)) on_result(*result, now);
}

// ---- deadlines and ends

bool Sequencer::return_leases(Ticket ticket, Now now) {
  // What an unresolved batch has leased may not be ours.
  if (status_ != Status::serving || phase_ != Phase::idle || state_lost_) return false;
  std::size_t submitted = 0;
  while (submitted < options_.batch_commands_max) {
    auto held = leases_.take_one();
    if (!held) break;
    submit({core::ReturnLease{std::move(held->sequence), held->lease}, {}}, ticket, now);
    ++submitted;
  }
  return submitted > 0;
}

void Sequencer::expire(Now now) {
  notice_time(now);
  while (!queue_.empty() && queue_.front().deadline_ms <= now.unix_ms) {
    complete(queue_.front(), Outcome{.code = Code::unavailable, .value = {}});
    queue_.pop_front();
  }
  if (phase_ == Phase::idle) return;
  for (Waiting& waiting : in_batch_) {
    if (waiting.deadline_ms > now.unix_ms) break;
    if (waiting.answered) continue;
    completions_.push_back({waiting.ticket, Outcome{.code = Code::unknown, .value = {}}});
    waiting.answered = true;
  }
}

/// A clock that was ahead and has been set right: nothing waits longer than if it began now, and
/// what was past its deadline stays so.
void Sequencer::notice_time(Now now) {
  if (std::exchange(latest_ms_, now.unix_ms) <= now.unix_ms) return;
  const auto within = [&](std::int64_t& ms, std::int64_t at_most) {
    ms = std::min(ms, now.unix_ms + at_most);
  };
  const auto end_in_time = [&](Waiting& waiting) {
    within(waiting.deadline_ms, waiting.answered ? 0 : options_.deadline_ms);
  };
  std::ranges::for_each(queue_, end_in_time);
  std::ranges::for_each(in_batch_, end_in_time);
  within(not_before_ms_, options_.retry_ms);
  within(full_until_ms_, options_.full_ms);
  rests_.clear();  // nothing depends on them but who waits how long
  all_rest_until_ms_ = 0;
}

std::optional<std::int64_t> Sequencer::wake_ms() const {
  std::optional<std::int64_t> wake;
  const auto at = [&](std::int64_t ms) { wake = std::min(wake.value_or(ms), ms); };
  if (status_ != Status::serving) return wake;
  if (phase_ == Phase::lost && !state_lost_) at(not_before_ms_);
  if (phase_ == Phase::idle && !state_lost_ && !queue_.empty())
    at(std::max(not_before_ms_, all_rest_until_ms_));
  if (!queue_.empty()) at(queue_.front().deadline_ms);
  if (phase_ != Phase::idle) {
    const auto open = std::ranges::find(in_batch_, false, &Waiting::answered);
    if (open != in_batch_.end()) at(open->deadline_ms);
  }
  return wake;
}

bool Sequencer::idle() const {
  if (!queue_.empty()) return false;
  return phase_ == Phase::idle || std::ranges::all_of(in_batch_, &Waiting::answered);
}

void Sequencer::stop(Status status, std::string why, Code under_way) {
  status_ = status;
  failure_ = std::move(why);
  for (Waiting& waiting : in_batch_) complete(waiting, Outcome{.code = under_way, .value = {}});
  for (Waiting& waiting : queue_) {
    complete(waiting, Outcome{.code = Code::unavailable, .value = {}});
  }
  in_batch_.clear();
  queue_.clear();
}

void Sequencer::complete(Waiting& waiting, Outcome outcome) {
  if (!waiting.answered) completions_.push_back({waiting.ticket, std::move(outcome)});
  finish(waiting);
}

void Sequencer::finish(const Waiting& waiting) {
  if (waiting.command.idempotency) keys_in_flight_.erase(waiting.command.idempotency->digest);
}

std::vector<Completion> Sequencer::take_completions() { return std::exchange(completions_, {}); }

}  // namespace dcount::engine
