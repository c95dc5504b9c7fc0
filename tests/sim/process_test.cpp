#include "sim/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "tests/sim/poll.h"
#include "tests/store/temporary_directory.h"

namespace dcount::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr seconds patience{20};

class ProcessTest : public testing::Test {
 protected:
  /// Our helper, doing `words`.
  ProcessOptions helper(std::vector<std::string> words) const {
    return {.program = HELPER, .arguments = std::move(words), .log = log()};
  }
  static ProcessOptions sleeper() { return {.program = "sleep", .arguments = {"1000"}}; }

  void write(const std::string& file, const std::string& content) const {
    std::ofstream(place.path() / file) << content;
  }
  std::string log() const { return (place.path() / "log").string(); }
  bool logged(const std::string& text) const {
    return eventually([&] { return content_of(log()).find(text) != std::string::npos; });
  }

  store::TemporaryDirectory place;
};

TEST_F(ProcessTest, TellsAnExitCodeFromASignal) {
  auto process = Process::start({.program = "sh", .arguments = {"-c", "exit 15"}});
  EXPECT_EQ(process->wait(patience), (ProcessExit{false, 15}));
  auto killed = Process::start({.program = "sh", .arguments = {"-c", "kill -15 $$"}});
  EXPECT_EQ(killed->wait(patience), (ProcessExit{true, 15}));
  EXPECT_EQ(killed->exit()->text(), "killed by signal 15 (Terminated)");
}

TEST_F(ProcessTest, RunsInItsDirectoryWithItsVariablesAndALog) {
  auto options = helper({"say", "DCOUNT_TEST"});
  options.directory = place.path();
  options.environment = {{"DCOUNT_TEST", "a value"}};
  auto process = Process::start(options);
  EXPECT_EQ(process->wait(patience), (ProcessExit{false, 7}));
  EXPECT_EQ(content_of(log()), std::filesystem::canonical(place.path()).string() + "\na value\n");
}

