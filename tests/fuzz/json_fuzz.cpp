// Bodies of JSON, and queries, fed with anything. The same text goes to every reader of it.
//
// What is required: a value within its limits, or a BadRequest (a BadArchive of meta.json) with a
// short reason; no other exception.
#include <cstdint>
#include <string>
#include <string_view>

#include "server/api/bad_request.h"
#include "server/api/counter_input.h"
#include "server/api/items_body.h"
#include "server/api/json_body.h"
#include "server/api/parameters.h"
#include "server/core/names.h"
#include "server/http/url.h"
#include "server/packages/meta.h"
#include "tests/fuzz/require.h"

namespace {

using namespace dcount;

/// Runs it; true when it ended without a BadRequest.
template <class Run>
bool runs(Run run) {
  try {
    run();
    return true;
  } catch (const api::BadRequest& bad) {
    REQUIRE(bad.status >= 400 && bad.status < 500);
    const std::size_t bytes = std::string_view(bad.what()).size();
    REQUIRE(bytes > 0 && bytes < 1000);
    return false;
  }
}

void read_items(const std::string& text) {
  const core::AddItems items = api::items_body(text);
  std::size_t ids = 0;
  for (const auto& group : items.tenants) {
    REQUIRE(core::is_item_name(group.tenant));
    for (const auto& id : group.ids) REQUIRE(core::is_item_name(id));
    ids += group.ids.size();
  }
  REQUIRE(ids <= api::items_max);
}

void read_parameters(const api::Parameters& parameters) {
  runs([&] {
    const auto limit = parameters.limit();
    REQUIRE(limit >= 1 && limit <= 1000);
  });
  runs([&] {
    const auto bounds = parameters.bounds();
    REQUIRE(!bounds.min || !bounds.max || *bounds.min <= *bounds.max);
  });
  runs([&] { REQUIRE(parameters.ttl_s().value_or(1) >= 1); });
  runs([&] { REQUIRE(parameters.if_version().value_or(0) >= 0); });
  runs([&] { parameters.text("name"); });
  runs([&] { api::add_input(parameters); });
  runs([&] {
    const auto create = api::create_input(parameters);
    REQUIRE(!create.bounds.min || create.n >= *create.bounds.min);
    REQUIRE(!create.bounds.max || create.n <= *create.bounds.max);
  });
}

http::Request with_body(const std::string& text) {
  http::Request request;
  request.http.headers.emplace("Content-Type", "Application/JSON; charset=utf-8");
  request.http.body = text;
  return request;
}

void read_query(const std::string& text) {
  http::Request request;
  if (!http::parse_query(text, request.http.params)) return;
  for (const auto& [name, value] : request.http.params) {
    REQUIRE(name.find('\0') == std::string::npos && value.find('\0') == std::string::npos);
  }
  read_parameters(api::Parameters(request));
  runs([&] { api::ints_of(request); });
}

/// As POST /batch goes over its ops.
void read_ops(const std::string& text) {
  const auto body = api::json_object_body(with_body(text));
  if (!body) return;
  const auto ops = body->find("ops");
  if (ops == body->end() || !ops->is_array()) return;
  for (const auto& op : *ops) {
    if (!op.is_object()) continue;
    read_parameters(api::Parameters(op));
    for (const char* kind : {"add", "create", "reset", "delete", "read"}) {
      const auto name = op.find(kind);
      if (name == op.end() || !name->is_string()) continue;
      runs([&] {
        const auto id = api::counter_path_input(name->get_ref<const std::string&>());
        REQUIRE(core::is_collection_name(id.collection) && core::is_counter_id(id.id));
      });
    }
  }
}

void read_meta(const std::string& text) {
  const auto meta = packages::parse_meta(text);
  if (const auto* bad = std::get_if<packages::BadArchive>(&meta)) {
    REQUIRE(bad->rule == packages::ArchiveRule::meta_json);
    REQUIRE(bad->detail.size() > 10 && bad->detail.size() < 1000);
    return;
  }
  const auto& good = std::get<packages::PackageMeta>(meta);
  REQUIRE(good.expire_s >= 0 && good.expire_s <= packages::expire_s_max);
  const std::string word = packages::complete_meta(good, "p", "k", 7);
  for (const char c : word) REQUIRE(static_cast<unsigned char>(c) > ' ');
  const auto again = packages::parse_meta(word);
  REQUIRE(std::holds_alternative<packages::PackageMeta>(again));
  const auto& read = std::get<packages::PackageMeta>(again);
  REQUIRE(read.expire_s == good.expire_s);
  REQUIRE(packages::complete_meta(read, "p", "k", 7) == word);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  runs([&] { read_items(text); });
  runs([&] { read_parameters(api::Parameters(with_body(text))); });
  runs([&] { read_ops(text); });
  runs([&] { read_query(text); });
  read_meta(text);
  return 0;
}
