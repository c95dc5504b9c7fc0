// Answers that take their time: services that answer later, patient commands.
#include <unistd.h>

#include <fstream>

#include "tests/http/serving.h"

namespace dcount::http {
namespace {

class LaterAnswers : public Serving {
 protected:
  void add_routes(RouteTable& routes) override {
    const auto later = [this](ServiceCall& call) {
      call.response.set_content("what a worker says", "text/plain");
      deferred_.keep(call.captures[0], call.later());
    };
    routes.add({"GET", "/service-later/{word}", {}, later});
    routes.add({"GET", "/service-later-throws/{word}", {}, [later](ServiceCall& call) {
                  later(call);
                  throw std::runtime_error("afterwards");
                }});
    routes.add({"GET", "/service-forgets", {}, [](ServiceCall& call) { call.later(); }});
    Route taking{"PUT", "/taking/{word}", {}, [this](ServiceCall& call) {
                   EXPECT_TRUE(std::filesystem::exists(call.body_file));
                   body_ = call.take_body();
                   deferred_.keep(call.captures[0], call.later());
                 }};
    taking.spool_body = true;
    routes.add(std::move(taking));
    Route patient{"POST", "/patient/{word}", [this](Request&& request, Responder responder) {
                    deferred_.keep(request.captures[0], std::move(responder));
                  }};
    patient.patient = true;
    routes.add(std::move(patient));
    routes.add({"GET", "/unlinked-here/{status}", [this](Request&& request, Responder responder) {
                  responder.send_file(text(std::stoi(request.captures[0]), "no file"), unlinked());
                }});
  }

  /// "456" of "0123456789", of a file that has no name any more.
  FileBody unlinked() {
    const std::string path = directory_ / "unlinked";
    std::ofstream(path) << "0123456789";
    FileBody file;
    EXPECT_TRUE(file.open(path));
    EXPECT_TRUE(file.narrow(4, 3));
    ::unlink(path.c_str());
    return file;
  }

