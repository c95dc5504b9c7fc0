#include "server/api/items_body.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>

#include "server/api/bad_request.h"
#include "server/api/json_body.h"
#include "server/core/names.h"

namespace dcount::api {
namespace {

using nlohmann::json;

/// `lower` is in lower case.
bool equals_in_any_case(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

/// Gathers items tenant by tenant.
class TenantGroups {
 public:
  void add(const std::string& tenant, std::string id) {
    // Most requests are of one tenant.
    if (groups_.tenants.empty() || groups_.tenants[last_].tenant != tenant) {
      const auto [place, is_new] = places_.try_emplace(tenant, groups_.tenants.size());
      if (is_new) groups_.tenants.push_back({tenant, {}});
      last_ = place->second;
    }
    groups_.tenants[last_].ids.push_back(std::move(id));
  }

  core::AddItems take() { return std::move(groups_); }

 private:
  core::AddItems groups_;
  std::unordered_map<std::string, std::size_t> places_;
  std::size_t last_ = 0;
};

/// The events of nlohmann's SAX parser. Depth 0 is outside of all, 1 in the array, 2 in an item.
class ItemsReader {
 public:
  core::AddItems take() { return groups_.take(); }

  bool start_array(std::size_t) {
    if (depth_ > 0) refuse_value();
    return go_deeper();
  }
  bool end_array() {
    --depth_;
    return true;
  }
  bool start_object(std::size_t) {
    if (depth_ != 1) refuse_value();
    if (depth_ == 1) begin_item();
    return go_deeper();
  }
  bool end_object() {
    if (--depth_ == 1) end_item();
    return true;
  }

  bool key(std::string& name) {
    member_ = nullptr;  // deeper than in an item nobody looks at it
    if (equals_in_any_case(name, "id")) member_ = &id_;
    if (equals_in_any_case(name, "tenant")) member_ = &tenant_;
    return true;
  }
  bool string(std::string& text) {
    if (depth_ != 2) refuse_value();
    if (depth_ == 2 && member_ != nullptr) *member_ = std::move(text);
    return true;
  }
  bool null() {
    if (depth_ < 2) refuse_value();  // in an item: as good as missing
    return true;
  }
  bool boolean(bool) { return refuse_value(); }
  bool number_integer(std::int64_t) { return refuse_value(); }
  bool number_unsigned(std::uint64_t) { return refuse_value(); }
  bool number_float(double, const std::string&) { return refuse_value(); }
  bool binary(json::binary_t&) { return refuse_value(); }  // not in JSON

  bool parse_error(std::size_t, const std::string&, const json::exception& error) {
    malformed(json_fault(error));
  }

 private:
  /// Throws where an array, an item, or a string is due; elsewhere the value is ignored.
  bool refuse_value() {
    if (depth_ == 0) malformed("the body must be a JSON array of items");
    if (depth_ == 1) fail("an item must be an object");
    if (depth_ == 2 && member_ == &id_) fail("'id' must be a string");
    if (depth_ == 2 && member_ == &tenant_) fail("'tenant' must be a string");
    return true;
  }

  bool go_deeper() {
    if (++depth_ <= json_depth_max) return true;
    malformed("the body is nested deeper than " + std::to_string(json_depth_max) + " levels");
  }

  void begin_item() {
    if (index_ == items_max) {
      malformed("a request has at most " + std::to_string(items_max) + " items");
    }
    id_.clear();
    tenant_.clear();
  }

  void end_item() {
    if (id_.empty() || tenant_.empty()) fail("both values are required, id and tenant");
    require_name(id_, "'id'");
    require_name(tenant_, "'tenant'");
    // It could be counted, but no path could ask for the count.
    if (tenant_.find('\0') != std::string::npos) fail("'tenant' has a NUL character");
    groups_.add(tenant_, std::move(id_));
    ++index_;
  }

  void require_name(const std::string& name, const char* member) const {
    if (core::is_item_name(name)) return;
    fail(std::string(member) + " has at most " + std::to_string(core::item_name_bytes_max) +
         " bytes");
  }

  [[noreturn]] void fail(const std::string& why) const {
    malformed("item " + std::to_string(index_) + ": " + why);
  }

  TenantGroups groups_;
  int depth_ = 0;
  std::size_t index_ = 0;  ///< of the item that is read
  std::string id_;
  std::string tenant_;
  std::string* member_ = nullptr;  ///< whose value comes next; null: nobody wants it
};

}  // namespace

core::AddItems items_body(std::string_view body) {
  ItemsReader reader;
  json::sax_parse(body.begin(), body.end(), &reader);
  return reader.take();
}

}  // namespace dcount::api
