#include "tests/client/fake_server.h"

#include "tests/client/fake_answer.h"

namespace dcount::test {
namespace {

/// What belongs to an answer and so to its replay.
constexpr const char* kept_headers[] = {"ETag", "Items-Added", "Sequence-Wraps"};

/// The parts of a target's path, each decoded.
std::vector<std::string> split(const std::string& target) {
  std::string path = target.substr(0, target.find('?'));
  std::vector<std::string> parts;
  std::size_t begin = 1;
  while (begin <= path.size()) {
    auto end = std::min(path.find('/', begin), path.size());
    if (end > begin) {
      parts.push_back(httplib::detail::decode_url(path.substr(begin, end - begin), false));
    }
    begin = end + 1;
  }
  return parts;
}

}  // namespace

FakeServer::FakeServer() {
  http_.new_task_queue = [] { return new httplib::ThreadPool(256); };
  http_.set_tcp_nodelay(true);
  http_.set_keep_alive_max_count(1'000'000);
  auto handler = [this](const Request& request, Response& response) { handle(request, response); };
  const char* any = R"([\s\S]*)";  // a decoded tenant may hold a newline
  http_.Get(any, handler);
  http_.Post(any, handler);
  http_.Put(any, handler);
  http_.Delete(any, handler);
  port_ = http_.bind_to_any_port("127.0.0.1");
  http_.widen_backlog();
  thread_ = std::thread([this] { http_.listen_after_bind(); });
  while (!http_.is_running()) std::this_thread::yield();
}

FakeServer::~FakeServer() {
  stalled_ = false;
  http_.stop();
  thread_.join();
}

void FakeServer::fail_next(Fault fault, int times) {
  std::lock_guard lock(mutex_);
  for (int i = 0; i < times; ++i) faults_.push_back(fault);
}

void FakeServer::fail_always(Fault fault) {
  std::lock_guard lock(mutex_);
  faults_ = {std::move(fault)};
  always_ = true;
}

void FakeServer::heal() {
  std::lock_guard lock(mutex_);
  faults_.clear();
  always_ = false;
}

std::vector<Seen> FakeServer::seen() const {
  std::lock_guard lock(mutex_);
  return seen_;
}

std::int64_t FakeServer::value(const std::string& name) const {
  std::lock_guard lock(mutex_);
  auto found = counters_.find(name);
  return found == counters_.end() ? 0 : found->second.n;
}

void FakeServer::set(const std::string& name, std::int64_t n) {
  std::lock_guard lock(mutex_);
  counters_[name] = {n, 1};
}

std::string FakeServer::restored() const {
  std::lock_guard lock(mutex_);
  return restored_;
}

void FakeServer::set_dump(std::string dump) {
  std::lock_guard lock(mutex_);
  dump_ = std::move(dump);
}

std::vector<std::string> FakeServer::items(const std::string& tenant) {
  std::lock_guard lock(mutex_);
  return items_.ids(tenant);
}

void FakeServer::expire_reservations() {
  std::lock_guard lock(mutex_);
  sequences_.expire();
}

bool FakeServer::inject(Response& response, bool& lose) {
  if (faults_.empty()) return false;
  Fault fault = faults_.front();
  if (!always_) faults_.pop_front();
  lose = fault.lose_answer;
  if (fault.status == 0) return false;
  problem(response, fault.status, fault.code.empty() ? "injected" : fault.code);
  if (!fault.raw_body.empty()) response.set_content(fault.raw_body, "application/json");
  if (!fault.retry_after.empty()) response.set_header("Retry-After", fault.retry_after);
  return true;
}

void FakeServer::handle(const Request& request, Response& response) {
  std::lock_guard lock(mutex_);
  std::string key = request.get_header_value("Idempotency-Key");
  seen_.push_back({request.method, request.target, key, request.body,
                   request.get_header_value("Authorization")});
  bool lose = false;
  if (inject(response, lose)) return;
  auto stored = stored_.find(key);
  if (!key.empty() && stored != stored_.end()) {
    response.status = stored->second.status;
    response.set_content(stored->second.body, "application/json");
    for (auto& [name, value] : stored->second.headers) response.set_header(name.c_str(), value);
    response.set_header("Idempotent-Replayed", "true");
  } else {
    route(request, response);
    if (!key.empty()) store(key, response);
  }
  if (lose) {
    response.body.clear();
    response.set_content_provider(
        100, "application/json",
        [](std::size_t, std::size_t, httplib::DataSink&) { return false; });
  }
}

void FakeServer::store(const std::string& key, const Response& response) {
  Stored& stored = stored_[key] = {response.status, response.body, {}};
  for (const char* name : kept_headers) {
    if (response.has_header(name)) stored.headers[name] = response.get_header_value(name);
  }
}

void FakeServer::route(const Request& request, Response& response) {
  auto parts = split(request.target);
  if (request.path == "/readyz") return answer(response, 200, {{"ready", true}});
  if (request.path == "/batch") return batch(request, response);
  if (request.path == "/api/dump" && stalled_) {
    return response.set_chunked_content_provider("application/x-ndjson",
                                                 [this](std::size_t, httplib::DataSink& sink) {
                                                   std::this_thread::yield();
                                                   return stalled_ && sink.is_writable();
                                                 });
  }
  if (request.path == "/api/dump") return response.set_content(dump_, "application/x-ndjson");
  if (request.path == "/api/restore") {
    if (!counters_.empty() && request.get_param_value("force") != "true") {
      return problem(response, 409, "not_empty");
    }
    restored_ = request.body;
    return answer(response, 200, {{"restored", true}});
  }
  // cpp-httplib's own, which it made without const.
  if (packages_.route(const_cast<Request&>(request), parts, response)) return;
  std::string group = parts.empty() ? "" : parts[0];
  if (group == "cnt") return counters(request, parts, response);
  if (group == "items") return items_.route(request, parts, response);
  if (group == "sequences" || group == "v2") return sequences_.route(request, parts, response);
  problem(response, 404, "not_found");
}

void FakeServer::counters(const Request& request, const std::vector<std::string>& parts,
                          Response& response) {
  if (parts.size() < 3 && request.method == "GET") {
    return list(request, parts.size() == 2 ? parts[1] + "/" : "", response);
  }
  std::string id = parts.size() > 2 ? parts[2] : "made-up-" + std::to_string(++made_up_);
  std::string name = parts[1] + "/" + id;
  auto found = counters_.find(name);
  if (request.method == "PUT" || parts.size() == 2) {
    bool created = found == counters_.end();
    if (created) counters_[name] = {Json::parse(request.body).value("n", std::int64_t{0}), 1};
    return answer(response, created ? 201 : 200,
                  {{"id", id}, {"n", counters_[name].n}, {"version", counters_[name].version}});
  }
  if (request.method == "DELETE") {
    return answer(response, 200, {{"del", counters_.erase(name)}});
  }
  if (request.method == "POST" && (parts.size() == 3 || parts[3] != "reset")) {
    return add(request, name, parts.size() == 3 ? 1 : std::stoll(parts[3]), response);
  }
  if (found == counters_.end()) return problem(response, 404, "not_found");
  if (request.method == "POST") found->second = {0, found->second.version + 1};
  answer(response, 200, {{"n", found->second.n}, {"version", found->second.version}});
}

void FakeServer::add(const Request& request, const std::string& name, std::int64_t n,
                     Response& response) {
  if (!counters_.contains(name) && request.get_param_value("create") != "true") {
    return problem(response, 404, "not_found");
  }
  Counter& counter = counters_[name];
  std::int64_t after = counter.n + n;
  if (request.has_param("max") && after > std::stoll(request.get_param_value("max"))) {
    if (request.get_param_value("on_limit") != "saturate") {
      return problem(response, 409, "bound_exceeded", {{"value", counter.n}, {"applied", 0}});
    }
    after = std::stoll(request.get_param_value("max"));
  }
  std::int64_t applied = after - counter.n;
  counter = {after, counter.version + 1};
  answer(response, 200,
         {{"resp", true}, {"n", after}, {"applied", applied}, {"version", counter.version}});
}

void FakeServer::batch(const Request& request, Response& response) {
  Json body = Json::parse(request.body);
  Json results = Json::array();
  std::size_t index = 0;
  for (const Json& op : body["ops"]) {
    if (op.value("add", "") == "refused/me")
      return problem(response, 409, "bound", {{"index", index}});
    ++index;
  }
  for (const Json& op : body["ops"]) {
    if (op.contains("delete")) {
      results.push_back({{"del", counters_.erase(op["delete"].get<std::string>())}});
      continue;
    }
    std::int64_t n = op.value("n", std::int64_t{1});
    Counter& counter = counters_[op["add"].get<std::string>()];
    counter = {counter.n + n, counter.version + 1};
    results.push_back({{"n", counter.n}, {"applied", n}, {"version", counter.version}});
  }
  answer(response, 200, {{"results", results}});
}

void FakeServer::list(const Request& request, const std::string& prefix, Response& response) {
  std::size_t limit = 100;
  if (request.has_param("limit")) limit = std::stoul(request.get_param_value("limit"));
  std::string after = request.get_param_value("cursor");
  Json counters = Json::array();
  std::string next;
  for (auto it = counters_.upper_bound(after); it != counters_.end(); ++it) {
    if (!it->first.starts_with(prefix)) continue;
    if (counters.size() == limit) {
      next = counters.back()["collection"].get<std::string>() + "/" +
             counters.back()["id"].get<std::string>();
      break;
    }
    auto slash = it->first.find('/');
    counters.push_back({{"collection", it->first.substr(0, slash)},
                        {"id", it->first.substr(slash + 1)},
                        {"n", it->second.n},
                        {"version", it->second.version}});
  }
  answer(response, 200,
         {{"counters", counters}, {"next", next.empty() ? Json() : Json(next)}, {"revision", 1}});
}

}  // namespace dcount::test
