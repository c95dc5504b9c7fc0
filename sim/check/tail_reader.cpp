#include "sim/check/tail_reader.h"

#include <array>

namespace dcount::check {
namespace {

using Kind = Value::Kind;

struct Named {
  std::string_view name;
  TailFormat format;
};
constexpr std::array formats = {Named{"sse", TailFormat::sse}, Named{"ndjson", TailFormat::ndjson},
                                Named{"lockstep", TailFormat::lockstep},
                                Named{"ws", TailFormat::websocket}};

bool is_set(const Value* value) {
  return value != nullptr && value->is(Kind::boolean) && value->integer != 0;
}

/// "*", or a list of names.
std::string read_keys(const Value& keys, TailSelection& selection) {
  if (keys.is(Kind::text) && keys.text == "*") {
    selection.all = true;
    return "";
  }
  if (!keys.is(Kind::list)) return "the keys of a tail are neither \"*\" nor a list";
  for (const Value& key : keys.list) {
    if (!key.is(Kind::text)) return "a tail's key is not a text";
    selection.all |= key.text == "*";
    selection.names.emplace_back(key.text);
  }
  return "";
}

std::string connect(const Value& value, std::uint32_t tail, HistoryBuilder& builder) {
  TailConnection connection;
  const Value* format = value.member("format");
  const Named* named = nullptr;
  for (const Named& one : formats) {
    if (format != nullptr && one.name == format->text) named = &one;
  }
  if (named == nullptr) return "the format of a tail is not sse, ndjson, ws or lockstep";
  connection.format = named->format;
  if (const Value* cursor = value.member("cursor"); cursor != nullptr && !cursor->nothing()) {
    if (!cursor->is(Kind::integer) || cursor->integer < 0) return "the cursor is no revision";
    connection.cursor = cursor->integer;
  }
  connection.inclusive = is_set(value.member("inclusive"));
  connection.snapshot = is_set(value.member("snapshot"));
  if (const Value* node = value.member("node"); node != nullptr && node->is(Kind::text)) {
    connection.node = builder.node(node->text);
  }
  const Value* keys = value.member("keys");
  TailSelection selection;
  if (keys == nullptr) return "a tail connects without keys";
  if (auto wrong = read_keys(*keys, selection); !wrong.empty()) return wrong;
  builder.connect_tail(tail, connection, std::move(selection));
  return "";
}

std::string read_table(const Value& value, std::uint32_t tail, HistoryBuilder& builder) {
  const Value* rows = value.member("rows");
  if (rows == nullptr || !rows->is(Kind::list)) return "a table without rows";
  std::vector<std::pair<std::uint32_t, std::int64_t>> taken;
  taken.reserve(rows->list.size());
  for (const Value& row : rows->list) {
    bool good = row.is(Kind::list) && row.list.size() == 2 && row.list[0].is(Kind::text) &&
                (row.list[1].is(Kind::integer) || row.list[1].nothing());
    if (!good) return "a table's row is not [key, value]";
    taken.emplace_back(builder.key(row.list[0].text),
                       row.list[1].nothing() ? none : row.list[1].integer);
  }
  std::optional<TailSelection> selection;
  if (const Value* keys = value.member("keys")) {
    if (auto wrong = read_keys(*keys, selection.emplace()); !wrong.empty()) return wrong;
  }
  builder.add_table(tail, std::move(selection), std::move(taken));
  return "";
}

std::string read_phase(const Value& value, std::uint32_t tail, HistoryBuilder& builder) {
  const Value* phase = value.member("phase");
  if (phase == nullptr) return "a tail's line without a phase";
  if (phase->text == "connect") return connect(value, tail, builder);
  if (phase->text == "table") return read_table(value, tail, builder);
  if (phase->text == "disconnect") {
    builder.disconnect_tail(tail);
  } else if (phase->text == "gone") {
    builder.refuse_tail(tail);
  } else if (phase->text == "end") {
    builder.end_tail(tail);
  } else {
    return "'" + std::string(phase->text) +
           "' is no phase of a tail: connect, disconnect, gone, end or table";
  }
  return "";
}

std::string read_event(const Record& record, bool bookmark, std::uint32_t tail,
                       HistoryBuilder& builder) {
  if (!builder.history().tails[tail].connected) {
    return std::string(record.process.text) + " is sent something and is not connected";
  }
  if (!record.rev.is(Kind::integer) || record.rev.integer < 0) return "the rev is no revision";
  TailEvent event{.revision = record.rev.integer, .complete = bookmark};
  if (record.time.is(Kind::integer)) event.time = record.time.integer;
  if (!bookmark) {
    if (!record.key.is(Kind::text)) return "an event without a key";
    bool deleted = is_set(&record.deleted);
    if (deleted == record.n.is(Kind::integer)) return "an event with neither or both of n, deleted";
    event.key = builder.key(record.key.text) & TailEvent::no_key;
    if (!deleted) event.value = record.n.integer;
    if (record.version.is(Kind::integer)) event.version = record.version.integer;
    event.complete = is_set(&record.complete);
  }
  builder.add_tail_event(tail, event);
  return "";
}

}  // namespace

bool is_tail(const Record& record, std::string_view type) {
  return type == "event" || type == "bookmark" || record.f.text == "tail";
}

std::string read_tail(const Record& record, std::string_view type, HistoryBuilder& builder) {
  if (!record.process.is(Kind::text)) return "the process of a tail is not a name";
  if (type == "event" || type == "bookmark") {
    return read_event(record, type == "bookmark", builder.tail(record.process.text), builder);
  }
  return read_phase(record.value, builder.tail(record.process.text), builder);
}

}  // namespace dcount::check
