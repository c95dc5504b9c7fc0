// Ranges of bytes: what is asked for, and what it means for a file.
#include "server/http/byte_range.h"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include <optional>
#include <string>

namespace dcount::http {
namespace {

using Kind = ByteRange::Kind;

constexpr ByteRange all{};
constexpr ByteRange unsatisfiable{Kind::unsatisfiable};
constexpr ByteRange part(std::uint64_t first, std::uint64_t bytes) {
  return {Kind::part, first, bytes};
}

std::string text(const ByteRange& range) {
  if (range.kind == Kind::whole) return "whole";
  if (range.kind == Kind::unsatisfiable) return "unsatisfiable";
  return std::to_string(range.first) + "+" + std::to_string(range.bytes);
}

TEST(ByteRange, TableOfRangesOfAHundredBytes) {
  const struct {
    const char* range;
    ByteRange wanted;
  } rows[] = {
      {"", all},
      {"bytes=0-0", part(0, 1)},
      {"bytes=0-99", part(0, 100)},
      {"bytes=5-9", part(5, 5)},
      {"bytes=99-99", part(99, 1)},
      {"bytes=5-", part(5, 95)},
      {"bytes=0-", part(0, 100)},
      {"bytes=-5", part(95, 5)},
      {"bytes=-100", part(0, 100)},
      {"Bytes=5-9", part(5, 5)},
      {"bytes= 5-9\t", part(5, 5)},
      {"bytes=007-0009", part(7, 3)},
      // beyond the end
      {"bytes=5-99999", part(5, 95)},
      {"bytes=5-99999999999999999999999999", part(5, 95)},
      {"bytes=-101", part(0, 100)},
      {"bytes=-99999999999999999999999999", part(0, 100)},
      // nothing there
      {"bytes=100-", unsatisfiable},
      {"bytes=100-200", unsatisfiable},
      {"bytes=99999999999999999999999999-", unsatisfiable},
      {"bytes=-0", unsatisfiable},
      // not one range
      {"bytes=0-1,5-6", all},
      {"bytes=0-1,", all},
      {"bytes=,0-1", all},
      {"bytes=9-5", all},
      {"bytes=", all},
      {"bytes=-", all},
      {"bytes=5", all},
      {"bytes=--5", all},
      {"bytes=5--9", all},
      {"bytes=5-9-", all},
      {"bytes=+5-9", all},
      {"bytes=5-0x9", all},
      {"bytes=5 -9", all},
      {"bytes =5-9", all},
      {" bytes=5-9", all},
      {"bytes", all},
      {"5-9", all},
      {"lines=5-9", all},
  };
  for (const auto& row : rows)
    EXPECT_EQ(text(choose_range(row.range, "", "\"e\"", 100)), text(row.wanted)) << row.range;
}

TEST(ByteRange, OfAnEmptyFileIsAllOrNothing) {
  EXPECT_EQ(choose_range("bytes=0-", "", "\"e\"", 0), unsatisfiable);
  EXPECT_EQ(choose_range("bytes=0-0", "", "\"e\"", 0), unsatisfiable);
  EXPECT_EQ(choose_range("bytes=-5", "", "\"e\"", 0), all);
}

TEST(ByteRange, WithIfRangeIsOnlyOfTheSameStrongEtag) {
  for (const char* same : {"\"e\"", " \"e\" ", ""})
    EXPECT_EQ(choose_range("bytes=1-2", same, "\"e\"", 9), part(1, 2)) << same;
  for (const char* other : {"\"f\"", "W/\"e\"", "e", "\"E\"", "Sun, 06 Nov 1994 08:49:37 GMT", "*"})
    EXPECT_EQ(choose_range("bytes=1-2", other, "\"e\"", 9), all) << other;
  EXPECT_EQ(choose_range("bytes=1-2", "W/\"e\"", "W/\"e\"", 9), all);
  EXPECT_EQ(choose_range("bytes=99-", "\"f\"", "\"e\"", 9), all);
}

/// Which bytes, one after the other, as the RFC's text has it.
std::optional<std::pair<std::uint64_t, std::uint64_t>> bytes_of(std::uint64_t first,
                                                                std::uint64_t last,
                                                                std::uint64_t size) {
  std::optional<std::pair<std::uint64_t, std::uint64_t>> found;
  for (std::uint64_t i = 0; i < size; ++i)
    if (i >= first && i <= last) found = {found ? found->first : i, found ? found->second + 1 : 1};
  return found;
}

RC_GTEST_PROP(ByteRangeProperty, IsTheBytesBetweenTheTwoPositions, ()) {
  const auto size = *rc::gen::inRange<std::uint64_t>(0, 40);
  const auto first = *rc::gen::inRange<std::uint64_t>(0, 50);
  const auto last = *rc::gen::inRange<std::uint64_t>(first, 60);
  const auto expected = bytes_of(first, last, size);
  RC_ASSERT(choose_range("bytes=" + std::to_string(first) + "-" + std::to_string(last), "", "\"e\"",
                         size) ==
            (expected ? part(expected->first, expected->second) : unsatisfiable));
}

RC_GTEST_PROP(ByteRangeProperty, IsNeverBeyondTheEndWhateverIsAsked, ()) {
  const auto size = *rc::gen::arbitrary<std::uint64_t>();
  const std::string range =
      *rc::gen::container<std::string>(rc::gen::elementOf(std::string("0123456789-, =b")));
  const ByteRange chosen = choose_range("bytes=" + range, "", "\"e\"", size);
  if (chosen.kind != Kind::part) return;
  RC_ASSERT(chosen.bytes > 0u);
  RC_ASSERT(chosen.first < size);
  RC_ASSERT(chosen.bytes <= size - chosen.first);
}

RC_GTEST_PROP(ByteRangeProperty, HalvesMakeTheWhole, ()) {
  const auto size = *rc::gen::inRange<std::uint64_t>(1, std::uint64_t{1} << 50);
  const auto cut = *rc::gen::inRange<std::uint64_t>(1, size + 1);
  const ByteRange head = choose_range("bytes=0-" + std::to_string(cut - 1), "", "", size);
  const ByteRange tail = choose_range("bytes=" + std::to_string(cut) + "-", "", "", size);
  RC_ASSERT(head == part(0, cut));
  RC_ASSERT(tail == (cut == size ? unsatisfiable : part(cut, size - cut)));
}

}  // namespace
}  // namespace dcount::http