  FileRemover body_;
};

TEST_F(LaterAnswers, ComeFromAnotherThreadAfterTheWorkerHasLeft) {
  options_.limits.service_workers = 1;
  start();
  auto patient = connect(), other = connect();
  patient.send(get("/service-later/a") + get("/echo/next"));
  auto responder = deferred_.take("a");
  EXPECT_EQ(other.call(get("/service/b"))->body, "b");
  EXPECT_TRUE(patient.stays_silent(20ms));
  responder.send(text(201, "a"));
  auto answer = patient.read_answer();
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, "a");
  EXPECT_EQ(patient.read_answer()->body, "next");
}

TEST_F(LaterAnswers, OfManyThreadsReachTheirOwnClients) {
  options_.loops = 3;
  start();
  std::vector<std::thread> clients;
  for (int c = 0; c < 8; ++c)
    clients.emplace_back([&, c] {
      auto client = connect();
      for (int i = 0; i < 50; ++i) {
        const std::string word = std::to_string(c) + "-" + std::to_string(i);
        client.send(get("/service-later/" + word));
        deferred_.take(word).send(text(200, word));
        ASSERT_EQ(client.read_answer()->body, word);
      }
    });
  for (auto& client : clients) client.join();
}

TEST_F(LaterAnswers, HaveNoDeadline) {
  options_.limits.answer_time = 20ms;
  start();
  auto patient = connect(), impatient = connect();
  patient.send(get("/service-later/a"));
  auto responder = deferred_.take("a");
  EXPECT_EQ(impatient.call(post("/later/b", ""))->status, 504);
  EXPECT_EQ(impatient.call(post("/later/c", ""))->status, 504);
  responder.send(text(200, "a"));
  EXPECT_EQ(patient.read_answer()->body, "a");
}

TEST_F(LaterAnswers, ToAClientThatIsGoneAreDropped) {
  start();
  {
    auto client = connect();
    client.send(get("/service-later/a"));
    ASSERT_TRUE(soon([&] { return deferred_.count() == 1; }));
  }
  deferred_.take("a").send_file(text(200, ""), unlinked());
  EXPECT_TRUE(soon([&] { return server_->statistics().connections_open == 0; }));
}

TEST_F(LaterAnswers, ThatNeverCameAreCutWhenTheServerStops) {
  start();
  auto client = connect();
  client.send(get("/service-later/a"));
  auto responder = deferred_.take("a");
  server_->drain(10ms);
  EXPECT_TRUE(client.closes());
  responder.send(text(200, "too late"));
}

TEST_F(LaterAnswers, AreWaitedForWhenTheServerDrains) {
  start();
  auto client = connect();
  client.send(get("/service-later/a"));
  auto responder = deferred_.take("a");
  std::thread drain([&] { server_->drain(10s); });
  responder.send(text(200, "a"));
  EXPECT_EQ(client.read_answer()->body, "a");
  EXPECT_TRUE(client.closes());
  client.shutdown_write();
  drain.join();
}

TEST_F(LaterAnswers, ThatAreForgottenAre500) {
  start();
  auto client = connect();
  EXPECT_EQ(client.call(get("/service-forgets"))->status, 500);
  EXPECT_EQ(client.call(get("/drop"))->status, 500);
  client.send(get("/service-later/a"));
  { auto dropped = deferred_.take("a"); }
  EXPECT_EQ(client.read_answer()->status, 500);
  EXPECT_EQ(client.call(get("/echo/on"))->body, "on");
}

TEST_F(LaterAnswers, AreTheOnlyOnesThoughTheHandlerThrows) {
  start();
  auto client = connect();
  client.send(get("/service-later-throws/a") + get("/echo/next"));
  deferred_.take("a").send(text(200, "a"));
  EXPECT_EQ(client.read_answer()->body, "a");
  EXPECT_EQ(client.read_answer()->body, "next");
}

TEST_F(LaterAnswers, MayKeepTheBodysFile) {
  start();
  auto client = connect();
  client.send("PUT /taking/a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
  auto responder = deferred_.take("a");
  EXPECT_EQ(client.stays_silent(20ms), true);  // the worker has left, and its job with it
  EXPECT_EQ(std::filesystem::file_size(body_.path()), 3u);
  const auto kept = directory_ / "kept";
  std::filesystem::rename(body_.path(), kept);
  body_.release();
  body_ = {};
  responder.send(text(200, "a"));
  EXPECT_EQ(client.read_answer()->body, "a");
  EXPECT_TRUE(std::filesystem::exists(kept));
}

TEST_F(LaterAnswers, LeaveNoFileWhenTheRemoverGoes) {
  start();
  auto client = connect();
  client.send("PUT /taking/a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
  auto responder = deferred_.take("a");
  EXPECT_EQ(spooled_files(), 1u);
  body_ = {};
  EXPECT_EQ(spooled_files(), 0u);
}

TEST_F(LaterAnswers, MayBePartsOfFilesWithoutAName) {
  start();
  auto client = connect();
  client.send(get("/service-later/a") + get("/echo/next"));
  deferred_.take("a").send_file(text(206, ""), unlinked());
  auto answer = client.read_answer();
  EXPECT_EQ(answer->status, 206);
  EXPECT_EQ(answer->body, "456");
  EXPECT_EQ(client.read_answer()->body, "next");
  EXPECT_EQ(client.call(get("/unlinked-here/200"))->body, "456");
}

TEST_F(LaterAnswers, WithAFileSayItsLengthToHead) {
  start();
  auto client = connect();
  client.send("HEAD /service-later/a HTTP/1.1\r\nHost: h\r\n\r\n" + get("/echo/next"));
  deferred_.take("a").send_file(text(200, ""), unlinked());
  EXPECT_EQ(client.read_answer(true)->header("Content-Length"), "3");
  EXPECT_EQ(client.read_answer()->body, "next");
}

TEST_F(LaterAnswers, WithoutContentSendNothingOfAFile) {
  start();
  auto client = connect();
  for (const char* status : {"204", "304"}) {
    client.send(get("/unlinked-here/"s + status) + get("/echo/next"));
    auto answer = client.read_answer(true);
    EXPECT_EQ(std::to_string(answer->status), status);
    EXPECT_EQ(answer->header("Content-Length"), "");
    EXPECT_EQ(client.read_answer()->body, "next");
  }
}

TEST_F(LaterAnswers, OfPatientCommandsHaveNoDeadlineAndNothingBehindThemIsRead) {
  options_.limits.answer_time = 20ms;
  start();
  auto patient = connect(), impatient = connect();
  patient.send(post("/patient/a", "") + post("/later/behind", ""));
  auto responder = deferred_.take("a");
  EXPECT_EQ(impatient.call(post("/later/b", ""))->status, 504);
  EXPECT_EQ(impatient.call(post("/later/c", ""))->status, 504);
  EXPECT_EQ(deferred_.count(), 2u);  // b and c
  responder.send(text(200, "a"));
  EXPECT_EQ(patient.read_answer()->body, "a");
  EXPECT_EQ(patient.read_answer()->status, 504);
}

}  // namespace
}  // namespace dcount::http
