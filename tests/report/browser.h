// Opens a page in a real Chromium without a window, and tells what came of it.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace dcount::report {

struct OpenedPage {
  std::string failure;               ///< of the browser itself; "": it has shown the page
  std::string dom;                   ///< as it stands after loading, without the scripts' own text
  std::vector<std::string> console;  ///< each line that was logged; all of them count as errors,
                                     ///< since the browser's log does not tell their level
  /// The page drew all of itself, and neither it nor the console complains.
  bool sound() const;
  bool shows(std::string_view part) const { return dom.find(part) != std::string::npos; }
  std::size_t count(std::string_view part) const;
};

/// `folder`: for the profile and the logs. Nothing of the browser is left when it returns.
OpenedPage open_page(const std::filesystem::path& page, const std::filesystem::path& folder,
                     std::chrono::seconds at_most = std::chrono::seconds(60));

/// Processes whose command line names the folder.
std::size_t processes_of(const std::filesystem::path& folder);

}  // namespace dcount::report
