#include "cli/item_input.h"

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

namespace dcount::cli {
namespace {

constexpr const char* example = R"({"id": "a", "tenant": "t"})";

/// Picks the two members out of a line as it is parsed: a value of nlohmann's for each of millions
/// of lines would take most of the time. Members that nobody knows are passed over.
class ItemFields {
 public:
  explicit ItemFields(client::Item& item) : item_(item) {}

  bool null() { return other(); }
  bool boolean(bool) { return other(); }
  bool number_integer(std::int64_t) { return other(); }
  bool number_unsigned(std::uint64_t) { return other(); }
  bool number_float(double, const std::string&) { return other(); }
  bool binary(nlohmann::json::binary_t&) { return other(); }
  bool string(std::string& text) {
    if (depth_ == 0) return false;
    if (std::string* field = std::exchange(field_, nullptr)) field->swap(text);
    return true;
  }
  bool start_object(std::size_t) {
    if (depth_ > 0 && !other()) return false;
    ++depth_;
    return true;
  }
  bool start_array(std::size_t) {
    if (!other()) return false;
    ++depth_;
    return true;
  }
  bool end_object() { return --depth_ >= 0; }
  bool end_array() { return --depth_ >= 0; }
  bool key(const std::string& name) {
    field_ = depth_ > 1         ? nullptr
             : name == "id"     ? &item_.id
             : name == "tenant" ? &item_.tenant
                                : nullptr;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) {
    return false;
  }

 private:
  /// What is no text is neither an item nor one of its two members.
  bool other() const { return depth_ > 0 && field_ == nullptr; }

  client::Item& item_;
  std::string* field_ = nullptr;  ///< where the next value belongs
  int depth_ = 0;
};

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

/// What is wrong with an item, or nothing.
std::string fault_of(const client::Item& item) {
  if (item.id.empty()) return "names no id";
  if (item.tenant.empty()) return "names no tenant";
  if (item.id.size() > client::item_name_bytes_max) return "has an id of more than 256 bytes";
  if (item.tenant.size() > client::item_name_bytes_max) {
    return "has a tenant of more than 256 bytes";
  }
  return "";
}

}  // namespace

/// False at the end, and with an error.
bool ItemInput::read_item(std::string& error) {
  std::string_view line;
  LineResult result = LineResult::line;
  do {
    result = lines_.next(line);
  } while (result == LineResult::line && is_blank(line));
  if (result == LineResult::end || result == LineResult::interrupted) return false;
  if (result == LineResult::failed) {
    error = std::string("the input cannot be read: ") + std::strerror(errno);
    return false;
  }
  if (result == LineResult::too_long) {
    error = "line " + std::to_string(lines_.position().lines + 1) + " is longer than " +
            std::to_string(line_bytes_max >> 10) + " KiB";
    return false;
  }
  item_.id.clear();
  item_.tenant = tenant_;
  ItemFields fields(item_);
  std::string fault;
  if (!nlohmann::json::sax_parse(line.begin(), line.end(), &fields)) {
    fault = std::string("is not an item like ") + example;
  } else {
    fault = fault_of(item_);
  }
  if (!fault.empty()) error = "line " + std::to_string(lines_.position().lines) + " " + fault;
  return fault.empty();
}

ItemChunk ItemInput::next(std::string& error) {
  ItemChunk chunk;
  while (chunk.items.size() < items_max_) {
    if (!waiting_ && !read_item(error)) break;
    waiting_ = !chunk.items.add(item_.id, item_.tenant);
    if (waiting_) break;
    chunk.end = lines_.position();
  }
  if (chunk.items.empty()) chunk.end = lines_.position();
  return chunk;
}

}  // namespace dcount::cli
