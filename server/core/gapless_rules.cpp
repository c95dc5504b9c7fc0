#include "server/core/gapless_rules.h"

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <optional>
#include <utility>

#include "server/core/names.h"
#include "server/core/reservation.h"

namespace dcount::core {
namespace {

/// The numbers of one gapless sequence within one decision. Changes are gathered here and written
/// by `write`, or not at all.
class Pool {
 public:
  Pool(Transaction& transaction, const std::string& name, FoundSequence& found)
      : transaction_(transaction), name_(name), found_(found) {}

  /// The reservation becomes expired, its number free.
  void expire(const std::string& key, Reservation reservation) {
    close(key, reservation, Reservation::State::expired);
    give_back(reservation.place);
  }

  void close(const std::string& key, Reservation& reservation, Reservation::State state) {
    reservation.state = state;
    reservation.closed_ms = transaction_.now().unix_ms;
    changed_.emplace_back(key, encode(reservation));
    sequence().open -= 1;
  }

  void open(const std::string& key, const Reservation& reservation) {
    changed_.emplace_back(key, encode(reservation));
    sequence().open += 1;
  }

  void give_back(std::uint64_t place) {
    returned_.insert(std::ranges::lower_bound(returned_, place), place);
  }

  /// Reservations whose time is over give their numbers back first: some of them, or as many as it
  /// takes for `count` numbers to be there.
  void take_in_expired(std::int64_t count) {
    std::size_t seen = 0;
    while (true) {
      const auto keys = transaction_.view().expired_reservations(name_, transaction_.now(),
                                                                 seen + expiries_at_a_time);
      for (std::size_t i = seen; i < keys.size(); ++i) take_in(keys[i]);
      const bool all = keys.size() < seen + expiries_at_a_time;
      if (all || has(count)) return;
      seen = keys.size();
    }
  }

  /// The lowest `count` numbers; nullopt: there are not so many, and nothing has changed.
  std::optional<std::vector<std::uint64_t>> take(std::int64_t count);

  void write();

 private:
  Sequence& sequence() { return found_.sequence; }

  void take_in(const std::string& key) {
    const auto text = transaction_.get(key);
    if (!text) return;
    const Reservation reservation = decode_reservation(*text);
    if (reservation.born_ms == sequence().born_ms && reservation.has_expired(transaction_.now())) {
      expire(key, reservation);
    }
  }

  /// How many of `count` numbers have to be new ones.
  std::int64_t fresh_of(std::int64_t count) {
    const auto back = sequence().free + static_cast<std::int64_t>(returned_.size());
    return std::max<std::int64_t>(0, count - back);
  }

  bool has(std::int64_t count) {
    const std::int64_t fresh = fresh_of(count);
    return fresh == 0 || has_left(sequence().definition, sequence().at, fresh);
  }

  /// The lowest stored free number from `place` on.
  std::optional<std::uint64_t> stored_from(std::uint64_t place) {
    if (stored_left_ == 0) return std::nullopt;
    const auto key =
        transaction_.view().first_free(free_key(name_, sequence().born_ms, place),
                                       prefix_end(free_list_prefix(name_, sequence().born_ms)));
    if (!key) return std::nullopt;
    return place_of_free(*key);
  }

