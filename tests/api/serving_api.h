// A whole server on a free port over a directory of its own, and calls to it.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "server/api/server.h"
#include "tests/support/raw_http.h"

namespace dcount::api {

inline const std::string json_type = "Content-Type: application/json\r\n";

class ServingApi : public testing::Test {
 protected:
  ServingApi() {
    std::string name = (std::filesystem::temp_directory_path() / "dcount-api-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
    settings_.port = 0;
    settings_.data_directory = directory_ + "/data";
    start();
  }
  ~ServingApi() override {
    server_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  void start() {
    server_.reset();
    server_ = std::make_unique<Server>(settings_, edges_);
    const std::string wrong = server_->start();
    ASSERT_EQ(wrong, "");
    connection_ = std::make_unique<test::RawHttp>(server_->port());
  }

  /// One request on a kept connection, and what is answered.
  test::RawAnswer call(const std::string& method, const std::string& target,
                       const std::string& body = "", const std::string& fields = "") {
    std::string request = method + " " + target + " HTTP/1.1\r\nHost: test\r\n" + fields;
    if (!body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    request += "\r\n" + body;
    connection_->send(request);
    auto answer = connection_->read_answer(method == "HEAD");
    if (!answer || answer->header("connection") == "close") {
      connection_ = std::make_unique<test::RawHttp>(server_->port());
    }
    EXPECT_TRUE(answer) << "no answer to " << method << " " << target;
    return answer.value_or(test::RawAnswer{});
  }
  test::RawAnswer get(const std::string& target) { return call("GET", target); }
  test::RawAnswer post(const std::string& target) { return call("POST", target); }
  test::RawAnswer post_json(const std::string& target, const std::string& body,
                            const std::string& fields = "") {
    return call("POST", target, body, json_type + fields);
  }

  static nlohmann::json body_of(const test::RawAnswer& answer) {
    return nlohmann::json::parse(answer.body, nullptr, false);
  }

  /// The value of a counter; -1 when there is none.
  std::int64_t value(const std::string& path) {
    const auto answer = get("/cnt/" + path);
    return answer.status == 200 ? body_of(answer)["n"].get<std::int64_t>() : -1;
  }

  ServerSettings settings_;
  Edges edges_;
  std::string directory_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<test::RawHttp> connection_;
};

}  // namespace dcount::api
