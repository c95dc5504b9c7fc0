#include "tests/check/tail_model.h"

#include <algorithm>
#include <map>
#include <optional>

namespace dcount::check {
namespace {

constexpr std::size_t keys = 2;
constexpr std::size_t processes = 3;

struct Change {
  std::int64_t revision = 0;
  std::uint32_t key = 0;
  std::int64_t value = none;
  std::int64_t version = none;
};

struct Counter {
  std::int64_t value = 0;  // none: there is none
  std::int64_t version = 1;
};

struct Running {
  HistoryBuilder::Handle handle = 0;
  std::uint32_t key = 0;
  Function function = Function::add;
  std::int64_t argument = 1;
  Answer answer;
  Outcome outcome = Outcome::ok;
  bool busy = false;
  bool done = false;
};

struct Subscriber {
  std::uint32_t number = 0;
  TailFormat format = TailFormat::ndjson;
  bool connected = false;
  bool ever = false;
  bool whole = true;     ///< both counters
  std::size_t seen = 0;  ///< of the log, by its server
  std::int64_t complete = 0;
  std::int64_t last = 0;
  std::map<std::uint32_t, Change> waiting;
  std::optional<Change> sent;

  bool wants(std::uint32_t key) const { return whole || key == 0; }
};

class Service {
 public:
  Service(Random& random, const TailMix& mix) : random_(random), mix_(mix), running_(processes) {
    KeyFacts facts{.kind = KeyFacts::Kind::counter};
    facts.version = 1;
    builder_.key("c/a", facts);
    builder_.key("c/b", facts);
    for (std::uint32_t key = 0; key < keys; ++key) log_.push_back({1, key, 0, 1});
    subscribers_.resize(mix.subscribers);
    for (Subscriber& subscriber : subscribers_) {
      subscriber.number =
          builder_.tail("tail-" + std::to_string(&subscriber - &subscribers_[0] + 1));
      const TailFormat formats[] = {TailFormat::ndjson, TailFormat::sse, TailFormat::lockstep,
                                    TailFormat::websocket};
      subscriber.format = formats[random_.below(4)];
      subscriber.whole = random_.chance(0.8);
    }
  }

  History run(bool& planted) {
    while (begun_ < mix_.operations || busy()) {
      if (random_.chance(0.45)) {
        operate();
      } else {
        serve(subscribers_[random_.below(subscribers_.size())]);
      }
    }
    finish();
    planted = planted_;
    return builder_.take();
  }

 private:
  bool busy() const {
    return std::any_of(running_.begin(), running_.end(), [](const Running& r) { return r.busy; });
  }
  bool defect(TailDefect which, double share = 0.5) {
    if (planted_ || mix_.defect != which || !random_.chance(share)) return false;
    planted_ = true;
    return true;
  }

  void operate() {
    auto process = static_cast<std::uint32_t>(random_.below(processes));
    Running& running = running_[process];
    if (!running.busy) {
      if (begun_ == mix_.operations) return;
      ++begun_;
      running = {.busy = true};
      running.key = static_cast<std::uint32_t>(random_.below(keys));
      running.function = random_.chance(0.15) ? Function::remove : Function::add;
      if (random_.chance(0.2)) running.argument = random_.chance(0.5) ? 2 : -1;
      if (running.function == Function::remove) running.argument = none;
      bool creates = running.function == Function::add && random_.chance(0.5);
      running.handle = builder_.invoke(process, {.key = running.key,
                                                 .function = running.function,
                                                 .argument = running.argument,
                                                 .creates = creates});
    } else if (!running.done && random_.chance(0.7)) {
      ++revision_;
      commit(running);
      // Commits are groups.
      for (Running& other : running_) {
        if (other.busy && !other.done && random_.chance(0.4)) commit(other);
      }
      if (random_.chance(0.2)) ++revision_;
    } else if (running.done || random_.chance(mix_.unknown)) {
      running.busy = false;
      bool unknown = !running.done || random_.chance(mix_.unknown);
      if (unknown && !running.done && random_.chance(0.5)) ghosts_.push_back(running);
      builder_.complete(running.handle, unknown ? Outcome::unknown : running.outcome,
                        unknown ? Answer() : running.answer);
    }
    if (random_.chance(0.1)) haunt();
  }

  void haunt() {
    if (ghosts_.empty()) return;
    ++revision_;
    commit(ghosts_.back());
    ghosts_.pop_back();
  }

  void commit(Running& running) {
    running.done = true;
    Counter& counter = counters_[running.key];
    bool creates = builder_.history().operations[running.handle].creates;
    if (running.function == Function::remove) {
      running.answer.result = counter.value == none ? 0 : 1;
      if (counter.value == none) return;
      counter.value = none;
      ++counter.version;
    } else {
      if (counter.value == none && !creates) {
        running.outcome = Outcome::fail;
        return;
      }
      counter.version += counter.value == none ? 2 : 1;
      counter.value = (counter.value == none ? 0 : counter.value) + running.argument;
      running.answer.result = counter.value;
    }
    running.answer.version = counter.version;
    log_.push_back({revision_, running.key, counter.value, counter.version});
  }

