// Percent-encoding: the one place where it is undone.
//
// Thread-safety: pure functions.
#pragma once

#include <httplib.h>

#include <string>
#include <string_view>

namespace dcount::http {

/// Appends `text` with its %-escapes undone, once; '+' stays. False: a bad escape or a NUL byte,
/// and `out` holds a part of it.
[[nodiscard]] bool percent_decode(std::string_view text, std::string& out);

/// "a=1&b=x+y" into `params`; '+' is a space, only the first '=' of a pair separates, further '?'
/// are data, a name alone has an empty value, empty pairs are skipped. False: a bad escape or NUL.
[[nodiscard]] bool parse_query(std::string_view query, httplib::Params& params);

}  // namespace dcount::http
