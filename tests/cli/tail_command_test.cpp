// `dcount tail`, with the real binary against a server that the test plays: what it prints, where,
// and how it exits.
#include <gtest/gtest.h>
#include <signal.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "tests/cli/tail_server.h"
#include "tests/sim/poll.h"
#include "tests/support/run_dcount.h"

namespace dcount::test {
namespace {

class TailCommand : public testing::Test {
 protected:
  std::unique_ptr<Running> start(std::vector<std::string> arguments, RunOptions options = {}) {
    arguments.insert(arguments.begin(), "tail");
    options.environment.try_emplace("DCOUNT_SERVER", server.url());
    options.environment.try_emplace("DCOUNT_RETRY_TIME", "0");
    return std::make_unique<Running>(place, arguments, options);
  }
  bool saves(const std::string& text) const {
    return sim::eventually([&] { return place.read("state").find(text) != std::string::npos; });
  }

  TailServer server;
  Workplace place;
};

TEST_F(TailCommand, WithoutFollowPrintsTheServersLinesAndEnds) {
  auto tail = start({"c/", "d/e"});
  TailCall call = server.accept();
  EXPECT_EQ(call.target(), "/tail/?keys=c/,d/e&snapshot=true&follow=false");
  call.begin().line(tail_line("a", 1, 3)).line(deletion_line("b", 4)).line(bookmark_line(5));
  call.finish();
  Ran ran = tail->wait();
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out, tail_line("a", 1, 3) + "\n" + deletion_line("b", 4) + "\n");
  EXPECT_EQ(ran.err, "");
}

TEST_F(TailCommand, FollowFlushesEveryLineAndCtrlCIs130) {
  auto tail = start({"-f", "--json"});
  TailCall call = server.accept();
  EXPECT_EQ(call.target(), "/tail/?snapshot=true");
  call.begin().line(tail_line("a", 1, 3));
  EXPECT_TRUE(tail->wait_for_output(tail_line("a", 1, 3) + "\n"));
  call.line(tail_line("a", 2, 4));
  EXPECT_TRUE(tail->wait_for_output(tail_line("a", 2, 4) + "\n"));
  tail->signal(SIGINT);
  Ran ran = tail->wait();
  EXPECT_EQ(ran.status, 130);
  EXPECT_EQ(ran.err, "");
  EXPECT_TRUE(call.is_left());
}

TEST_F(TailCommand, OnATerminalWithoutFollowIsATable) {
  auto tail = start({}, {.terminal = true});
  server.accept().begin().line(tail_line("b", 1, 3)).line(tail_line("a", 20, 4)).finish();
  EXPECT_EQ(tail->wait().out,
            "\033[1mCOUNTER  VALUE  REVISION\033[0m\r\n"
            "c/a         20         4\r\n"
            "c/b          1         3\r\n");
}

TEST_F(TailCommand, OnATerminalFollowIsALiveTable) {
  auto tail = start({"--follow"}, {.environment = {{"NO_COLOR", "1"}}, .terminal = true});
  TailCall call = server.accept();
  call.begin().line(tail_line("a", 20, 4));
  EXPECT_TRUE(tail->wait_for_output("\033[Kc/a         20                       4\r\n"));
  EXPECT_TRUE(tail->wait_for_output("1 counter, revision 4, connected to " + server.url()));
  call.line(tail_line("a", 23, 5));
  EXPECT_TRUE(tail->wait_for_output("c/a         23      +3"));
  call.cut();
  EXPECT_TRUE(tail->wait_for_output("NOT CONNECTED: "));
  server.accept().gone(7);
  EXPECT_TRUE(tail->wait_for_output("dcount: what changed after revision 5 is not known any more"));
  server.accept().begin().line(tail_line("z", 1, 9));
  EXPECT_TRUE(tail->wait_for_output("c/z          1"));
  tail->signal(SIGINT);
  Ran ran = tail->wait();
  EXPECT_EQ(ran.status, 130);
  EXPECT_EQ(ran.out.find("\033[1m"), std::string::npos) << ran.out;
  EXPECT_EQ(ran.out.substr(ran.out.rfind("COUNTER")).find("c/a"), std::string::npos) << ran.out;
}

TEST_F(TailCommand, DumbTerminalGetsLines) {
  auto tail = start({"-f"}, {.environment = {{"TERM", "dumb"}}, .terminal = true});
  server.accept().begin().line(tail_line("a", 20, 4));
  EXPECT_TRUE(tail->wait_for_output(tail_line("a", 20, 4)));
}

TEST_F(TailCommand, ReaderThatHasSeenEnoughEndsItQuietly) {
  const std::string command = "bash -c \"" + std::string(DCOUNT_BINARY) + " tail -f --server " +
                              server.url() + " 2>&1 | head -1; echo \\${PIPESTATUS[0]}\"";
  std::FILE* pipe = ::popen(command.c_str(), "re");
  ASSERT_NE(pipe, nullptr);
  TailCall call = server.accept();
  call.begin().line(tail_line("a", 1, 3));  // and no more: it is noticed all the same
  EXPECT_TRUE(call.is_left());
  std::array<char, 4096> text{};
  const std::size_t size = std::fread(text.data(), 1, text.size(), pipe);
  EXPECT_EQ(std::string(text.data(), size), tail_line("a", 1, 3) + "\n0\n");
  EXPECT_EQ(::pclose(pipe), 0);
}

TEST_F(TailCommand, KilledTailGoesOnFromItsState) {
  auto tail = start({"c/", "-f", "--state", "state"});
  TailCall call = server.accept();
  call.begin().line(tail_line("a", 1, 3)).line(tail_line("a", 2, 4, false));
  EXPECT_TRUE(tail->wait_for_output(tail_line("a", 2, 4, false)));
  EXPECT_TRUE(saves("\"revision\":3"));
  tail->signal(SIGKILL);
  EXPECT_EQ(tail->wait().status, 137);
  auto next = start({"c/", "-f", "--state", "state"});
  TailCall again = server.accept();
  EXPECT_EQ(again.target(), "/tail/?keys=c/&since=3");
  again.begin().line(tail_line("a", 2, 4));
  EXPECT_TRUE(next->wait_for_output(tail_line("a", 2, 4) + "\n"));
  next->signal(SIGTERM);
  next->wait();
  EXPECT_NE(place.read("state").find("\"revision\":4"), std::string::npos) << place.read("state");
}

TEST_F(TailCommand, TornStateIsAClearError) {
  place.write("state", "{\"revi");
  Ran ran = start({"-f", "--state", "state"})->wait();
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.err,
            "dcount: state does not hold the state of a tail. Without that file a tail begins with "
            "the current values\n");
}

