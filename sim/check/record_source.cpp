#include "sim/check/record_source.h"

#include <algorithm>
#include <cstring>

#include "sim/check/history_reader.h"

namespace dcount::check {
namespace {

constexpr std::size_t block_bytes = std::size_t{1} << 20;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ','; }

}  // namespace

RecordSource::RecordSource(std::istream& input) : input_(input), buffer_(block_bytes + padding) {
  fill();
  detect();
}

bool RecordSource::fail(std::string message) {
  error_ = std::move(message);
  done_ = true;
  return false;
}

/// Reads more behind what is there. False: there is no more.
bool RecordSource::fill() {
  if (at_end_) return false;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() - padding - end_ < block_bytes / 2) {
    if (end_ > line_bytes_max) {
      line_ = next_line_;
      return fail("it is longer than " + std::to_string(line_bytes_max) + " bytes");
    }
    buffer_.resize(buffer_.size() * 2);
  }
  input_.read(buffer_.data() + end_, static_cast<std::streamsize>(buffer_.size() - padding - end_));
  auto got = static_cast<std::size_t>(input_.gcount());
  end_ += got;
  if (input_.bad()) return fail("it cannot be read");
  at_end_ = got == 0;
  return got > 0;
}

void RecordSource::detect() {
  if (end_ - begin_ >= 3 && std::memcmp(buffer_.data(), "\xef\xbb\xbf", 3) == 0) begin_ = 3;
  std::size_t first = begin_;
  while (first < end_ && is_space(buffer_[first])) ++first;
  std::string_view text(buffer_.data() + first, std::min<std::size_t>(end_ - first, 4096));
  if (text.empty()) return;
  std::size_t inner = text.find_first_not_of("[ \t\r\n,");
  bool json = inner == std::string_view::npos ||
              (text[inner] == '{' &&
               text.find_first_not_of(" \t\r\n", inner + 1) != std::string_view::npos &&
               (text[text.find_first_not_of(" \t\r\n", inner + 1)] == '"' ||
                text[text.find_first_not_of(" \t\r\n", inner + 1)] == '}'));
  bool edn = inner != std::string_view::npos && !json &&
             (text[inner] == '{' || text[inner] == '#' || text[inner] == ';' || text[inner] == '(');
  syntax_ = edn ? Syntax::edn : Syntax::json;
  lines_ = !edn && text[0] != '[';
}

bool RecordSource::next(std::string_view& text) {
  if (done_) return false;
  return lines_ ? next_line(text) : next_element(text);
}

bool RecordSource::next_line(std::string_view& text) {
  for (;;) {
    std::size_t searched = begin_;
    const void* found = nullptr;
    while ((found = std::memchr(buffer_.data() + searched, '\n', end_ - searched)) == nullptr) {
      std::size_t had = end_ - begin_;
      if (!fill()) break;
      searched = begin_ + had;
    }
    if (!error_.empty()) return false;
    std::size_t end =
        found == nullptr
            ? end_
            : static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
    text = std::string_view(buffer_.data() + begin_, end - begin_);
    line_ = next_line_++;
    begin_ = found == nullptr ? end_ : end + 1;
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    if (!text.empty()) return true;
    if (found == nullptr) return false;
  }
}

/// Space, commas, and EDN's comments. False: the end.
bool RecordSource::skip_space() {
  bool comment = false;
  for (;; ++begin_) {
    if (begin_ == end_ && !fill()) return false;
    char c = buffer_[begin_];
    if (c == '\n') ++next_line_;
    if (comment) {
      comment = c != '\n';
    } else if (c == ';' && syntax_ == Syntax::edn) {
      comment = true;
    } else if (!is_space(c)) {
      return true;
    }
  }
}

/// Where the element that begins at begin_ ends; 0: nowhere.
std::size_t RecordSource::element_end() {
  std::size_t depth = 0;
  bool in_text = false;
  bool in_comment = false;
  const bool edn = syntax_ == Syntax::edn;
  bool tag = edn && buffer_[begin_] == '#';  // and the space behind it belong to a value
  for (std::size_t i = begin_;; ++i) {
    if (i >= end_) {
      std::size_t had = i - begin_;
      if (!fill()) return 0;
      i = begin_ + had;
      if (i >= end_) return 0;
    }
    char c = buffer_[i];
    if (c == '\n') ++next_line_;
    if (in_comment) {
      in_comment = c != '\n';
      continue;
    }
    if (in_text || edn) {
      if (c == '\\') {  // an escape, or a character of EDN: whatever follows means nothing
        ++i;
        continue;
      }
    }
    if (in_text) {
      in_text = c != '"';
      continue;
    }
    in_comment = edn && c == ';';
    if (c == '"') in_text = true;
    if (c == '{' || c == '[' || c == '(') {
      ++depth;
      tag = false;
    }
    if (c == '}' || c == ']' || c == ')') {
      if (depth == 0) return i;  // of what is around it
      if (--depth == 0) return i + 1;
    }
    if (depth == 0 && !tag && is_space(c)) return i;
  }
}

bool RecordSource::next_element(std::string_view& text) {
  for (;;) {
    if (!skip_space()) {
      line_ = next_line_;
      if (inside_) return fail("the end is missing: the file is cut short");
      return false;
    }
    char c = buffer_[begin_];
    if (!inside_ && (c == '[' || c == '(')) {
      inside_ = true;
      ++begin_;
      continue;
    }
    if (inside_ && (c == ']' || c == ')')) {
      inside_ = false;
      ++begin_;
      continue;
    }
    break;
  }
  line_ = next_line_;
  std::size_t end = element_end();
  if (end == 0) return error_.empty() ? fail("it is cut short") : false;
  if (end == begin_) return fail("there is a bracket that nothing opened");
  text = std::string_view(buffer_.data() + begin_, end - begin_);
  begin_ = end;
  return true;
}

}  // namespace dcount::check
