#include "server/api/tails.h"

#include <algorithm>
#include <utility>

#include "server/api/bad_request.h"
#include "server/api/counter_input.h"
#include "server/api/numbers.h"
#include "server/api/parameters.h"
#include "server/api/prefixes.h"
#include "server/api/problems.h"
#include "server/http/header.h"
#include "server/keys/authority.h"
#include "server/tails/http_tail.h"
#include "server/tails/web_socket.h"

namespace dcount::api {
namespace {

using http::Request;
using http::TailStream;
using tails::Beginning;
using tails::Filter;
using tails::Format;

using Owner = std::shared_ptr<http::TailOwner>;

struct TailContext {
  tails::Tails& tails;
  TailSettings settings;
};

Revision revision_input(const char* name, const std::string& text) {
  const auto revision = parse_int(text);
  if (!revision || *revision < 0) {
    malformed(std::string("'") + name + "' must be a revision: an integer, 0 or more");
  }
  return *revision;
}

bool follow_input(const Parameters& parameters) {
  return !parameters.text("follow") || parameters.flag("follow");
}

/// Throws when the server has no place for one more.
tails::Hub& hub_for(tails::Tails& tails, TailStream& stream, std::size_t keys) {
  tails::Hub& hub = tails.hub(stream.loop());
  if (keys > hub.limits().keys_max) malformed("too many keys on one tail");
  if (!hub.has_place() || !hub.has_place_for_keys(keys)) {
    throw BadRequest("overloaded", "too many tails", 503);
  }
  return hub;
}

Owner begin(tails::Tails& tails, TailStream& stream, const Request& request, Format format,
            Beginning beginning) {
  tails::Hub& hub = hub_for(tails, stream, beginning.filter.size());
  if (request.http.method == "HEAD") {
    httplib::Response response;
    response.status = 200;
    response.set_header("Content-Type", tails::content_type(format));
    stream.answer(response);
    return nullptr;
  }
  return tails::HttpTail::begin(hub, stream, format, std::move(beginning));
}

// ---- /tail

/// What the path and `keys` ask for; nothing: everything.
std::vector<std::string> keys_of(const Request& request, const Parameters& parameters) {
  std::vector<std::string> keys;
  const auto& captures = request.captures;
  const bool collection =
      captures.size() == 1 && request.http.path.ends_with('/') && request.http.path != "/tail/";
  if (captures.size() == 2)
    keys.push_back(captures[0] + '/' + captures[1]);
  else if (captures.size() == 1)
    keys.push_back(captures[0] + (collection ? "/" : ""));
  std::string list = parameters.text("keys").value_or("");
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    if (end > at) keys.push_back(list.substr(at, end - at));
    at = end + 1;
  }
  for (const std::string& key : keys) {
    if (!Filter::is_key(key)) {
      malformed("'" + key + "' is not an id, 'collection/id', 'collection/' or '*'");
    }
    const auto slash = key.find('/');
    if (slash == std::string::npos)
      check_unlimited(request);  // "*", or an id in any collection
    else
      check_name(request, std::string_view(key).substr(0, slash));
  }
  return keys;
}

Format tail_format(const Request& request) {
  const std::string_view accept = http::header(request, "Accept");
  if (accept.find("text/event-stream") != std::string_view::npos) return Format::events;
  const bool any = accept.empty() || accept.find("*/*") != std::string_view::npos;
  if (any || accept.find("application/x-ndjson") != std::string_view::npos) return Format::lines;
  throw BadRequest("not_acceptable",
                   "this can be text/event-stream, application/x-ndjson or a WebSocket", 406);
}

std::optional<Revision> tail_after(const Request& request, const Parameters& parameters) {
  const std::string last(http::header(request, "Last-Event-ID"));
  if (!last.empty()) return revision_input("Last-Event-ID", last);
  if (const auto since = parameters.text("since")) return revision_input("since", *since);
  if (parameters.flag("snapshot")) return 0;
  return std::nullopt;
}

void check_origin(const Request& request, const TailSettings& settings) {
  const std::string origin(http::header(request, "Origin"));
  if (origin.empty() || settings.origins.empty()) return;
  if (std::ranges::find(settings.origins, origin) == settings.origins.end()) {
    throw BadRequest("origin_not_allowed", "pages from " + origin + " may not open a tail", 403);
  }
}

/// Which collections the caller may hear of; empty: all.
std::function<bool(std::string_view)> collections_of(const Request& request) {
  const keys::KeyHolder* holder = keys::holder_of(request);
  if (holder == nullptr || !holder->is_limited()) return {};
  return [holder, alive = request.caller](std::string_view name) { return holder->may_use(name); };
}

Owner web_socket(TailContext& context, const Request& request, TailStream& stream) {
  check_origin(request, context.settings);
  const Parameters parameters(request);
  const std::vector<std::string> keys = keys_of(request, parameters);
  tails::Hub& hub = hub_for(context.tails, stream, keys.size());
  return tails::begin_web_socket(hub, stream, request,
                                 {.deflate = context.settings.deflate,
                                  .keys = keys,
                                  .snapshot = parameters.flag("snapshot"),
                                  .may_hear = collections_of(request)});
}

Owner tail(TailContext& context, Request& request, TailStream& stream) {
  if (tails::is_upgrade(request)) return web_socket(context, request, stream);
  const Parameters parameters(request);
  Beginning beginning;
  const auto keys = keys_of(request, parameters);
  for (const std::string& key : keys) beginning.filter.add(key);
  if (keys.empty()) {
    check_unlimited(request);
    beginning.filter.add("*");
  }
  beginning.follow = follow_input(parameters);
  beginning.after = tail_after(request, parameters);
  if (!beginning.follow && !beginning.after) beginning.after = 0;
  return begin(context.tails, stream, request, tail_format(request), std::move(beginning));
}

// ---- /lockstep

bool is_all_digits(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// The parts of the path behind /lockstep are the feed and, without ?since=, perhaps a since.
Revision take_since(std::vector<std::string>& parts, const Parameters& parameters) {
  if (const auto since = parameters.text("since")) return revision_input("since", *since);
  if (parts.size() < 2 || !is_all_digits(parts.back())) return 0;
  const Revision since = revision_input("since", parts.back());
  parts.pop_back();
  return since;
}

/// Packages are their owners': only admins hear of all.
void check_may_hear_of_packages(const Request& request) {
  const keys::KeyHolder* holder = keys::holder_of(request);
  if (holder == nullptr || keys::has_scope(holder->traits.scopes, "admin")) return;
  throw BadRequest("forbidden", "the feed of all packages needs a key with the scope 'admin'", 403);
}

Filter feed_filter(const Request& request, const std::vector<std::string>& parts) {
  using tails::Kind;
  if (parts.size() == 2 && parts[0] == "counters") {
    Filter filter;
    filter.add(collection_input(parts[1]) + '/');
    check_name(request, parts[1]);
    return filter;
  }
  if (parts.size() == 1 && parts[0] == "nodes") return Filter::everything(Kind::node);
  if (parts.size() == 1) {
    check_unlimited(request);
    if (parts[0] == "counters") return Filter::everything(Kind::counter);
    if (parts[0] == "sequences") return Filter::everything(Kind::sequence);
    if (parts[0] == "items") return Filter::everything(Kind::tenant);
    if (parts[0] == "packages") {
      check_may_hear_of_packages(request);
      return Filter::everything(Kind::package);
    }
  }
  throw BadRequest("not_found",
                   "the feeds are counters, counters/{collection}, sequences, items, packages "
                   "and nodes",
                   404);
}

Owner lockstep(TailContext& context, Request& request, TailStream& stream) {
  const Parameters parameters(request);
  std::vector<std::string> parts = request.captures;
  Beginning beginning;
  beginning.after = take_since(parts, parameters) - 1;  // a since is inclusive
  beginning.filter = feed_filter(request, parts);
  beginning.follow = follow_input(parameters);
  const Format format = parts.size() == 1 ? Format::lockstep_full : Format::lockstep;
  return begin(context.tails, stream, request, format, std::move(beginning));
}

http::Route route(const char* pattern, const std::shared_ptr<TailContext>& context,
                  Owner (*answer)(TailContext&, Request&, TailStream&)) {
  http::Route route;
  route.method = "GET";
  route.pattern = pattern;
  route.scope = "read";
  route.tail = [context, answer](Request&& request, TailStream& stream) -> Owner {
    try {
      return answer(*context, request, stream);
    } catch (const BadRequest& bad) {
      stream.answer(problem_for(bad));
      return nullptr;
    }
  };
  return route;
}

}  // namespace

void add_tail_routes(http::RouteTable& routes, tails::Tails& tails, TailSettings settings) {
  const auto context = std::make_shared<TailContext>(TailContext{tails, std::move(settings)});
  for (const char* pattern : {"/tail", "/tail/", "/tail/{id}", "/tail/{collection}/",
                              "/tail/{collection}/{id}", "/tail/{collection}/{id}/"}) {
    routes.add(route(pattern, context, tail));
  }
  for (const char* pattern : {"/lockstep/{feed}", "/lockstep/{feed}/", "/lockstep/{feed}/{part}",
                              "/lockstep/{feed}/{part}/", "/lockstep/{feed}/{part}/{since}",
                              "/lockstep/{feed}/{part}/{since}/"}) {
    routes.add(route(pattern, context, lockstep));
  }
}

}  // namespace dcount::api
