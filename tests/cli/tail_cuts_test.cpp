// The feed of a tail over connections that break wherever they like, at random.
#include "cli/tail_feed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/cli/tail_feed_rig.h"

namespace dcount::cli {
namespace {

using test::bookmark_line;
using test::tail_line;
using test::TailCall;

/// A server with a log of changes, whose connections break wherever they like.
class CuttingServer {
 public:
  explicit CuttingServer(std::uint64_t seed) : random_(seed) {
    for (std::int64_t revision = 1; revision <= 60; ++revision) {
      const int records = below(4);  // none: a bookmark
      for (int i = 0; i < records; ++i) {
        log_.push_back({tail_line("k" + std::to_string(i), below(1000), revision, i + 1 == records),
                        revision});
        expected_.push_back(log_.back().line);
      }
      if (records == 0) log_.push_back({bookmark_line(revision), revision});
    }
  }
  const std::vector<std::string>& expected() const { return expected_; }

  /// Answers a call from where it asks. False: to the end.
  bool answer(TailCall& call, bool cut) {
    const std::string target = call.target();
    const auto at = target.find("since=");
    const std::int64_t since = at == target.npos ? 0 : std::stoll(target.substr(at + 6));
    std::string bytes;
    for (const auto& [line, revision] : log_) {
      if (revision > since || (revision == since && below(3) == 0)) bytes += line + "\n";
    }
    call.begin();
    if (cut && !bytes.empty()) bytes.resize(static_cast<std::size_t>(below(bytes.size())));
    while (!bytes.empty()) {
      const auto size = std::min<std::size_t>(bytes.size(), 1 + below(300));
      call.chunk(bytes.substr(0, size));
      bytes.erase(0, size);
    }
    cut ? call.cut() : call.finish();
    return cut;
  }

 private:
  struct Change {
    std::string line;
    std::int64_t revision;
  };
  int below(std::size_t end) { return static_cast<int>(random_() % end); }

  std::mt19937_64 random_;
  std::vector<Change> log_;
  std::vector<std::string> expected_;
};

TEST_F(TailFeeds, WhereverConnectionsBreakAllIsToldOnceAndInOrder) {
  std::random_device device;
  for (int round = 0; round < 15; ++round) {
    const std::uint64_t seed = device();
    SCOPED_TRACE("seed " + std::to_string(seed));
    CuttingServer story(seed);
    start(finite());
    for (int cuts = 0;; ++cuts) {
      TailCall call = server.accept();
      ASSERT_TRUE(call.came());
      if (!story.answer(call, cuts < 4)) break;
    }
    std::vector<std::string> told;
    for (std::string words; (words = next()) != "ended";) {
      ASSERT_NE(words, "nothing");
      if (words == "connected" || words == "lost") continue;
      ASSERT_TRUE(std::holds_alternative<TailRecord>(event)) << words;
      const auto& record = std::get<TailRecord>(event);
      if (!record.is_bookmark()) told.push_back(record.line);
    }
    const auto& expected = story.expected();
    const auto [is, should] =
        std::mismatch(told.begin(), told.end(), expected.begin(), expected.end());
    EXPECT_EQ(is == told.end() ? "the end" : *is, should == expected.end() ? "the end" : *should);
  }
}

}  // namespace
}  // namespace dcount::cli