TEST_F(TailCommand, SinceThatIsGoneIsExit3) {
  auto tail = start({"--since", "12", "--follow"});
  TailCall call = server.accept();
  EXPECT_EQ(call.target(), "/tail/?since=12");
  call.gone(40);
  Ran ran = tail->wait();
  EXPECT_EQ(ran.status, 3);
  EXPECT_EQ(ran.err, "dcount: too old\n");
}

TEST_F(TailCommand, StateThatIsGoneIsSaidOnStandardErrorAndGoesOn) {
  place.write("state", R"({"revision":12,"what":[]})");
  auto tail = start({"--state", "state", "--json"});
  server.accept().gone(40);
  server.accept().begin().line(tail_line("a", 1, 50)).finish();
  Ran ran = tail->wait();
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.out, tail_line("a", 1, 50) + "\n");
  EXPECT_TRUE(ran.err.starts_with("{\"note\":\"what changed after revision 12 ")) << ran.err;
}

TEST_F(TailCommand, SinceNowAsksForTheRevisionFirst) {
  auto tail = start({"--since", "now", "-f"});
  TailCall list = server.accept();
  EXPECT_EQ(list.target(), "/cnt/?limit=1");
  list.refuse(200, R"({"counters":[],"next":null,"revision":77})");
  TailCall call = server.accept();
  EXPECT_EQ(call.target(), "/tail/?since=77");
}

TEST_F(TailCommand, LostConnectionIsSaidOnceAndItGoesOnElsewhere) {
  TailServer other;
  auto tail = start({"-f", "--server", server.url() + "," + other.url()});
  TailCall call = server.accept();
  call.begin().line(tail_line("a", 1, 3));
  EXPECT_TRUE(tail->wait_for_output("\n"));
  server.close();
  call.cut();
  TailCall there = other.accept();
  EXPECT_EQ(there.target(), "/tail/?since=3");
  there.begin().line(tail_line("a", 2, 4));
  EXPECT_TRUE(tail->wait_for_output(tail_line("a", 2, 4)));
  tail->signal(SIGINT);
  Ran ran = tail->wait();
  EXPECT_EQ(ran.err, "dcount: the connection to " + server.url() +
                         " broke; trying again\ndcount: connected again, to " + other.url() + "\n");
}

TEST_F(TailCommand, CounterNamedLikeACommandIsACounter) {
  auto tail = start({"counter", "tail", "server"});
  EXPECT_EQ(server.accept().target(), "/tail/?keys=counter,server,tail&snapshot=true&follow=false");
}

TEST_F(TailCommand, NobodyThereIs7) {
  server.close();
  Ran ran = start({"-f"})->wait();
  EXPECT_EQ(ran.status, 7);
  EXPECT_EQ(ran.err, "dcount: no connection to " + server.url() + "\n");
}

TEST_F(TailCommand, WrongWordsAreUsageErrors) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"a/b/c"},
                                                {"/"},
                                                {"/a"},
                                                {"a//"},
                                                {""},
                                                {"a b"},
                                                {"c/.."},
                                                {"--since", "-1"},
                                                {"--since", "x"},
                                                {"--sort", "size"},
                                                {std::string(129, 'x')}}) {
    Ran ran = start(words)->wait();
    EXPECT_EQ(ran.status, 2) << words.back();
    EXPECT_NE(ran.err, "");
  }
  std::vector<std::string> many;
  for (int i = 0; i < 200; ++i) many.push_back("c/" + std::to_string(i) + std::string(100, 'x'));
  EXPECT_EQ(start(many)->wait().status, 2);
}

}  // namespace
}  // namespace dcount::test
