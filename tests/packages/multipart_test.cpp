// Which window of a body is the archive, and which bodies are none.
#include "server/packages/multipart.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <ostream>

#include "server/http/unique_fd.h"

namespace dcount::packages {

void PrintTo(MultipartFault fault, std::ostream* out) { *out << to_string(fault); }

namespace {

constexpr std::string_view type = "multipart/form-data; boundary=XX";
constexpr std::string_view data_head = "Content-Disposition: form-data; name=\"data\"\r\n\r\n";

http::UniqueFd file_of(std::string_view body) {
  http::UniqueFd fd(::memfd_create("body", MFD_CLOEXEC));
  while (!body.empty()) {
    const ssize_t n = ::write(fd.get(), body.data(), body.size());
    if (n <= 0) throw std::runtime_error("memfd");
    body.remove_prefix(static_cast<std::size_t>(n));
  }
  return fd;
}

struct Found {
  std::optional<std::string> content;
  std::optional<MultipartFault> fault;
};

Found find(const std::string& body, std::string_view content_type = type,
           std::size_t piece_bytes = piece_bytes_max) {
  const auto fd = file_of(body);
  const auto answer = find_data_part(fd.get(), body.size(), content_type, piece_bytes);
  Found found;
  if (const auto* fault = std::get_if<MultipartFault>(&answer)) found.fault = *fault;
  if (const auto* window = std::get_if<PartWindow>(&answer)) {
    if (window->offset + window->bytes > body.size()) throw std::out_of_range("window");
    found.content = body.substr(window->offset, window->bytes);
  }
  return found;
}

std::string form(std::string_view content, std::string_view head = data_head) {
  return "--XX\r\n" + std::string(head) + std::string(content) + "\r\n--XX--\r\n";
}

TEST(Multipart, TakesThePartCalledData) {
  EXPECT_EQ(find(form("hello")).content, "hello");
  EXPECT_EQ(find(form("")).content, "");
  EXPECT_EQ(find(form("\r\n")).content, "\r\n");
  EXPECT_EQ(find(form("--XX\n--X\r\n--XY\r\n-\r")).content, std::nullopt);
  EXPECT_EQ(find(form("a--XX\n--X\r\n--XY\r\n-\r")).content, "a--XX\n--X\r\n--XY\r\n-\r");
}

TEST(Multipart, TakesHeadsAsClientsWriteThem) {
  for (const char* head : {
           "Content-Disposition: form-data; name=data\r\n\r\n",
           "content-disposition:FORM-DATA;NAME=\"data\";filename=\"a;b\\\"c.tar.xz\"\r\n\r\n",
           "Content-Type: application/x-xz\r\nContent-Disposition: form-data; filename=x; "
           "name=\"data\" ;\r\nX-More: \r\n\r\n",
           "Content-Disposition: form-data; name=\"data\"; filename*=UTF-8''a%20b\r\n"
           "Content-Transfer-Encoding: Binary\r\n\r\n",
       }) {
    EXPECT_EQ(find(form("hello", head)).content, "hello") << head;
  }
}

TEST(Multipart, TakesPreambleEpilogueAndPadding) {
  EXPECT_EQ(find("some\r\nlines --XX\r\n" + form("hello") + "and\r\n--XX\r\nmore").content,
            "hello");
  EXPECT_EQ(find("--XX \t\r\n" + std::string(data_head) + "hello\r\n--XX-- \t").content, "hello");
  EXPECT_EQ(find("\r\n" + form("hello")).content, "hello");
  EXPECT_EQ(find("--XX\r\n" + std::string(data_head) + "hello\r\n--XX--").content, "hello");
}

TEST(Multipart, APartWithoutBodyIsEmpty) {
  EXPECT_EQ(find("--XX\r\nContent-Disposition: form-data; name=data\r\n\r\n--XX--").content, "");
}

TEST(Multipart, TakesBoundariesQuotedOrNot) {
  const auto boundary = [](std::string_view content_type) {
    const auto answer = multipart_boundary(content_type);
    const auto* text = std::get_if<std::string>(&answer);
    return text == nullptr ? std::string("none") : *text;
  };
  const std::string longest(70, 'b');
  EXPECT_EQ(boundary("multipart/form-data; boundary=----WebKitFormBoundary7MA"),
            "----WebKitFormBoundary7MA");
  EXPECT_EQ(boundary("Multipart/Form-Data ;charset=utf-8; BOUNDARY=\"a b'()+_,-./:=?\""),
            "a b'()+_,-./:=?");
  EXPECT_EQ(boundary("multipart/form-data; boundary=\"" + longest + "\"; charset=UTF-8"), longest);
  EXPECT_EQ(boundary("multipart/form-data; boundary=a/b=c"), "a/b=c");
  for (const std::string& none :
       {std::string("multipart/form-data"), std::string("multipart/form-data; boundary="),
        std::string("multipart/form-data; boundary=\"\""),
        std::string("multipart/form-data; boundary=\"a"),
        std::string("multipart/form-data; boundary=\"a \""),
        std::string("multipart/form-data; boundary=\"a\"b"),
        std::string("multipart/form-data; boundary=a; boundary=a"),
        std::string("multipart/form-data; boundary=a{b"),
        "multipart/form-data; boundary=" + longest + "b", std::string("multipart/form-data; x"),
        std::string("multipart/mixed; boundary=a"), std::string("application/x-xz; boundary=a"),
        std::string("")}) {
    EXPECT_EQ(boundary(none), "none") << none;
  }
  EXPECT_TRUE(is_multipart("MULTIPART/mixed"));
  EXPECT_FALSE(is_multipart("application/x-xz"));
}

TEST(Multipart, SaysWhatIsWrong) {
  const std::string data = "--XX\r\n" + std::string(data_head) + "hello\r\n";
  const std::string other = "--XX\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\nhello\r\n";
  const auto headed = [](const std::string& head) { return form("hello", head + "\r\n\r\n"); };
  const struct {
    std::string body;
    MultipartFault fault;
  } rows[] = {
      {"", MultipartFault::no_part},
      {"hello", MultipartFault::no_part},
      {"--XX--\r\n", MultipartFault::no_part},
      {"hello--XX\r\n", MultipartFault::no_part},
      {"--XX", MultipartFault::not_closed},
      {"--XX\r", MultipartFault::not_closed},
      {"--XXhello\r\n", MultipartFault::delimiter},
      {"--XX\n" + std::string(data_head), MultipartFault::delimiter},
      {"--XX\r\nContent-Disposition: form-data; name=\"data\"\r\n", MultipartFault::not_closed},
      {"--XX\r\n\r\nhello\r\n\r\n\r\n--XX--", MultipartFault::part_head},
      {"--XX\r\n--XX\r\n" + std::string(data_head) + "a\r\n--XX--", MultipartFault::part_head},
      {headed("Content-Disposition: form-data"), MultipartFault::part_head},
      {headed("Content-Disposition: attachment; name=data"), MultipartFault::part_head},
      {headed("Content-Disposition: form-data; name=data; name=data"), MultipartFault::part_head},
      {headed("Content-Disposition: form-data; name=\"data"), MultipartFault::part_head},
      {headed("Content-Disposition: form-data; name=data\r\nContent-Disposition: form-data; "
              "name=data"),
       MultipartFault::part_head},
      {headed("Content-Disposition: form-data;\r\n name=data"), MultipartFault::part_head},
      {headed("nonsense"), MultipartFault::part_head},
      {headed("X: " + std::string(part_head_bytes_max, 'x')), MultipartFault::part_head},
      {headed("Content-Disposition: form-data; name=data\r\nContent-Transfer-Encoding: base64"),
       MultipartFault::encoded},
      {headed("Content-Disposition: form-data; name=Data"), MultipartFault::other_part},
      {other + data + "--XX--", MultipartFault::other_part},
      {data + other + "--XX--", MultipartFault::other_part},
      {data + data + "--XX--", MultipartFault::second_data},
      {data, MultipartFault::not_closed},
      {data + "--XX", MultipartFault::not_closed},
      {data + "--XX-", MultipartFault::not_closed},
      {data + "--XX-\r\n", MultipartFault::delimiter},
      {data + "--XX--hello", MultipartFault::delimiter},
      {data + "--XXX--", MultipartFault::delimiter},
  };
  for (const auto& row : rows) {
    const Found found = find(row.body);
    EXPECT_EQ(found.fault, row.fault) << row.body.substr(0, 200);
    EXPECT_FALSE(found.content);
  }
  const std::string colon = "multipart/form-data; boundary=a:b";  // it looks like a header
  EXPECT_EQ(find("--a:b\r\nContent-Disposition: form-data; name=data\r\n--a:b\r\nX: y\r\n\r\na"
                 "\r\n--a:b--",
                 colon)
                .fault,
            MultipartFault::part_head);
  EXPECT_EQ(find(form("a"), "multipart/mixed; boundary=XX").fault, MultipartFault::not_form_data);
  EXPECT_EQ(find(form("a"), "multipart/form-data").fault, MultipartFault::boundary);
}

TEST(Multipart, AHeadOfExactlyTheBoundIsTaken) {
  const std::string line = "Content-Disposition: form-data; name=data\r\nX: ";
  const std::string head = line + std::string(part_head_bytes_max - line.size() - 4, 'x');
  EXPECT_EQ(find(form("hello", head + "\r\n\r\n")).content, "hello");
  EXPECT_EQ(find(form("hello", head + "x\r\n\r\n")).fault, MultipartFault::part_head);
}

TEST(Multipart, ADelimiterMayLieAcrossPieces) {
  const std::string boundary(70, 'b');
  const std::string head = "--" + boundary + "\r\n" + std::string(data_head);
  const std::string content_type = "multipart/form-data; boundary=" + boundary;
  for (std::size_t before = 0; before <= boundary.size() + 6; ++before) {
    const std::string content(piece_bytes_max - before, '\r');
    const Found found = find(head + content + "\r\n--" + boundary + "--", content_type);
    EXPECT_EQ(found.content, content) << before;
  }
}

TEST(Multipart, AFileThatIsShorterThanItsBodyIsOurFault) {
  const std::string body = form("hello");
  const auto fd = file_of(body);
  const auto answer = find_data_part(fd.get(), body.size() + 10, type);
  ASSERT_TRUE(std::holds_alternative<DiskError>(answer));
}

/// Bytes of which delimiters are made, and others.
rc::Gen<std::string> any_bytes() {
  return rc::gen::join(rc::gen::element(
      rc::gen::arbitrary<std::string>(),
      rc::gen::container<std::string>(rc::gen::element('\r', '\n', '-', 'X', 'a'))));
}

RC_GTEST_PROP(Multipart, AnyContentWithoutTheDelimiterComesOutExactly, ()) {
  const std::string content = *any_bytes();
  RC_PRE(("\r\n" + content + "\r\n--X").find("\r\n--XX") == std::string::npos);
  const auto piece_bytes = *rc::gen::inRange<std::size_t>(1, 300);
  const Found found = find(form(content), type, piece_bytes);
  RC_ASSERT(found.content == content);
}

RC_GTEST_PROP(Multipart, NoBodyIsTakenThatIsCutShort, ()) {
  const std::string content = *any_bytes();
  RC_PRE(("\r\n" + content + "\r\n--X").find("\r\n--XX") == std::string::npos);
  const std::string body = form(content);
  const auto bytes = *rc::gen::inRange<std::size_t>(0, body.size() - 3);
  RC_ASSERT(!find(body.substr(0, bytes)).content);
}

RC_GTEST_PROP(Multipart, AnyBytesAreAnswered, ()) {
  const std::string body = *rc::gen::element<std::string>("", "--XX\r\n", form("").substr(0, 52)) +
                           *any_bytes() + *rc::gen::element<std::string>("", "\r\n--XX--");
  const Found found = find(body, type, *rc::gen::inRange<std::size_t>(1, 300));
  RC_ASSERT(found.content.has_value() != found.fault.has_value());
}

}  // namespace
}  // namespace dcount::packages
