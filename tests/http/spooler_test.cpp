#include "server/http/spooler.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "server/http/event_loop_impl.h"
#include "tests/store/temporary_directory.h"

namespace dcount::http {
namespace {

class SpoolerTest : public testing::Test {
 protected:
  SpoolerTest() { EXPECT_TRUE(file->create(directory.path())); }
  ~SpoolerTest() override {
    spooler.stop();
    if (!thread.joinable()) return;
    loop.post([this] { loop.impl().stop(); });
    thread.join();
  }
  void run_loop() {
    thread = std::thread([this] { loop.impl().run(); });
  }
  std::string content() const {
    std::ostringstream text;
    text << std::ifstream(file->path()).rdbuf();
    return text.str();
  }

  store::TemporaryDirectory directory;
  std::shared_ptr<SpoolFile> file = std::make_shared<SpoolFile>();
  EventLoop loop{0};
  Spooler spooler;
  std::thread thread;
};

TEST_F(SpoolerTest, PartsAreWrittenInOrderAndTheLoopIsToldOfEach) {
  run_loop();
  spooler.start();
  std::string expected;
  std::atomic<int> told = 0;
  for (int i = 0; i < 100; ++i) {
    expected += std::to_string(i);
    EXPECT_TRUE(spooler.append(file, std::to_string(i), loop, [&, i](bool stored) {
      EXPECT_TRUE(stored && loop.impl().on_this_thread());
      EXPECT_EQ(told, i);
      ++told;
      told.notify_one();
    }));
  }
  for (int n = told; n < 100; n = told) told.wait(n);
  EXPECT_EQ(content(), expected);
}

TEST_F(SpoolerTest, ADiskThatIsBehindIsNotGivenMoreThan64MiB) {
  const std::string part(std::size_t{1} << 20, 'x');
  const auto nobody = [](bool) { FAIL() << "it is stopped"; };
  for (int i = 0; i < 64; ++i) EXPECT_TRUE(spooler.append(file, part, loop, nobody));
  EXPECT_FALSE(spooler.append(file, "x", loop, nobody));
}

TEST_F(SpoolerTest, WhoIsToldHasTheFileAlone) {
  run_loop();
  spooler.start();
  std::atomic<long> owners = 0;
  ASSERT_TRUE(spooler.append(file, "x", loop, [&](bool) {
    owners = file.use_count();
    owners.notify_one();
  }));
  owners.wait(0);
  EXPECT_EQ(owners, 1);
}

}  // namespace
}  // namespace dcount::http