  Transaction& transaction_;
  const std::string& name_;
  FoundSequence& found_;
  std::int64_t stored_left_ = found_.sequence.free;           ///< free keys that are not taken here
  std::optional<std::uint64_t> lowest_stored_;                ///< known once something was taken
  std::vector<std::pair<std::string, std::string>> changed_;  ///< reservations
  std::deque<std::uint64_t> returned_;                        ///< sorted
  std::vector<std::uint64_t> taken_stored_;
};

std::optional<std::vector<std::uint64_t>> Pool::take(std::int64_t count) {
  if (!has(count)) return std::nullopt;
  const std::int64_t fresh = fresh_of(count);
  const Sequence& before = sequence();

  std::vector<std::uint64_t> places;
  places.reserve(static_cast<std::size_t>(count));
  auto stored = stored_from(before.low);
  while (static_cast<std::int64_t>(places.size()) < count - fresh) {
    if (stored && (returned_.empty() || *stored < returned_.front())) {
      places.push_back(*stored);
      taken_stored_.push_back(*stored);
      --stored_left_;
      stored = stored_from(*stored + 1);
    } else {
      if (returned_.empty()) std::abort();  // the head counts more than there are
      places.push_back(returned_.front());
      returned_.pop_front();
    }
  }
  lowest_stored_ = stored;
  if (fresh > 0) {
    for (std::int64_t i = 0; i < fresh; ++i) {
      places.push_back(sequence().drawn + static_cast<std::uint64_t>(i));
    }
    sequence().at = advance(before.definition, before.at, fresh).after;
    sequence().drawn += static_cast<std::uint64_t>(fresh);
  }
  return places;
}

void Pool::write() {
  Sequence& head = sequence();
  for (auto& [key, text] : changed_) transaction_.put(key, std::move(text));
  for (const std::uint64_t place : taken_stored_) {
    transaction_.erase(free_key(name_, head.born_ms, place));
  }
  for (const std::uint64_t place : returned_) {
    const std::int64_t number = number_at(head.definition, place);
    transaction_.put(free_key(name_, head.born_ms, place), "1 n=" + std::to_string(number));
  }
  if (taken_stored_.empty() && head.free > 0) lowest_stored_ = head.low;
  head.free = stored_left_ + static_cast<std::int64_t>(returned_.size());
  if (!returned_.empty()) {
    head.low = lowest_stored_ ? std::min(*lowest_stored_, returned_.front()) : returned_.front();
  } else {
    head.low = lowest_stored_.value_or(0);
  }
  head.version += 1;
  transaction_.put(found_.key, encode(head));
}

Outcome about(Code code, const std::string& token, const Reservation& reservation,
              std::int64_t version) {
  return {.code = code,
          .value = ReservationOutcome{reservation.number, token, reservation.expires_ms, version}};
}

}  // namespace

Outcome draw_gapless(Transaction& transaction, FoundSequence& found, const Draw& draw) {
  Pool pool(transaction, draw.name, found);
  pool.take_in_expired(draw.count);
  const auto places = pool.take(draw.count);
  if (!places) {
    return {.code = Code::exhausted, .value = NumbersOutcome{{}, found.sequence.version, 0}};
  }
  pool.write();
  NumbersOutcome numbers;
  const Definition& definition = found.sequence.definition;
  for (const std::uint64_t place : *places) {
    append_number(numbers.runs, number_at(definition, place), definition.increment);
  }
  numbers.version = found.sequence.version;
  return {.code = Code::ok, .value = std::move(numbers)};
}

Outcome apply(Transaction& transaction, const Reserve& reserve) {
  FoundSequence found(transaction, reserve.name);
  const std::int64_t version = found.sequence.version;
  if (!found.live) return about(Code::not_found, reserve.token, {}, version);
  if (found.sequence.definition.mode != SequenceMode::gapless) {
    return about(Code::not_gapless, reserve.token, {}, version);
  }
  Pool pool(transaction, reserve.name, found);
  pool.take_in_expired(1);
  const auto places = pool.take(1);
  if (!places) return about(Code::exhausted, reserve.token, {}, version);
  Reservation reservation;
  reservation.place = places->front();
  reservation.number = number_at(found.sequence.definition, reservation.place);
  reservation.born_ms = found.sequence.born_ms;
  reservation.expires_ms = transaction.now().unix_ms + reserve.ttl_ms;
  pool.open(reservation_key(reserve.name, reserve.token), reservation);
  pool.write();
  return about(Code::created, reserve.token, reservation, found.sequence.version);
}

namespace {

/// What a reservation that is not open any more is to one who wants it otherwise.
Code refusal_of(Reservation::State closed) {
  if (closed == Reservation::State::confirmed) return Code::confirmed;
  return closed == Reservation::State::released ? Code::released : Code::expired;
}

/// Confirm and Release alike: an open reservation gets into `wanted`, one that is there already
/// stays, anything else is refused.
Outcome close(Transaction& transaction, const std::string& name, const std::string& token,
              Reservation::State wanted) {
  FoundSequence found(transaction, name);
  const std::string key = reservation_key(name, token);
  const auto text = transaction.get(key);
  auto reservation = text ? std::optional(decode_reservation(*text)) : std::nullopt;
  const bool known = found.live && reservation && reservation->born_ms == found.sequence.born_ms;
  if (!known) return about(Code::not_found, token, {}, found.sequence.version);
  Pool pool(transaction, name, found);
  if (reservation->has_expired(transaction.now())) {
    pool.expire(key, *reservation);
    pool.write();
    return about(Code::expired, token, *reservation, found.sequence.version);
  }
  if (reservation->state != Reservation::State::open) {
    const Code code = reservation->state == wanted ? Code::ok : refusal_of(reservation->state);
    return about(code, token, *reservation, found.sequence.version);
  }
  pool.close(key, *reservation, wanted);
  if (wanted == Reservation::State::released) pool.give_back(reservation->place);
  pool.write();
  return about(Code::ok, token, *reservation, found.sequence.version);
}

}  // namespace

Outcome apply(Transaction& transaction, const Confirm& confirm) {
  return close(transaction, confirm.name, confirm.token, Reservation::State::confirmed);
}

Outcome apply(Transaction& transaction, const Release& release) {
  return close(transaction, release.name, release.token, Reservation::State::released);
}

// ---- housekeeping

void expire(Transaction& transaction, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    const auto text = transaction.get(key);
    if (!text) continue;
    const Reservation reservation = decode_reservation(*text);
    const std::string name(name_of_reservation(key));
    FoundSequence found(transaction, name);
    if (!found.live || found.sequence.born_ms != reservation.born_ms) {
      transaction.erase(key);
      continue;
    }
    if (!reservation.has_expired(transaction.now())) continue;
    Pool pool(transaction, name, found);
    pool.expire(key, reservation);
    pool.write();
  }
}

std::size_t purge(Transaction& transaction, std::size_t records_max) {
  std::size_t erased = 0;
  const State& state = transaction.state();
  state.other().scan(purge_prefix, prefix_end(purge_prefix), [&](const Record& record) {
    std::string prefix(free_prefix);
    prefix += record.key().substr(purge_prefix.size());
    prefix += '/';
    state.free_numbers().scan(prefix, prefix_end(prefix), [&](const Record& number) {
      if (erased == records_max) return false;
      transaction.erase(std::string(number.key()));
      ++erased;
      return true;
    });
    if (erased == records_max) return false;
    transaction.erase(std::string(record.key()));
    ++erased;
    return true;
  });
  return erased;
}

}  // namespace dcount::core
