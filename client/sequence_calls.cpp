// Client: sequences and reservations.
#include <nlohmann/json.hpp>

#include "client/client_impl.h"
#include "client/decode.h"
#include "client/decode_sequence.h"
#include "client/uri.h"

namespace dcount::client {
namespace {

std::string path_of(std::string_view sequence) { return "/sequences/" + percent_encode(sequence); }

std::string reservations_of(std::string_view sequence) {
  return path_of(sequence) + "/reservations";
}

std::string body_of(const SequenceDefinition& definition) {
  nlohmann::json body = nlohmann::json::object();
  if (definition.start) body["start"] = *definition.start;
  if (definition.increment) body["increment"] = *definition.increment;
  if (definition.min) body["min"] = *definition.min;
  if (definition.max) body["max"] = *definition.max;
  if (definition.cycle) body["cycle"] = *definition.cycle;
  if (definition.mode) body["mode"] = name(*definition.mode);
  if (definition.cache) body["cache"] = *definition.cache;
  return body.dump();
}

Result<std::int64_t> settle(Caller& caller, const Call& call) {
  auto reply = caller.call(call);
  if (!reply) return reply.error();
  auto number = decode_settled(reply->body);
  if (!number) return not_dcount(call, *reply);
  return *number;
}

}  // namespace

Result<Drawn> Client::draw(std::string_view sequence, std::int64_t count,
                           std::string_view idempotency_key) {
  Query query;
  query.add("count", count);
  Call call{.method = "POST",
            .target = "/v2/" + percent_encode(sequence) + query.text(),
            .idempotency_key = key_or_fresh(idempotency_key)};
  auto reply = impl_->caller.call(call);
  if (!reply) return reply.error();
  auto numbers = decode_numbers(reply->body);
  if (!numbers) return not_dcount(call, *reply);
  return Drawn{.numbers = std::move(*numbers),
               .wraps = reply->wraps,
               .version = reply->version,
               .replayed = reply->replayed};
}

Result<DefinedSequence> Client::define_sequence(std::string_view sequence,
                                                const SequenceDefinition& definition,
                                                std::string_view idempotency_key) {
  Call call{.method = "PUT",
            .target = path_of(sequence),
            .body = body_of(definition),
            .content_type = "application/json",
            .idempotency_key = key_or_fresh(idempotency_key)};
  auto reply = impl_->caller.call(call);
  if (!reply) return reply.error();
  auto state = decode_sequence(reply->body);
  if (!state) return not_dcount(call, *reply);
  return DefinedSequence{.sequence = std::move(*state), .created = reply->status == 201};
}

Result<SequenceState> Client::get_sequence(std::string_view sequence) {
  Call call{.method = "GET", .target = path_of(sequence)};
  auto reply = impl_->caller.call(call);
  if (!reply) return reply.error();
  auto state = decode_sequence(reply->body);
  if (!state) return not_dcount(call, *reply);
  return std::move(*state);
}

Result<SequencePage> Client::list_sequences(std::size_t limit, std::string_view cursor) {
  Call call{.method = "GET", .target = "/sequences" + page_query(limit, cursor)};
  auto reply = impl_->caller.call(call);
  if (!reply) return reply.error();
  auto page = decode_sequence_page(reply->body);
  if (!page) return not_dcount(call, *reply);
  return std::move(*page);
}

Result<bool> Client::remove_sequence(std::string_view sequence, std::string_view idempotency_key) {
  Call call{.method = "DELETE",
            .target = path_of(sequence),
            .idempotency_key = key_or_fresh(idempotency_key)};
  auto reply = impl_->caller.call(call);
  if (!reply) return reply.error();
  auto removed = decode_removed(reply->body);
  if (!removed) return not_dcount(call, *reply);
  return *removed;
}

Result<Reservation> Client::reserve(std::string_view sequence, std::int64_t ttl_s,
                                    std::string_view idempotency_key) {
  Call call{.method = "POST",
            .target = reservations_of(sequence),
            .body = nlohmann::json{{"ttl", ttl_s}}.dump(),
            .content_type = "application/json",
            .idempotency_key = key_or_fresh(idempotency_key)};
  auto reply = impl_->caller.call(call);
  if (!reply) return reply.error();
  auto reservation = decode_reservation(reply->body);
  if (!reservation) return not_dcount(call, *reply);
  reservation->replayed = reply->replayed;
  return std::move(*reservation);
}

Result<std::int64_t> Client::confirm(std::string_view sequence, std::string_view token,
                                     std::string_view idempotency_key) {
  return settle(impl_->caller,
                {.method = "POST",
                 .target = reservations_of(sequence) + "/" + percent_encode(token) + "/confirm",
                 .idempotency_key = key_or_fresh(idempotency_key)});
}

Result<std::int64_t> Client::release(std::string_view sequence, std::string_view token,
                                     std::string_view idempotency_key) {
  return settle(impl_->caller, {.method = "DELETE",
                                .target = reservations_of(sequence) + "/" + percent_encode(token),
                                .idempotency_key = key_or_fresh(idempotency_key)});
}

}  // namespace dcount::client
