// Percent-encoding, see url.h.
#include "server/http/url.h"

#include <algorithm>

namespace dcount::http {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool decode_form(std::string_view text, std::string& out) {
  if (text.find('+') == std::string_view::npos) return percent_decode(text, out);
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return percent_decode(spaced, out);
}

}  // namespace

bool percent_decode(std::string_view text, std::string& out) {
  out.reserve(out.size() + text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3) return false;
      int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return false;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (c == '\0') return false;
    out.push_back(c);
  }
  return true;
}

bool parse_query(std::string_view query, httplib::Params& params) {
  while (!query.empty()) {
    std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.empty()) continue;
    std::string_view name = pair.substr(0, pair.find('='));
    std::string_view value = pair.substr(std::min(pair.size(), name.size() + 1));
    std::pair<std::string, std::string> param;
    if (!decode_form(name, param.first) || !decode_form(value, param.second)) return false;
    params.insert(std::move(param));
  }
  return true;
}

}  // namespace dcount::http
