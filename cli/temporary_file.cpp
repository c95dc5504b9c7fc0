#include "cli/temporary_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace dcount::cli {

client::Result<std::unique_ptr<TemporaryFile>> TemporaryFile::make() {
  const char* chosen = std::getenv("TMPDIR");
  const std::string directory = chosen != nullptr && *chosen != '\0' ? chosen : "/tmp";
  int fd = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0) {  // not every file system can
    std::string name = directory + "/dcount-XXXXXX";
    fd = ::mkostemp(name.data(), O_CLOEXEC);
    if (fd >= 0) ::unlink(name.c_str());
  }
  if (fd < 0) {
    return client::ClientError{
        .kind = client::ErrorKind::local,
        .detail = "cannot make a temporary file in " + directory + ": " + std::strerror(errno)};
  }
  return std::unique_ptr<TemporaryFile>(new TemporaryFile(fd));
}

TemporaryFile::~TemporaryFile() { ::close(fd_); }

}  // namespace dcount::cli
