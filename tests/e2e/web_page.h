// A page of another web site, in a real Chromium without a window, that tells what its script sees.
//
// Thread-safety: one thread. The browser and the site end with the object.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "sim/process.h"

namespace dcount::test {

class WebPage {
 public:
  /// The site is there; nobody has opened its page yet.
  WebPage();
  ~WebPage();
  WebPage(const WebPage&) = delete;
  WebPage& operator=(const WebPage&) = delete;

  /// "http://127.0.0.1:4711"
  std::string origin() const;

  /// Opens a page with this script, which may call tell(text). `folder`: for the profile and log.
  void open(const std::string& script, const std::filesystem::path& folder);

  /// What the script has told so far, in order. An error that it did not catch is told, too.
  std::vector<std::string> told() const;
  /// The same, a line each; and how the browser does.
  std::string said() const;

 private:
  struct Site;
  std::unique_ptr<Site> site_;
  std::filesystem::path log_;
  std::optional<sim::Process> browser_;
};

}  // namespace dcount::test
