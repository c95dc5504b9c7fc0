// Text into XML, HTML and scripts, whatever bytes it holds.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace dcount::report {

using Json = nlohmann::ordered_json;

/// For XML 1.0 and HTML, as content or in a quoted attribute. What they cannot hold (control
/// characters, broken UTF-8) becomes U+FFFD.
std::string escape_xml(std::string_view text);

/// JSON on one line, to stand in a <script>: no "<" of it ends the script or begins a comment.
/// Broken UTF-8 becomes U+FFFD.
std::string to_script(const Json& json);

/// JSON for people. Broken UTF-8 becomes U+FFFD.
std::string to_text(const Json& json);

}  // namespace dcount::report
