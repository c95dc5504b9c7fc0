// Suggestions, progress texts and completion.
#include "cli/suggestion.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdlib>

#include "cli/progress.h"
#include "tests/support/run_dcount.h"

namespace dcount::cli {
namespace {

RC_GTEST_PROP(EditDistance, IsAMetricAsFarAsItMatters,
              (const std::string& a, const std::string& b)) {
  std::size_t distance = edit_distance(a, b);
  RC_ASSERT(distance == edit_distance(b, a));
  RC_ASSERT((distance == 0) == (a == b));
  RC_ASSERT(distance <= std::max(a.size(), b.size()));
  RC_ASSERT(distance >= std::max(a.size(), b.size()) - std::min(a.size(), b.size()));
}

TEST(EditDistance, SwappedNeighboursAreOneSlip) { EXPECT_EQ(edit_distance("gte", "get"), 1u); }

TEST(Nearest, FarAwayIsNoSuggestion) {
  EXPECT_EQ(nearest("xyz", {"get", "add"}), std::nullopt);
  EXPECT_EQ(nearest("gett", {"add", "get"}), "get");
  EXPECT_EQ(nearest("idem", {"--x", "idempotency"}), "idempotency");
}

TEST(Human, NumbersAreShort) {
  EXPECT_EQ(human_bytes(0), "0 B");
  EXPECT_EQ(human_bytes(1023), "1023 B");
  EXPECT_EQ(human_bytes(1536), "1.5 KiB");
  EXPECT_EQ(human_count(12'345), "12.3k");
}

/// What bash offers for a line, with the script that the binary prints.
std::string completed(const std::string& words, int index) {
  test::Workplace place;
  place.write("dcount.bash", place.run({"completion", "bash"}).out);
  std::string script = "cd " + place.path().string() + " && source dcount.bash && COMP_WORDS=(" +
                       words + ") && COMP_CWORD=" + std::to_string(index) +
                       " && { _dcount; echo \"${COMPREPLY[*]}\" > offered; }";
  EXPECT_EQ(std::system(("bash --norc --noprofile -c '" + script + "'").c_str()), 0);
  return place.read("offered");
}

TEST(BashCompletion, CompletesCommands) {
  EXPECT_EQ(completed("dcount coun", 1), "counter\n");
  EXPECT_EQ(completed("dcount counter g", 2), "get\n");
  EXPECT_EQ(completed("dcount --json counter l", 3), "list\n");
}

TEST(BashCompletion, CompletesOptionsOfTheCommandAndTheRoot) {
  EXPECT_EQ(completed("dcount counter add views home --cr", 5), "--create\n");
  EXPECT_EQ(completed("dcount counter get views home --js", 5), "--json\n");
  EXPECT_EQ(completed("dcount counter get views home --cr", 5), "\n");
}

TEST(Completion, EveryShellHasAScript) {
  test::Workplace place;
  for (const char* shell : {"bash", "zsh", "fish"}) {
    auto ran = place.run({"completion", shell});
    EXPECT_EQ(ran.status, 0);
    EXPECT_NE(ran.out.find("counter"), std::string::npos);
  }
  EXPECT_EQ(place.run({"completion", "csh"}).status, 2);
}

}  // namespace
}  // namespace dcount::cli
