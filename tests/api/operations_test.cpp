#include "tests/api/serving_api.h"

namespace dcount::api {
namespace {

using Operations = ServingApi;

TEST_F(Operations, IsHealthyAliveAndReady) {
  for (const auto* target : {"/health", "/livez", "/readyz"}) {
    EXPECT_EQ(get(target).status, 200) << target;
  }
}

TEST_F(Operations, MetricsTellOfRequestsBatchesAndConnections) {
  post("/cnt/a/x?create=true");
  const auto metrics = get("/metrics");
  EXPECT_EQ(metrics.status, 200);
  EXPECT_TRUE(metrics.header("content-type").starts_with("text/plain; version=0.0.4"));
  for (const auto* line :
       {"dcount_http_requests_total{method=\"POST\",route=\"/cnt/{collection}/{id}\","
        "status=\"2xx\"} 1\n",
        "dcount_http_connections 1\n", "dcount_batch_commands_count ", "dcount_counters 1\n",
        "dcount_commit_seconds_bucket{le=\"+Inf\"} ", "dcount_idempotency_records 0\n"}) {
    EXPECT_NE(metrics.body.find(line), std::string::npos) << line << "in\n" << metrics.body;
  }
}

TEST_F(Operations, MetricsTellOfSequencesReservationsAndItems) {
  call("PUT", "/sequences/bills?mode=gapless");
  post("/sequences/bills/reservations");
  call("POST", "/items", R"([{"id":"a","tenant":"t"},{"id":"b","tenant":"t"},
                             {"id":"a","tenant":"u"}])");
  const auto metrics = get("/metrics");
  for (const auto* line : {"dcount_sequences 1\n", "dcount_reservations_open 1\n",
                           "dcount_item_tenants 2\n", "dcount_items 3\n"}) {
    EXPECT_NE(metrics.body.find(line), std::string::npos) << line << "in\n" << metrics.body;
  }
}

TEST_F(Operations, ASecondServerOnTheDirectoryIsAClearError) {
  ServerSettings second = settings_;
  Server other(second);
  const std::string wrong = other.start();
  EXPECT_NE(wrong.find("in use"), std::string::npos) << wrong;
}

TEST_F(Operations, ASecondServerOnThePortIsAClearError) {
  ServerSettings second = settings_;
  second.port = server_->port();
  second.data_directory = directory_ + "/other";
  Server other(second);
  const std::string wrong = other.start();
  EXPECT_NE(wrong.find(std::to_string(second.port)), std::string::npos) << wrong;
}

TEST_F(Operations, IdempotencyRecordsAreBounded) {
  settings_.idempotency_records_max = 10;
  start();
  call("PUT", "/cnt/a/x");
  for (int i = 0; i < 50; ++i) {
    call("POST", "/cnt/a/x", "", "Idempotency-Key: k" + std::to_string(i) + "\r\n");
  }
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  const auto bounded = [&] {
    return get("/metrics").body.find("dcount_idempotency_records 10\n") != std::string::npos;
  };
  while (!bounded() && std::chrono::steady_clock::now() < end) {
  }
  EXPECT_TRUE(bounded());
  EXPECT_EQ(call("POST", "/cnt/a/x", "", "Idempotency-Key: k49\r\n").header("idempotent-replayed"),
            "true")
      << "the youngest is still there";
}

}  // namespace
}  // namespace dcount::api
