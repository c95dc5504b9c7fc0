// Who is let through, and what becomes of the others.
#include "server/http/gate.h"

#include "server/http/header.h"
#include "tests/http/serving.h"

namespace dcount::http {
namespace {

struct Person final : Caller {
  explicit Person(std::string_view name) : name(name) {}
  const std::string name;
};

std::string name_of(const std::shared_ptr<const Caller>& caller) {
  const auto* person = dynamic_cast<const Person*>(caller.get());
  return person ? person->name : "nobody";
}

/// Who says its name in Key is let through, "admin" to everything, others to what has the scope
/// "read".
class GateTest : public Serving {
 protected:
  GateTest() {
    options_.gate = [this](const Route& route, Request& request) {
      ++asked_;
      return decide(route, request);
    };
  }

  void add_routes(RouteTable& routes) override {
    Route command{"GET", "/who/command/{word}", [](Request&& request, Responder responder) {
                    responder.send(text(200, name_of(request.caller)));
                  }};
    Route service{"PUT", "/who/service", {}, [](ServiceCall& call) {
                    call.response.set_content(name_of(call.caller) + " " + call.id, "text/plain");
                  }};
    service.spool_body = true;
    service.body_bytes_max = std::uint64_t{6} << 30;
    Route tail{"GET", "/who/tail"};
    tail.tail = [this](Request&& request, TailStream& stream) {
      ++tails_;
      stream.answer(text(200, name_of(request.caller)));
      return std::shared_ptr<TailOwner>();
    };
    for (Route* route : {&command, &service, &tail}) {
      route->scope = "read";
      routes.add(std::move(*route));
    }
  }

  /// A client that is nobody, and must be told so at once.
  void expect_refusal_and_close(const std::string& bytes) {
    auto client = connect();
    client.send(bytes);
    auto answer = client.read_answer();
    ASSERT_TRUE(answer) << bytes;
    EXPECT_EQ(answer->status, 401) << bytes;
    EXPECT_EQ(answer->header("Connection"), "close") << bytes;
    EXPECT_TRUE(client.closes()) << bytes;
  }

  std::atomic<int> asked_{0}, tails_{0};
  std::string seen_;  ///< by the gate, of the last request

