#include "server/api/metrics_text.h"

#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace dcount::api {
namespace {

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

std::string number_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

class MetricsText {
 public:
  void head(std::string_view name, std::string_view type, std::string_view help) {
    ((text_ += "# HELP ") += name) += ' ';
    ((text_ += help) += "\n# TYPE ") += name;
    ((text_ += ' ') += type) += '\n';
  }

  void sample(std::string_view name, const Labels& labels, const std::string& value,
              std::string_view le = {}) {
    text_ += name;
    char separator = '{';
    const auto label = [&](std::string_view key, std::string_view word) {
      ((text_ += separator) += key) += "=\"";
      (text_ += word) += '"';
      separator = ',';
    };
    for (const auto& [key, word] : labels) label(key, word);
    if (!le.empty()) label("le", le);
    if (separator == ',') text_ += '}';
    ((text_ += ' ') += value) += '\n';
  }

  void single(std::string_view name, std::string_view type, std::string_view help,
              std::uint64_t value) {
    head(name, type, help);
    sample(name, {}, std::to_string(value));
  }

  /// Buckets come uncumulated, the last one without a bound.
  template <class Bounds, class Buckets>
  void histogram(const std::string& name, const Labels& labels, const Bounds& bounds,
                 const Buckets& buckets, double sum) {
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < buckets.size(); ++i) {
      count += buckets[i];
      sample(name + "_bucket", labels, std::to_string(count),
             i < bounds.size() ? number_text(bounds[i]) : "+Inf");
    }
    sample(name + "_sum", labels, number_text(sum));
    sample(name + "_count", labels, std::to_string(count));
  }

  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void add_http(MetricsText& text, const http::Statistics& http) {
  text.head("dcount_http_requests_total", "counter", "Requests answered, by route and status.");
  constexpr std::string_view classes[] = {"1xx", "2xx", "3xx", "4xx", "5xx"};
  for (const auto& route : http.routes) {
    for (std::size_t i = 0; i < route.by_status_class.size(); ++i) {
      if (route.by_status_class[i] == 0) continue;
      text.sample("dcount_http_requests_total",
                  {{"method", route.method}, {"route", route.pattern}, {"status", classes[i]}},
                  std::to_string(route.by_status_class[i]));
    }
  }
  text.head("dcount_http_request_seconds", "histogram",
            "From a request's last byte to the moment its answer is sent.");
  for (const auto& route : http.routes) {
    std::uint64_t seen = 0;
    for (const auto count : route.latency_buckets) seen += count;
    if (seen == 0) continue;  // a hundred silent routes would drown the others
    text.histogram("dcount_http_request_seconds",
                   {{"method", route.method}, {"route", route.pattern}}, http::latency_bounds_s,
                   route.latency_buckets, route.latency_sum_s);
  }
  text.head("dcount_http_refused_total", "counter", "Requests that reached no route, by status.");
  for (const auto& [status, count] : http.refused) {
    text.sample("dcount_http_refused_total", {{"status", std::to_string(status)}},
                std::to_string(count));
  }
  text.single("dcount_http_connections", "gauge", "Open connections.", http.connections_open);
  text.single("dcount_http_connections_accepted_total", "counter", "Connections accepted.",
              http.connections_accepted);
  text.single("dcount_http_connections_refused_total", "counter",
              "Connections closed at once because there were too many.", http.connections_refused);
}

void add_engine(MetricsText& text, const engine::Statistics& engine) {
  text.single("dcount_commands_total", "counter", "Commands completed, reads included.",
              engine.commands);
  text.head("dcount_batch_commands", "histogram", "Commands that one durable batch answered.");
  text.histogram("dcount_batch_commands", {}, engine.batch_commands.bounds,
                 engine.batch_commands.buckets, engine.batch_commands.sum);
  text.head("dcount_commit_seconds", "histogram", "From handing a batch over to its durability.");
  text.histogram("dcount_commit_seconds", {}, engine.commit_s.bounds, engine.commit_s.buckets,
                 engine.commit_s.sum);
  text.single("dcount_unresolved_batches_total", "counter", "Batches whose fate had to be settled.",
              engine.unresolved_batches);
  text.single("dcount_conflicts_total", "counter", "Groups that other writers were faster than.",
              engine.conflicts);
  text.single("dcount_queued_commands", "gauge", "Commands that wait for a batch.", engine.queued);
  text.single("dcount_counters", "gauge", "Counters, tombstones included.", engine.counters);
  text.single("dcount_sequences", "gauge", "Sequences, tombstones included.", engine.sequences);
  text.single("dcount_reservations_open", "gauge", "Numbers reserved, not yet confirmed.",
              engine.reservations_open);
  text.single("dcount_item_tenants", "gauge", "Tenants that have items.", engine.item_tenants);
  text.single("dcount_items", "gauge", "Distinct items of all tenants.", engine.items);
  text.single("dcount_idempotency_records", "gauge", "Stored answers to keyed requests.",
              engine.idempotency_records);
  text.single("dcount_idempotency_window_seconds", "gauge",
              "For how long a stored answer lives at present.",
              static_cast<std::uint64_t>(engine.idempotency_window_s));
  text.single("dcount_revision", "gauge", "The newest revision, as clients see it.",
              static_cast<std::uint64_t>(engine.revision));
}

void add_tails(MetricsText& text, const tails::TailFigures& tails) {
  text.single("dcount_tails", "gauge", "Open tails.", tails.tails);
  text.single("dcount_tail_subscriptions", "gauge", "Keys of all tails together.",
              tails.subscriptions);
  text.single("dcount_tail_messages_total", "counter", "Changes sent to tails.", tails.messages);
  text.single("dcount_tail_catch_ups_total", "counter",
              "Tails that read from the state: at their beginning, or because they were slow.",
              tails.catch_ups);
}

void add_packages(MetricsText& text, const packages::PackageFigures& packages) {
  text.single("dcount_packages", "gauge", "Packages on this node's disk.", packages.blobs.blobs);
  text.single("dcount_package_bytes", "gauge", "Their bytes.", packages.blobs.bytes);
  text.single("dcount_package_transfers_total", "counter",
              "Packages whose transfer from another node was begun.", packages.transfers.begun);
  text.single("dcount_package_transfer_bytes_total", "counter", "Bytes that came from other nodes.",
              packages.transfers.bytes);
  text.head("dcount_package_repairs_total", "counter", "What repairs found and did.");
  const packages::RepairReport& mended = packages.mended;
  for (const auto& [kind, count] :
       std::initializer_list<std::pair<const char*, std::uint64_t>>{{"missing", mended.missing},
                                                                    {"corrupt", mended.corrupt},
                                                                    {"extra", mended.extra},
                                                                    {"expired", mended.expired},
                                                                    {"copied", mended.copied},
                                                                    {"adopted", mended.adopted},
                                                                    {"trimmed", mended.trimmed},
                                                                    {"dropped", mended.dropped},
                                                                    {"failed", mended.failed}}) {
    text.sample("dcount_package_repairs_total", {{"kind", kind}}, std::to_string(count));
  }
}

}  // namespace

std::string metrics_text(const http::Statistics& http, const engine::Statistics& engine,
                         const tails::TailFigures& tails,
                         const packages::PackageFigures& packages) {
  MetricsText text;
  add_http(text, http);
  add_engine(text, engine);
  add_tails(text, tails);
  add_packages(text, packages);
  return text.take();
}

}  // namespace dcount::api
