#include "cli/mirror_record.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>

namespace dcount::cli {
namespace {

constexpr std::size_t shown_bytes = 200;

struct Member {
  std::string name;
  std::optional<SqlValue> value;  ///< nothing: it is nested
};

/// Keeps the scalars of the top level and passes over all else: nothing is built of what is nested,
/// however deep it is.
class MemberReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return take(SqlValue()); }
  bool boolean(bool value) override { return take(std::int64_t{value}); }
  bool number_integer(std::int64_t value) override { return take(value); }
  bool number_unsigned(std::uint64_t value) override {
    if (value > std::numeric_limits<std::int64_t>::max()) return take(std::to_string(value));
    return take(static_cast<std::int64_t>(value));
  }
  bool number_float(double value, const std::string& text) override {
    bool integer = text.find_first_of(".eE") == std::string::npos;
    return integer ? take(text) : take(value);
  }
  bool string(std::string& value) override { return take(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool key(std::string& name) override {
    if (depth_ == 1) name_ = std::move(name);
    return true;
  }
  bool start_object(std::size_t) override { return begin(); }
  bool start_array(std::size_t) override { return begin(); }
  bool end_object() override { return end(); }
  bool end_array() override { return end(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

  std::vector<Member>& members() { return members_; }

 private:
  bool begin() {
    if (depth_ == 1) keep({name_, std::nullopt});
    ++depth_;
    return true;
  }
  bool end() {
    --depth_;
    return true;
  }
  bool take(SqlValue value) {
    if (depth_ == 1) keep({name_, std::move(value)});
    return true;
  }
  void keep(Member member) {
    auto [known, added] = places_.try_emplace(member.name, members_.size());
    if (added) {
      members_.push_back(std::move(member));
    } else {
      members_[known->second] = std::move(member);
    }
  }

  std::size_t depth_ = 0;
  std::string name_;
  std::vector<Member> members_;
  std::unordered_map<std::string, std::size_t> places_;
};

client::ClientError unfit(std::string_view json, const std::string& why) {
  std::string shown(json.substr(0, shown_bytes));
  if (json.size() > shown_bytes) shown += "…";
  return {.kind = client::ErrorKind::protocol, .detail = "a record " + why + ": " + shown};
}

}  // namespace

client::Result<MirrorRecord> parse_record(std::string json, std::string_view order_by) {
  MemberReader reader;
  if (!nlohmann::json::sax_parse(json, &reader)) return unfit(json, "is no JSON");
  MirrorRecord record;
  bool has_id = false;
  for (auto& [name, value] : reader.members()) {
    if (!value) continue;
    if (name == order_by) record.order = *value;
    if (name == "id") {
      has_id = !is_null(*value) && !std::holds_alternative<double>(*value);
      record.id = std::move(*value);
    } else if (name == "updated_at") {
      record.updated_at = std::move(*value);
    } else if (name == "deleted_at") {
      record.deleted_at = std::move(*value);
    } else {
      record.scalars.emplace_back(std::move(name), std::move(*value));
    }
  }
  if (!has_id) return unfit(json, "has no id that is a number or a text");
  if (is_null(record.order)) {
    return unfit(json, "has no '" + std::string(order_by) + "' (--order-by names another field)");
  }
  record.json = std::move(json);
  return record;
}

}  // namespace dcount::cli
