// Planted: the answer to a GET is remembered for 200 ms and given to others who ask the same,
// whatever has changed since, here or on another server.
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "sim/faulty/answer_plants.h"
#include "sim/faulty/changed_routes.h"

namespace dcount::faulty {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t answers_max = 10'000;

class AnswerCache {
 public:
  std::optional<httplib::Response> find(const std::string& target) {
    const std::lock_guard lock(mutex_);
    const auto at = answers_.find(target);
    if (at == answers_.end() || at->second.until < Clock::now()) return std::nullopt;
    return at->second.response;
  }

  void keep(const std::string& target, const httplib::Response& response) {
    if (response.status != 200) return;
    const std::lock_guard lock(mutex_);
    if (answers_.size() >= answers_max) answers_.clear();
    answers_[target] = {response, Clock::now() + answer_cached};
  }

 private:
  struct Answer {
    httplib::Response response;
    Clock::time_point until;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Answer> answers_;
};

bool reads_values(const http::Route& route) {
  return route.method == "GET" && (route.pattern.starts_with("/cnt/{collection}/{id}") ||
                                   route.pattern.starts_with("/items/{tenant}"));
}

}  // namespace

void cache_answers(http::RouteTable& routes) {
  auto cache = std::make_shared<AnswerCache>();
  change_handlers(routes, [&](const http::Route& route) -> http::CommandHandler {
    if (!reads_values(route)) return {};
    return [cache, read = route.command](http::Request&& request, http::Responder responder) {
      const std::string target = request.http.target;
      if (auto known = cache->find(target)) return responder.send(std::move(*known));
      read(std::move(request),
           intercept(std::move(responder), [cache, target](httplib::Response& response) {
             cache->keep(target, response);
           }));
    };
  });
}

}  // namespace dcount::faulty
