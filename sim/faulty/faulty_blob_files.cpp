#include "sim/faulty/faulty_blob_files.h"

#include <cerrno>
#include <utility>

namespace dcount::faulty {
namespace {

using packages::DiskResult;
using packages::NewFile;

class File final : public NewFile {
 public:
  File(std::unique_ptr<NewFile> file, packages::BlobFiles::Path path, const std::atomic<bool>& full)
      : file_(std::move(file)), path_(std::move(path)), full_(full) {}

  DiskResult<void> append(std::string_view bytes) override {
    if (full_) return packages::disk_error(ENOSPC, "write", path_);
    return file_->append(bytes);
  }
  DiskResult<void> sync() override {
    if (full_) return packages::disk_error(ENOSPC, "sync", path_);
    return file_->sync();
  }

 private:
  const std::unique_ptr<NewFile> file_;
  const packages::BlobFiles::Path path_;
  const std::atomic<bool>& full_;
};

}  // namespace

DiskResult<std::unique_ptr<NewFile>> FaultyBlobFiles::create(const Path& path) {
  auto file = DiskFiles::create(path);
  if (!file) return file;
  return std::unique_ptr<NewFile>(std::make_unique<File>(*std::move(file), path, full_));
}

}  // namespace dcount::faulty
