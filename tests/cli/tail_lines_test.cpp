// Lines to readers that are slow, or go away.
#include "cli/tail_lines.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <future>
#include <string>
#include <utility>

#include "tests/support/run_dcount.h"

namespace dcount::cli {
namespace {

class TailPipe : public testing::Test {
 protected:
  TailPipe() {
    ::signal(SIGPIPE, SIG_IGN);
    if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
  }
  ~TailPipe() override {
    close(0);
    close(1);
  }
  void close(int end) {
    if (ends[end] >= 0) ::close(std::exchange(ends[end], -1));
  }
  std::string read(std::size_t size) const {
    std::string all;
    while (all.size() < size) {
      char bytes[777];
      const auto n = ::read(ends[0], bytes, std::min(sizeof bytes, size - all.size()));
      if (n <= 0) break;
      all.append(bytes, static_cast<std::size_t>(n));
    }
    return all;
  }

  int ends[2];
};

TEST_F(TailPipe, GoesThroughWhateverThePipeHolds) {
  TailLines lines(ends[1]);
  std::string expected;
  for (int i = 0; i < 50'000; ++i) {
    lines.add(std::to_string(i));
    expected += std::to_string(i) + "\n";
  }
  auto text = std::async(std::launch::async, [&] { return read(expected.size()); });
  EXPECT_EQ(lines.write(), Written::ok);
  EXPECT_TRUE(text.get() == expected);
}

TEST_F(TailPipe, NothingIsWrittenTwice) {
  TailLines lines(ends[1]);
  lines.add("a");
  EXPECT_EQ(lines.write(), Written::ok);
  EXPECT_EQ(lines.write(), Written::ok);
  lines.add("b");
  EXPECT_EQ(lines.write(), Written::ok);
  close(1);
  EXPECT_EQ(read(100), "a\nb\n");
}

TEST_F(TailPipe, ReaderThatHasGoneIsNoticedWithAndWithoutLines) {
  TailLines lines(ends[1]);
  EXPECT_EQ(lines.write(), Written::ok);
  close(0);
  EXPECT_EQ(lines.write(), Written::closed);
  lines.add("a");
  EXPECT_EQ(lines.write(), Written::closed);
}

TEST_F(TailPipe, ReaderThatGoesWhileItIsWaitedForIsNoticed) {
  TailLines lines(ends[1]);
  for (int i = 0; i < 200'000; ++i) lines.add("line");
  auto written = std::async(std::launch::async, [&] { return lines.write(); });
  EXPECT_EQ(read(1000).size(), 1000u);
  close(0);
  EXPECT_EQ(written.get(), Written::closed);
}

TEST_F(TailPipe, FailureIsTold) {
  test::Workplace place;
  place.write("file", "");
  const int fd = ::open((place.path() / "file").c_str(), O_RDONLY | O_CLOEXEC);
  TailLines lines(fd);
  lines.add("a");
  EXPECT_EQ(lines.write(), Written::failed);
  EXPECT_EQ(errno, EBADF);
  ::close(fd);
}

TEST_F(TailPipe, PipesNeedNoSync) { EXPECT_TRUE(TailLines(ends[1]).sync()); }

}  // namespace
}  // namespace dcount::cli
