#include "server/packages/meta.h"

#include <optional>
#include <set>
#include <vector>

namespace dcount::packages {
namespace {

using nlohmann::ordered_json;

BadArchive bad_meta(std::string_view why) {
  return {ArchiveRule::meta_json, "meta.json " + std::string(why)};
}

/// The events of nlohmann's SAX parser: looks for what must not be made a value. False ends it.
class MetaRules {
 public:
  const std::string& fault() const { return fault_; }

  bool start_object(std::size_t) {
    names_.emplace_back();
    return go_deeper();
  }
  bool end_object() {
    names_.pop_back();
    --depth_;
    return true;
  }
  bool start_array(std::size_t) { return depth_ == 0 ? refuse("is no object") : go_deeper(); }
  bool end_array() {
    --depth_;
    return true;
  }
  bool key(std::string& name) {
    return names_.back().insert(name).second || refuse("has a name twice in an object");
  }
  bool null() { return scalar(); }
  bool boolean(bool) { return scalar(); }
  bool number_integer(std::int64_t) { return scalar(); }
  bool number_unsigned(std::uint64_t) { return scalar(); }
  bool number_float(double, const std::string& text) {
    const bool is_integer = text.find_first_of(".eE") == std::string::npos;
    return is_integer ? refuse("has an integer of more than 64 bits") : scalar();
  }
  bool string(std::string&) { return scalar(); }
  bool binary(ordered_json::binary_t&) { return scalar(); }  // not in JSON
  bool parse_error(std::size_t, const std::string&, const ordered_json::exception& error) {
    // "[json.exception.parse_error.101] parse error at line 1, …", and then a quotation.
    constexpr std::size_t bytes_max = 200;
    const std::string_view what = error.what();
    std::string why = "is not JSON in UTF-8: ";
    for (const char c : what.substr(what.find("] ") + 2, bytes_max)) {
      why += c >= ' ' && c <= '~' ? c : '?';
    }
    return refuse(std::move(why));
  }

 private:
  bool scalar() { return depth_ > 0 || refuse("is no object"); }
  bool go_deeper() {
    return ++depth_ <= meta_depth_max ||
           refuse("is nested deeper than " + std::to_string(meta_depth_max) + " levels");
  }
  bool refuse(std::string why) {
    fault_ = std::move(why);
    return false;
  }

  int depth_ = 0;
  std::vector<std::set<std::string>> names_;  ///< of each object that is open
  std::string fault_;
};

}  // namespace

std::variant<PackageMeta, BadArchive> parse_meta(std::string_view text) {
  MetaRules rules;
  if (!ordered_json::sax_parse(text, &rules)) return bad_meta(rules.fault());
  PackageMeta meta{.fields = ordered_json::parse(text)};
  const auto expire = meta.fields.find("expire");
  if (expire == meta.fields.end()) return meta;
  if (!expire->is_number_unsigned() ||
      expire->get<std::uint64_t>() > static_cast<std::uint64_t>(expire_s_max)) {
    return bad_meta("has an 'expire' that is no integer from 0 to " + std::to_string(expire_s_max));
  }
  meta.expire_s = expire->get<std::int64_t>();
  return meta;
}

std::string complete_meta(const PackageMeta& meta, std::string_view pkgid, std::string_view apiid,
                          std::int64_t when_s) {
  ordered_json fields = ordered_json::object();
  for (const auto& [name, value] : meta.fields.items()) {
    if (name != "pkgid" && name != "apiid" && name != "when" && name != "expire") {
      fields[name] = value;
    }
  }
  fields["pkgid"] = pkgid;
  fields["apiid"] = apiid;
  fields["when"] = when_s;
  fields["expire"] = meta.expire_s;
  std::string word;
  for (const char c : fields.dump()) {
    if (c == ' ')
      word += "\\u0020";
    else
      word += c;
  }
  return word;
}

}  // namespace dcount::packages
