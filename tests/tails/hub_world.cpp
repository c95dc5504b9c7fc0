#include "tests/tails/hub_world.h"

#include <chrono>
#include <cstdlib>
#include <future>
#include <stdexcept>

#include "server/http/event_loop_impl.h"

namespace dcount::tails {
namespace {

core::CounterId counter_id(const std::string& key) {
  const auto slash = key.find('/');
  return {key.substr(0, slash), key.substr(slash + 1)};
}

core::Add addition(const std::string& key, std::int64_t n) {
  core::Add add;
  add.counter = counter_id(key);
  add.n = n;
  add.create = true;
  return add;
}

}  // namespace

bool comes_true(const std::function<bool()>& holds) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));  // the loop wants to go on
  }
  return true;
}

// ---- World

World::World(WorldOptions options) {
  engine::EngineOptions engine_options;
  engine_options.tombstone_ms = options.tombstone_ms;
  engine_options.sweep_ms = 1;
  auto store = std::make_unique<LossyStore>(disk_);
  lossy_ = store.get();
  engine_.emplace(std::move(store), clock_, engine_options);
  feed_.emplace(*engine_);
  if (!engine_->start()) throw std::runtime_error("engine");
  if (options.other_writes) {
    other_.emplace(std::make_unique<store::MemoryStore>(disk_, "b"), clock_, engine_options);
    if (!other_->start()) throw std::runtime_error("other engine");
  }
  limits_.heartbeat = std::chrono::milliseconds(50);
  hub_.emplace(loop_, *feed_, limits_, figures_);
  thread_ = std::thread([this] { loop_.impl().run(); });
}

World::~World() {
  loop_.impl().stop();
  thread_.join();
  engine_->stop();
  if (other_) other_->stop();
}