 private:
  std::optional<httplib::Response> decide(const Route& route, Request& request) {
    const auto name = header(request, "Key");
    seen_ = route.pattern + " " + request.http.remote_addr + " " +
            (request.http.remote_port > 0 ? "port " : "") +
            (request.captures.empty() ? "" : request.captures[0]) + " " + request.id;
    if (name == "bomb") throw std::runtime_error("a secret");
    if (name.empty()) return problem(401, "unauthenticated", "no key");
    if (route.scope != "read" && name != "admin") return problem(403, "forbidden", route.scope);
    request.caller = std::make_shared<Person>(name);
    return std::nullopt;
  }
};

const std::string ann = "Key: ann\r\n";

TEST_F(GateTest, TellsCommandsServicesAndTailsWhoAsks) {
  start();
  auto client = connect();
  EXPECT_EQ(client.call(get("/who/command/x", ann))->body, "ann");
  EXPECT_EQ(client
                .call("PUT /who/service HTTP/1.1\r\nHost: h\r\nX-Request-Id: mine\r\n" + ann +
                      "Content-Length: 2\r\n\r\nab")
                ->body,
            "ann mine");
  EXPECT_EQ(client.call(get("/who/tail", ann))->body, "ann");
}

TEST_F(GateTest, IsEmptyForServersThatLetEverybodyDoEverything) {
  options_.gate = {};
  start();
  auto client = connect();
  EXPECT_EQ(client.call(get("/who/command/x"))->body, "nobody");
}

TEST_F(GateTest, SeesTheRouteTheCapturesTheAddressAndTheId) {
  start();
  auto client = connect();
  client.call(get("/who/command/a%2Fb", "X-Request-Id: mine\r\n"));
  EXPECT_EQ(seen_, "/who/command/{word} 127.0.0.1 port a/b mine");
}

TEST_F(GateTest, IsNotAskedAboutWhatHasNoRoute) {
  start();
  auto client = connect();
  EXPECT_EQ(client.call(get("/nowhere"))->status, 404);
  EXPECT_EQ(client.call(post("/file", ""))->status, 405);
  EXPECT_EQ(asked_, 0);
}

TEST_F(GateTest, OfARouteThatSaysNothingIsForAdmins) {
  start();
  auto client = connect();
  EXPECT_EQ(client.call(get("/echo/x", ann))->status, 403);
  EXPECT_EQ(client.call(get("/echo/x", "Key: admin\r\n"))->body, "x");
}

TEST_F(GateTest, RefusesAShortRequestAndTheConnectionGoesOn) {
  start();
  auto client = connect();
  client.send(post("/echo/x", "a body", "X-Request-Id: mine\r\n") + get("/echo/y") +
              get("/who/command/z", ann));
  auto refused = client.read_answer();
  EXPECT_EQ(refused->status, 401);
  EXPECT_EQ(refused->header("X-Request-Id"), "mine");
  EXPECT_EQ(refused->header("Connection"), "");
  EXPECT_EQ(client.read_answer()->status, 401);
  EXPECT_EQ(client.read_answer()->body, "ann");
}

TEST_F(GateTest, RefusesInTheOrderOfTheRequests) {
  start();
  auto client = connect();
  client.send(post("/later/a", "", "Key: admin\r\n") + get("/echo/x") + get("/who/command/z", ann));
  auto first = deferred_.take("a");
  EXPECT_TRUE(client.stays_silent(20ms));
  first.send(text(200, "a"));
  EXPECT_EQ(client.read_answer()->body, "a");
  EXPECT_EQ(client.read_answer()->status, 401);
  EXPECT_EQ(client.read_answer()->body, "ann");
}

TEST_F(GateTest, RefusesHeadWithoutABody) {
  start();
  auto client = connect();
  client.send("HEAD /echo/x HTTP/1.1\r\nHost: h\r\n\r\n" + get("/who/command/z", ann));
  EXPECT_EQ(client.read_answer(true)->status, 401);
  EXPECT_EQ(client.read_answer()->body, "ann");
}

TEST_F(GateTest, RefusesLongAndEndlessBodiesBeforeTheyCome) {
  start();
  expect_refusal_and_close(
      "PUT /who/service HTTP/1.1\r\nHost: h\r\nContent-Length: 5368709120\r\n\r\n");
  expect_refusal_and_close(
      "POST /echo/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(spooled_files(), 0u);
  EXPECT_EQ(asked_, 2);
}

TEST_F(GateTest, SaysNothingOfABodysLimitToWhomItRefuses) {
  start();
  expect_refusal_and_close("POST /echo/x HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n");
}

TEST_F(GateTest, RefusesWhoExpects100AndCloses) {
  start();
  expect_refusal_and_close(
      "PUT /who/service HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
      "Content-Length: 3\r\n\r\n");
  auto client = connect();
  EXPECT_EQ(client
                .call("PUT /who/service HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n" + ann +
                      "Content-Length: 3\r\n\r\n")
                ->status,
            100);
  EXPECT_EQ(client.call("abc")->status, 200);
  EXPECT_EQ(asked_, 2);
}

TEST_F(GateTest, RefusesTailsAndTheConnectionGoesOn) {
  start();
  auto client = connect();
  EXPECT_EQ(client.call(get("/who/tail"))->status, 401);
  EXPECT_EQ(tails_, 0);
  EXPECT_EQ(client.call(get("/who/command/z", ann))->body, "ann");
}

TEST_F(GateTest, ThatThrowsRefusesWith500AndSaysNothingOfWhy) {
  start();
  auto client = connect();
  auto answer = client.call(get("/who/command/x", "Key: bomb\r\n"));
  EXPECT_EQ(answer->status, 500);
  EXPECT_EQ(answer->body.find("secret"), std::string::npos);
  EXPECT_EQ(client.call(get("/who/command/z", ann))->body, "ann");
}

}  // namespace
}  // namespace dcount::http