TEST_F(ProcessTest, AFailedExecNamesTheProgramAndLeavesNothing) {
  auto missing = Process::start({.program = "no-such-program"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "cannot run no-such-program: it is not in PATH");
  write("junk", "not a program");
  ::chmod((place.path() / "junk").c_str(), 0755);
  auto junk = Process::start({.program = (place.path() / "junk").string()});
  ASSERT_FALSE(junk);
  EXPECT_NE(junk.error().message.find("junk: Exec format error"), std::string::npos)
      << junk.error().message;
  auto nowhere = Process::start({.program = "sleep", .directory = place.path() / "nowhere"});
  ASSERT_FALSE(nowhere);
  EXPECT_NE(nowhere.error().message.find("nowhere: No such file"), std::string::npos)
      << nowhere.error().message;
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child is left behind";
}

TEST_F(ProcessTest, WaitingEndsAtItsDeadlineOrWithTheProcess) {
  auto process = Process::start(sleeper());
  const auto before = Clock::now();
  EXPECT_EQ(process->wait(milliseconds(50)), std::nullopt);
  EXPECT_GE(Clock::now() - before, milliseconds(50));
  std::thread killer([&] { process->signal(SIGKILL); });
  EXPECT_EQ(process->wait(patience), (ProcessExit{true, SIGKILL}));
  killer.join();
  EXPECT_EQ(process->wait(patience), (ProcessExit{true, SIGKILL})) << "asked again";
  EXPECT_LT(Clock::now() - before, patience);
}

TEST_F(ProcessTest, StopKillsWhatIgnoresSigterm) {
  auto process = Process::start(helper({"deaf"}));
  ASSERT_TRUE(logged("deaf"));
  EXPECT_EQ(process->stop(milliseconds(50)), (ProcessExit{true, SIGKILL}));
  auto willing = Process::start(sleeper());
  EXPECT_EQ(willing->stop(patience), (ProcessExit{true, SIGTERM}));
}

TEST_F(ProcessTest, StopReachesAPausedProcess) {
  auto process = Process::start(sleeper());
  process->pause();
  EXPECT_TRUE(eventually([&] { return state_of(process->pid()) == 'T'; }));
  EXPECT_TRUE(process->running());
  process->resume();
  EXPECT_TRUE(eventually([&] { return state_of(process->pid()) == 'S'; }));
  process->pause();
  EXPECT_EQ(process->stop(patience), (ProcessExit{true, SIGTERM}));
}

TEST_F(ProcessTest, TheWholeGroupEnds) {
  auto options = helper({});
  options.program = "sh";
  options.arguments = {"-c", "sleep 1000 & echo $!; wait"};
  std::string grandchild;
  {
    auto process = Process::start(options);
    ASSERT_TRUE(logged("\n"));
    grandchild = content_of(log());
    EXPECT_FALSE(gone(std::stoi(grandchild)));
  }
  EXPECT_TRUE(eventually([&] { return gone(std::stoi(grandchild)); }));
}

TEST_F(ProcessTest, WhatAnEndedLeaderLeavesBehindEndsToo) {
  auto options = helper({});
  options.program = "sh";
  options.arguments = {"-c", "sleep 1000 & echo $!"};
  auto process = Process::start(options);
  EXPECT_EQ(process->wait(patience), (ProcessExit{false, 0}));
  const pid_t grandchild = std::stoi(content_of(log()));
  EXPECT_TRUE(eventually([&] { return gone(grandchild); }));
}

TEST_F(ProcessTest, DiesWithAParentThatIsKilled) {
  auto options = helper({"spawn", "sleep", "1000"});
  options.directory = place.path();
  auto parent = Process::start(options);
  ASSERT_TRUE(logged("\n"));
  const pid_t child = std::stoi(content_of(log()));
  EXPECT_NE(::getpgid(child), parent->pid()) << "it has a group of its own";
  EXPECT_FALSE(gone(child));
  parent->kill();
  EXPECT_TRUE(eventually([&] { return gone(child); }));
}

TEST_F(ProcessTest, LivesOnWhenTheThreadThatStartedItEnds) {
  std::optional<Process> process;
  std::thread([&] { process = std::move(*Process::start(sleeper())); }).join();
  EXPECT_EQ(process->wait(milliseconds(100)), std::nullopt);
}

TEST_F(ProcessTest, ReleasedItOutlivesUs) {
  auto options = sleeper();
  options.dies_with_parent = false;
  auto process = Process::start(options);
  const pid_t pid = process->pid();
  EXPECT_EQ(::getsid(pid), pid);
  process->release();
  EXPECT_FALSE(gone(pid));
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
}

TEST_F(ProcessTest, InheritsNoDescriptors) {
  const int open_here = ::open("/dev/null", O_RDONLY);  // without O_CLOEXEC
  auto process = Process::start(helper({"descriptors"}));
  EXPECT_TRUE(process->wait(patience));
  EXPECT_EQ(content_of(log()), "0 1 2 \n");
  ::close(open_here);
}

TEST_F(ProcessTest, InheritsNeitherBlockedNorIgnoredSignals) {
  auto* before = ::signal(SIGPIPE, SIG_IGN);
  sigset_t usr1;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  ::pthread_sigmask(SIG_BLOCK, &usr1, nullptr);
  auto process = Process::start(helper({"signals"}));
  EXPECT_TRUE(process->wait(patience));
  EXPECT_EQ(content_of(log()), "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  ::pthread_sigmask(SIG_UNBLOCK, &usr1, nullptr);
  ::signal(SIGPIPE, before);
}

TEST_F(ProcessTest, TheEndOfALogIsWholeLines) {
  write("log", "first line\nsecond\nthird\n");
  EXPECT_EQ(end_of_log(log()), "first line\nsecond\nthird");
  EXPECT_EQ(end_of_log(log(), 15), "second\nthird");
  EXPECT_EQ(end_of_log(place.path() / "none"), "");
}

}  // namespace
}  // namespace dcount::sim