  /// How far some server is.
  std::size_t some_server(std::size_t least) {
    std::size_t seen =
        random_.chance(0.6) ? log_.size() : least + random_.below(log_.size() - least + 1);
    while (seen < log_.size() && log_[seen].revision == log_[seen - 1].revision) ++seen;
    return seen;
  }

  void see(Subscriber& subscriber, std::size_t seen) {
    for (; subscriber.seen < seen; ++subscriber.seen) {
      const Change& change = log_[subscriber.seen];
      if (subscriber.wants(change.key)) subscriber.waiting[change.key] = change;
    }
  }

  void connect(Subscriber& subscriber) {
    TailConnection connection{.format = subscriber.format};
    bool stream = in_revision_order(subscriber.format);
    bool lockstep = subscriber.format == TailFormat::lockstep;
    bool resumes = stream && subscriber.ever && random_.chance(0.85);
    bool start = !resumes && random_.chance(stream ? 0.85 : 0.7);
    subscriber.waiting.clear();
    connection.inclusive = lockstep;
    if (resumes) {
      connection.cursor = lockstep ? subscriber.last : subscriber.complete;
      start = connection.cursor == 0;
    } else if (start) {
      connection.snapshot = !lockstep;
      if (lockstep) connection.cursor = 0;
    }
    std::int64_t from = resumes && !start ? connection.cursor + (lockstep ? 0 : 1) : 0;
    std::size_t least = keys;
    while (least < log_.size() && log_[least].revision < from) ++least;
    subscriber.seen = some_server(least);
    bool loses = false;
    if (resumes || start) {
      for (std::size_t i = 0; i < subscriber.seen; ++i) {
        if (subscriber.wants(log_[i].key)) subscriber.waiting[log_[i].key] = log_[i];
      }
      loses = resumes && !start && !subscriber.waiting.empty();
    }
    std::erase_if(subscriber.waiting, [&](const auto& one) {
      return one.second.revision < from || (start && one.second.value == none);
    });
    if (loses && !subscriber.waiting.empty() && defect(TailDefect::lost_on_resume, 0.8)) {
      subscriber.waiting.erase(random_.chance(0.5) ? subscriber.waiting.begin()
                                                   : std::prev(subscriber.waiting.end()));
    }
    subscriber.connected = subscriber.ever = true;
    subscriber.sent.reset();
    TailSelection selection{.all = subscriber.whole, .names = {}};
    if (!subscriber.whole) selection.names = {"c/a"};
    if (!resumes) subscriber.complete = subscriber.last = 0;
    builder_.connect_tail(subscriber.number, connection, selection);
  }

  void serve(Subscriber& subscriber) {
    if (!subscriber.connected) return connect(subscriber);
    double what = static_cast<double>(random_.below(100)) / 100;
    if (what < 0.12) {
      builder_.disconnect_tail(subscriber.number);
      subscriber.connected = false;
    } else if (what < 0.4) {
      see(subscriber, some_server(subscriber.seen));
      if (!subscriber.waiting.empty() && defect(TailDefect::lost, 0.3)) {
        subscriber.waiting.erase(subscriber.waiting.begin());
      }
    } else if (what < 0.5) {
      bookmark(subscriber);
    } else {
      deliver(subscriber);
    }
  }

  void bookmark(Subscriber& subscriber) {
    if (subscriber.format != TailFormat::ndjson && subscriber.format != TailFormat::sse) return;
    if (!subscriber.waiting.empty() && !defect(TailDefect::complete_early)) return;
    subscriber.complete = std::max(subscriber.complete, log_[subscriber.seen - 1].revision);
    builder_.add_tail_event(subscriber.number, {.revision = subscriber.complete, .complete = 1});
  }

  void deliver(Subscriber& subscriber) {
    if (subscriber.sent && defect(TailDefect::twice, 0.3))
      return send(subscriber, *subscriber.sent, false);
    if (subscriber.waiting.empty()) return;
    auto first = subscriber.waiting.begin();
    bool stream = in_revision_order(subscriber.format);
    auto least = std::min_element(
        subscriber.waiting.begin(), subscriber.waiting.end(),
        [](const auto& x, const auto& y) { return x.second.revision < y.second.revision; });
    if (stream) first = least;
    if (stream && subscriber.waiting.size() > 1 && defect(TailDefect::swapped)) {
      first = least == subscriber.waiting.begin() ? std::next(least) : subscriber.waiting.begin();
    }
    Change change = first->second;
    subscriber.waiting.erase(first);
    bool more =
        std::any_of(subscriber.waiting.begin(), subscriber.waiting.end(),
                    [&](const auto& one) { return one.second.revision == change.revision; });
    if (more && stream && subscriber.format != TailFormat::lockstep &&
        defect(TailDefect::complete_early))
      more = false;
    if (change.value != none && defect(TailDefect::wrong_value, 0.4)) {
      change.value += random_.chance(0.5) ? 1 : -1;
    }
    subscriber.sent = change;
    send(subscriber, change, more);
  }