void World::on_loop(const std::function<void()>& work) {
  std::promise<void> done;
  loop_.post([&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

void World::deliver(std::vector<engine::Completion> completions) {
  const std::lock_guard lock(mutex_);
  completed_ += completions.size();
}

void World::submit(core::CommandBody body) {
  std::vector<engine::Submission> one;
  one.push_back({{std::move(body), {}}, {this, ++submitted_}, {}});
  writer().submit(one);
}

void World::add(const std::string& key, std::int64_t n) {
  counters_[key] += n;
  on_change(key);
  submit(addition(key, n));
}

void World::remove(const std::string& key) {
  if (counters_.erase(key) > 0) on_change(key);
  submit(core::Delete{counter_id(key), {}});
}

void World::add_together(const std::map<std::string, std::int64_t>& parts) {
  core::CounterBatch batch;
  for (const auto& [key, n] : parts) {
    counters_[key] += n;
    on_change(key);
    batch.ops.emplace_back(addition(key, n));
  }
  submit(std::move(batch));
}

void World::settle() {
  const bool answered = comes_true([&] {
    const std::lock_guard lock(mutex_);
    return completed_ == submitted_;
  });
  if (!answered) throw std::runtime_error("commands are not answered");
  const auto target = writer().statistics().revision;
  if (!comes_true([&] { return !lossy_->lost(); })) throw std::runtime_error("nothing is loaded");
  if (!comes_true([&] { return engine_->statistics().revision >= target; }))
    throw std::runtime_error("the hub's server does not follow: " + engine_->trouble());
}

// ---- Client

Client::Client(World& world, Style style, std::vector<std::string> keys)
    : world_(world), style_(style), keys_(keys.begin(), keys.end()) {}

bool Client::matches(const std::set<std::string>& keys, const std::string& key) {
  const auto slash = key.find('/');
  return keys.contains("*") || keys.contains(key) || keys.contains(key.substr(slash + 1)) ||
         keys.contains(key.substr(0, slash + 1));
}

void Client::expect(const std::string& key) {
  if (!matches(key)) return;
  const std::lock_guard lock(mutex_);
  expected_.insert(key);
}

void Client::expect_all(const std::set<std::string>& keys) {
  for (const auto& [key, n] : world_.counters()) {
    if (matches(keys, key)) expect(key);
  }
}

void Client::begin(std::optional<Revision> after, bool follow) {
  Beginning beginning;
  for (const std::string& key : keys_) beginning.filter.add(key);
  beginning.after = after;
  beginning.follow = follow;
  beginning.answered = style_ == Style::subscribes;
  of_stream_ = after.value_or(0);
  was_last_ = true;
  ++connection_;
  const std::lock_guard lock(mutex_);
  ended_ = false;
  accepted_ = beginning.answered;
  subscriber_ = world_.hub().add(*this, std::move(beginning));
}

void Client::connect(std::optional<Revision> after) {
  if (after == 0) expect_all(keys_);
  world_.on_loop([&] { begin(after, true); });
  if (!comes_true([&] {
        const std::lock_guard lock(mutex_);
        return accepted_;
      }))
    throw std::runtime_error("not accepted");
}

void Client::resume() {
  disconnect();
  std::optional<Revision> after;
  {
    const std::lock_guard lock(mutex_);
    after = complete_;
    if (!after) {
      known_.clear();
      expected_.clear();
    }
  }
  connect(after);
}

void Client::leave() {
  if (subscriber_) world_.hub().remove(*std::exchange(subscriber_, nullptr));
}

void Client::disconnect() {
  world_.on_loop([this] { leave(); });
}

void Client::subscribe(const std::string& key, bool snapshot) {
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(known_, [&](const auto& one) { return !matches(one.first); });
  }
  keys_.insert(key);
  if (snapshot) expect_all({key});
  world_.on_loop([&] { subscriber_->subscribe(key, snapshot); });
}

void Client::unsubscribe(const std::string& key) {
  keys_.erase(key);
  has_unsubscribed_ = true;
  world_.on_loop([&] { subscriber_->unsubscribe(key); });
  const std::lock_guard lock(mutex_);
  std::erase_if(known_, [&](const auto& one) { return !matches(one.first); });
  std::erase_if(expected_, [&](const auto& one) { return !matches(one); });
}

void Client::read(std::int64_t messages) {
  world_.on_loop([&] {
    room_ += messages;
    if (subscriber_) world_.hub().wake(*subscriber_);
  });
}

Counters Client::fetch() {
  world_.on_loop([&] {
    room_ = 1'000'000;
    begin(0, false);
  });
  if (!comes_true([&] {
        const std::lock_guard lock(mutex_);
        return ended_;
      }))
    throw std::runtime_error("a finite tail does not end");
  const std::lock_guard lock(mutex_);
  Counters counters;
  for (const auto& [key, known] : known_) {
    if (!known.deleted) counters[key] = known.n;
  }
  return counters;
}

std::string Client::difference() const {
  const std::lock_guard lock(mutex_);
  if (!accepted_ || ended_) return "it is not served";
  std::set<std::string> keys = expected_;
  if (!has_unsubscribed_) {
    for (const auto& [key, known] : known_) keys.insert(key);
  }
  for (const std::string& key : keys) {
    const auto is = world_.counters().find(key);
    const auto told = known_.find(key);
    const bool exists = is != world_.counters().end();
    const bool told_exists = told != known_.end() && !told->second.deleted;
    if (exists != told_exists)
      return key + (exists ? " is not known" : " should have been told to be gone");
    if (exists && is->second != told->second.n)
      return key + " is " + std::to_string(is->second) + ", not " + std::to_string(told->second.n);
  }
  return {};
}

std::string Client::last_difference() {
  comes_true([&] { return difference().empty() || !fault().empty(); });
  return difference();
}

std::string Client::fault() const {
  const std::lock_guard lock(mutex_);
  return fault_;
}

std::size_t Client::messages() const {
  const std::lock_guard lock(mutex_);
  return messages_;
}

std::int64_t Client::value(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto at = known_.find(key);
  return at == known_.end() || at->second.deleted ? -1 : at->second.n;
}

// ---- what the loop calls

void Client::find_fault(const std::string& what) {
  if (fault_.empty()) fault_ = what;
}

void Client::accept() {
  const std::lock_guard lock(mutex_);
  if (accepted_) find_fault("accepted twice");
  accepted_ = true;
}

/// Begins again from 0, as http-api.md says.
void Client::refuse(Revision) {
  world_.hub().loop().post([this] {
    if (!subscriber_) return;
    leave();
    {
      const std::lock_guard lock(mutex_);
      known_.clear();
      complete_.reset();
    }
    begin(0, true);
  });
}

void Client::send(const Change& change, bool last) {
  const std::lock_guard lock(mutex_);
  const std::string key = change.collection() + '/' + change.id();
  const Revision revision = change.revision();
  const std::string said = key + " at " + std::to_string(revision);
  if (!accepted_ || ended_) find_fault(said + " was told before the beginning or after the end");
  if (room_-- <= 0) find_fault(said + " was told to somebody who has no room");
  if (style_ == Style::resumes) {
    if (revision < of_stream_) find_fault(said + " behind " + std::to_string(of_stream_));
    if (revision == of_stream_ && was_last_) find_fault(said + " after the last of its revision");
    if (revision != of_stream_ && !was_last_) find_fault(said + " and no last one before");
    if (!matches(key)) find_fault(said + " was not asked for");
  }
  of_stream_ = revision;
  was_last_ = last;
  if (last) complete_ = std::max(complete_.value_or(0), revision);
  ++messages_;
  Known& known = known_[key];
  if (revision < known.revision) find_fault(said + " was newer before");
  // Who resumes gets the whole of a revision that broke off, and a snapshot may repeat.
  const bool again = revision == known.revision && known.connection == connection_;
  if (again && style_ == Style::resumes) find_fault(said + " was told twice");
  const std::string line(change.as(Form::line).payload());
  const auto n = line.find("\"n\":");
  if (change.deleted() != (n == std::string::npos)) find_fault("the form is wrong: " + line);
  known = {change.deleted() ? 0 : std::strtoll(line.c_str() + n + 4, nullptr, 10), change.deleted(),
           revision, connection_};
}

void Client::heartbeat(std::optional<Revision> complete_to) {
  const std::lock_guard lock(mutex_);
  if (!complete_to) return;
  if (*complete_to < complete_.value_or(0)) find_fault("a bookmark goes back");
  if (*complete_to < of_stream_) find_fault("a bookmark is behind its stream");
  complete_ = *complete_to;
}

void Client::end(End why, std::optional<Revision>) {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  if (why != End::caught_up) find_fault("ended by the server");
}

}  // namespace dcount::tails
