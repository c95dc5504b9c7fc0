// Lines out of files and pipes.
#include "cli/line_reader.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <thread>
#include <vector>

namespace dcount::cli {
namespace {

/// A file that holds `content` and has no name.
class Content {
 public:
  explicit Content(const std::string& content) : file_(std::tmpfile()) {
    std::fwrite(content.data(), 1, content.size(), file_);
    std::rewind(file_);
  }
  ~Content() { std::fclose(file_); }
  int fd() const { return ::fileno(file_); }

 private:
  std::FILE* file_;
};

std::vector<std::string> all(LineReader& lines) {
  std::vector<std::string> list;
  std::string_view line;
  while (lines.next(line) == LineResult::line) list.emplace_back(line);
  return list;
}

InputPosition end_of(const std::string& content) {
  Content file(content);
  LineReader lines(file.fd());
  all(lines);
  return lines.position();
}

TEST(LineReader, LastLineMayLackItsEnd) {
  for (const char* text : {"a\n\nb\n", "a\n\nb"}) {
    Content content(text);
    LineReader lines(content.fd());
    EXPECT_EQ(all(lines), (std::vector<std::string>{"a", "", "b"}));
    EXPECT_EQ(lines.position().lines, 3u);
    EXPECT_EQ(lines.position().bytes, std::string(text).size());
  }
}

TEST(LineReader, EmptyInputHasNoLine) {
  Content content("");
  LineReader lines(content.fd());
  EXPECT_TRUE(all(lines).empty());
  EXPECT_EQ(lines.position(), InputPosition());
}

TEST(LineReader, LineOfTheGreatestLengthIsALineAndOneMoreByteIsNot) {
  std::string longest(line_bytes_max, 'x');
  for (const char* end : {"", "\n", "\nb\n"}) {
    Content content("a\n" + longest + end);
    LineReader lines(content.fd());
    EXPECT_EQ(all(lines)[1].size(), line_bytes_max);
    Content longer("a\n" + longest + "x" + end);
    LineReader too_long(longer.fd());
    std::string_view line;
    EXPECT_EQ(too_long.next(line), LineResult::line);
    EXPECT_EQ(too_long.next(line), LineResult::too_long);
    EXPECT_EQ(too_long.position().lines, 1u);
  }
}

TEST(LineReader, PipeIsReadAsItComes) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  std::jthread writer([fd = ends[1]] {
    for (int i = 0; i < 100'000; ++i) {
      std::string line = std::to_string(i) + "\n";
      EXPECT_EQ(::write(fd, line.data(), line.size()), static_cast<ssize_t>(line.size()));
    }
    ::close(fd);
  });
  LineReader lines(ends[0]);
  auto list = all(lines);
  ASSERT_EQ(list.size(), 100'000u);
  for (std::size_t i = 0; i < list.size(); ++i) ASSERT_EQ(list[i], std::to_string(i));
  ::close(ends[0]);
}

TEST(LineReader, WhatCannotBeReadFails) {
  int directory = ::open("/", O_RDONLY | O_CLOEXEC);
  LineReader lines(directory);
  std::string_view line;
  EXPECT_EQ(lines.next(line), LineResult::failed);
  ::close(directory);
}

RC_GTEST_PROP(LineReader, EveryByteIsInSomeLine, ()) {
  auto line_of = rc::gen::container<std::string>(rc::gen::element('a', 'b', '\r', '\0'));
  auto some = *rc::gen::container<std::vector<std::string>>(line_of);
  // Enough of them to fill the buffer several times.
  auto times =
      *rc::gen::element(1, 1000, 200'000 / std::max<int>(1, static_cast<int>(some.size())));
  std::string text;
  std::vector<std::string> expected;
  for (int i = 0; i < times; ++i) {
    for (auto& line : some) {
      text += line + "\n";
      expected.push_back(line);
    }
  }
  Content content(text);
  LineReader lines(content.fd());
  RC_ASSERT(all(lines) == expected);
  RC_ASSERT(lines.position().bytes == text.size());
  RC_ASSERT(lines.position().lines == expected.size());
}

TEST(InputPosition, TellsInputsApart) {
  EXPECT_EQ(end_of("a\nb\n"), end_of("a\nb\n"));
  EXPECT_NE(end_of("a\nb\n"), end_of("a\nc\n"));
  EXPECT_NE(end_of("a\nbb\n"), end_of("aa\nb\n"));
}

TEST(InputPosition, DigestIsFnv1a) {
  // It is in files that outlive a version.
  EXPECT_EQ(end_of("foobar").digest, 0x85944171f73967e8u);
}

}  // namespace
}  // namespace dcount::cli