  void send(Subscriber& subscriber, const Change& change, bool more) {
    TailEvent event{.revision = change.revision, .value = change.value, .key = change.key};
    bool lockstep = subscriber.format == TailFormat::lockstep;
    if (lockstep) event.version = change.version;
    event.complete = !more && in_revision_order(subscriber.format) && !lockstep;
    if (event.complete != 0) subscriber.complete = std::max(subscriber.complete, change.revision);
    subscriber.last = std::max(subscriber.last, change.revision);
    builder_.add_tail_event(subscriber.number, event);
  }

  void finish() {
    for (std::uint32_t key = 0; key < keys; ++key) {
      auto read = builder_.invoke(9, {.key = key});
      builder_.complete(read, Outcome::ok,
                        {.result = counters_[key].value,
                         .version = counters_[key].value == none ? none : counters_[key].version});
    }
    std::size_t read = log_.size();
    if (random_.chance(0.3)) haunt();
    for (Subscriber& subscriber : subscribers_) {
      if (!subscriber.connected && random_.chance(0.8)) connect(subscriber);
      if (!subscriber.connected) continue;
      see(subscriber, std::max(subscriber.seen, random_.chance(0.5) ? read : log_.size()));
      if (!subscriber.waiting.empty() && defect(TailDefect::dropped_at_end)) {
        subscriber.waiting.clear();
      }
      while (!subscriber.waiting.empty()) deliver(subscriber);
      builder_.end_tail(subscriber.number);
    }
    if (!random_.chance(0.5) && mix_.defect != TailDefect::wrong_row) return;
    std::vector<std::pair<std::uint32_t, std::int64_t>> rows;
    std::size_t seen = random_.chance(0.5) ? read : log_.size();
    for (std::uint32_t key = 0; key < keys; ++key) {
      std::int64_t value = none;
      for (std::size_t i = 0; i < seen; ++i) {
        if (log_[i].key == key) value = log_[i].value;
      }
      if (value != none && defect(TailDefect::wrong_row)) value -= 1;
      if (value != none || random_.chance(0.5)) rows.emplace_back(key, value);
    }
    builder_.add_table(builder_.tail("mirror"), TailSelection{.all = true, .names = {}}, rows);
  }

  Random& random_;
  const TailMix mix_;
  HistoryBuilder builder_;
  std::vector<Running> running_;
  std::vector<Running> ghosts_;
  std::vector<Subscriber> subscribers_;
  std::vector<Change> log_;
  Counter counters_[keys];
  std::int64_t revision_ = 1;
  std::size_t begun_ = 0;
  bool planted_ = false;
};

}  // namespace

History make_tails(Random& random, const TailMix& mix, bool& planted) {
  return Service(random, mix).run(planted);
}

std::string text_of_tails(const History& history) {
  std::vector<std::pair<Index, std::string>> lines;
  auto line = [&](Index index, std::string text) {
    lines.emplace_back(index, std::to_string(index) + " " + std::move(text) + "\n");
  };
  auto number = [](std::int64_t value) { return value == none ? "-" : std::to_string(value); };
  for (const Tail& tail : history.tails) {
    for (const TailConnection& connection : tail.connections) {
      const char* const formats[] = {"sse", "ndjson", "lockstep", "ws"};
      line(connection.connected,
           tail.name + " connects, " + formats[static_cast<std::size_t>(connection.format)] +
               ", cursor " + number(connection.cursor) + (connection.snapshot ? ", snapshot" : "") +
               (history.selections[connection.selection].all ? "" : ", c/a only"));
    }
    for (const TailEvent& event : tail.events) {
      line(event.index,
           tail.name +
               (event.is_bookmark() ? " bookmark"
                                    : " " + history.keys[event.key] + " = " + number(event.value)) +
               " rev " + number(event.revision) + " version " + number(event.version) +
               (event.complete != 0 ? " complete" : ""));
    }
    if (tail.ended != never) line(tail.ended, tail.name + " ends");
    if (!tail.table) continue;
    std::string text = tail.name + " table";
    for (auto [key, value] : tail.table->rows)
      text += " " + history.keys[key] + "=" + number(value);
    line(tail.table->index, text);
  }
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const auto& one : lines) text += one.second;
  return text;
}

}  // namespace dcount::check
