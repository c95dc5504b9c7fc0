// Client: counters and batches.
#include <nlohmann/json.hpp>

#include "client/client_impl.h"
#include "client/decode.h"
#include "client/uri.h"

namespace dcount::client {
namespace {

constexpr std::string_view json_type = "application/json";

std::string_view word(OnLimit mode) { return mode == OnLimit::reject ? "reject" : "saturate"; }

std::string_view word(TtlMode mode) {
  switch (mode) {
    case TtlMode::set:
      return "set";
    case TtlMode::if_none:
      return "if-none";
    case TtlMode::keep:
      return "keep";
  }
  return "?";
}

/// Hands every option that is set to `put(name, value)`.
template <class Put>
void for_each_option(const CounterOptions& options, const Put& put) {
  if (options.min) put("min", *options.min);
  if (options.max) put("max", *options.max);
  if (options.on_limit) put("on_limit", word(*options.on_limit));
  if (options.ttl_s) put("ttl", *options.ttl_s);
  if (options.ttl_mode) put("ttl_mode", word(*options.ttl_mode));
  if (options.if_version) put("if_version", *options.if_version);
}

std::string query_of(const CounterOptions& options) {
  Query query;
  for_each_option(options, [&](const char* name, auto value) { query.add(name, value); });
  if (options.create) query.add("create", "true");
  return query.text();
}

std::string path_of(std::string_view collection, std::string_view id) {
  return "/cnt/" + percent_encode(collection) + "/" + percent_encode(id);
}

void name_if_unnamed(CounterState& counter, std::string_view collection, std::string_view id) {
  if (counter.collection.empty()) counter.collection = collection;
  if (counter.id.empty()) counter.id = id;
}

}  // namespace

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Result<Created> Client::create_counter(std::string_view collection, std::string_view id,
                                       std::int64_t n, const CounterOptions& options) {
  nlohmann::json body = {{"n", n}};
  for_each_option(options, [&](const char* name, auto value) { body[name] = value; });
  Call call{.method = id.empty() ? "POST" : "PUT",
            .target = path_of(collection, id),
            .body = body.dump(),
            .content_type = std::string(json_type),
            .idempotency_key = key_or_fresh(options.idempotency_key)};
  auto reply = impl_->caller.call(call);
  if (!reply) return reply.error();
  auto counter = decode_counter(reply->body);
  if (!counter) return not_dcount(call, *reply);
  name_if_unnamed(*counter, collection, id);
  return Created{.counter = std::move(*counter), .created = reply->status == 201};
}

Result<Added> Client::add(std::string_view collection, std::string_view id, std::int64_t n,
                          const CounterOptions& options) {
  Call call{.method = "POST",
            .target = path_of(collection, id) + "/" + std::to_string(n) + query_of(options),
            .idempotency_key = key_or_fresh(options.idempotency_key)};
  auto reply = impl_->caller.call(call);
  if (!reply) return reply.error();
  auto added = decode_added(reply->body);
  if (!added) return not_dcount(call, *reply);
  added->replayed = reply->replayed;
  return *added;
}

Result<CounterState> Client::get(std::string_view collection, std::string_view id, bool stale) {
  Query query;
  if (stale) query.add("consistency", "stale");
  Call call{.method = "GET", .target = path_of(collection, id) + query.text()};
  auto reply = impl_->caller.call(call);
  if (!reply) return reply.error();
  auto counter = decode_counter(reply->body);
  if (!counter) return not_dcount(call, *reply);
  name_if_unnamed(*counter, collection, id);
  return *counter;
}

Result<CounterState> Client::reset(std::string_view collection, std::string_view id,
                                   const CounterOptions& options) {
  Call call{.method = "POST",
            .target = path_of(collection, id) + "/reset" + query_of(options),
            .idempotency_key = key_or_fresh(options.idempotency_key)};
  auto reply = impl_->caller.call(call);
  if (!reply) return reply.error();
  auto counter = decode_counter(reply->body);
  if (!counter) return not_dcount(call, *reply);
  name_if_unnamed(*counter, collection, id);
  return *counter;
}

Result<bool> Client::remove(std::string_view collection, std::string_view id,
                            const CounterOptions& options) {
  Call call{.method = "DELETE",
            .target = path_of(collection, id) + query_of(options),
            .idempotency_key = key_or_fresh(options.idempotency_key)};
  auto reply = impl_->caller.call(call);
  if (!reply) return reply.error();
  auto removed = decode_removed(reply->body);
  if (!removed) return not_dcount(call, *reply);
  return *removed;
}

Result<CounterPage> Client::list(std::string_view collection, std::size_t limit,
                                 std::string_view cursor) {
  std::string path = collection.empty() ? "/cnt/" : "/cnt/" + percent_encode(collection) + "/";
  Call call{.method = "GET", .target = path + page_query(limit, cursor)};
  auto reply = impl_->caller.call(call);
  if (!reply) return reply.error();
  auto page = decode_page(reply->body);
  if (!page) return not_dcount(call, *reply);
  for (CounterState& counter : page->counters) name_if_unnamed(counter, collection, "");
  return std::move(*page);
}

Result<std::vector<Added>> Client::batch(const std::vector<Operation>& operations,
                                         std::string_view idempotency_key) {
  nlohmann::json list = nlohmann::json::array();
  for (const Operation& operation : operations) {
    nlohmann::json item = {{"add", operation.counter}, {"n", operation.n}};
    if (operation.create) item["create"] = true;
    list.push_back(std::move(item));
  }
  auto replace = nlohmann::json::error_handler_t::replace;
  std::string key = key_or_fresh(idempotency_key);
  auto answer =
      batch_json(nlohmann::json{{"ops", std::move(list)}}.dump(-1, ' ', false, replace), key);
  if (!answer) return answer.error();
  auto results = decode_results(answer->body);
  if (!results || results->size() != operations.size()) {
    return ClientError{.kind = ErrorKind::protocol,
                       .status = answer->status,
                       .detail = "the answer to a batch is not dcount's",
                       .idempotency_key = key,
                       .certainty = Certainty::unknown};
  }
  for (Added& added : *results) added.replayed = answer->replayed;
  return std::move(*results);
}

Result<Answer> Client::batch_json(std::string body, std::string_view idempotency_key) {
  Call call{.method = "POST",
            .target = "/batch",
            .body = std::move(body),
            .content_type = std::string(json_type),
            .idempotency_key = key_or_fresh(idempotency_key)};
  auto reply = impl_->caller.call(call);
  if (!reply) return reply.error();
  return Answer{.status = reply->status,
                .body = std::move(reply->body),
                .location = std::move(reply->location),
                .replayed = reply->replayed};
}

}  // namespace dcount::client
