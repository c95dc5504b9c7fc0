#include "server/api/open_store.h"

namespace dcount::api {

std::string wrong_with_store(const ServerSettings& settings) {
  if (settings.store == "rocks") return "";
  if (!store::etcd::is_etcd_url(settings.store)) {
    return "--store '" + settings.store +
           "' is unknown; it is rocks, or etcd://host:port[,host:port…][/prefix]";
  }
  const auto address = store::etcd::parse_address(settings.store);
  if (!address) return "--store: " + address.error().message;
  const EtcdSettings& etcd = settings.etcd;
  if (etcd.certificate_file.empty() != etcd.key_file.empty()) {
    return "--etcd-cert and --etcd-key go together";
  }
  const bool speaks_tls = !etcd.ca_file.empty() || !etcd.certificate_file.empty();
  if (speaks_tls && !address->tls) return "TLS to etcd is asked for by --store etcds://…";
  return "";
}

store::RocksOptions rocks_options(const ServerSettings& settings) {
  store::RocksOptions rocks;
  rocks.directory = settings.data_directory;
  rocks.node = settings.node;
  rocks.write_buffer_bytes = settings.write_buffer_bytes;
  return rocks;
}

Result<store::EtcdOptions> etcd_options(const ServerSettings& settings,
                                        const std::string& identity) {
  auto address = store::etcd::parse_address(settings.store);
  if (!address) return address.error();
  store::EtcdOptions options;
  options.access = {.address = std::move(*address),
                    .user = settings.etcd.user,
                    .password = settings.etcd.password,
                    .ca_file = settings.etcd.ca_file,
                    .certificate_file = settings.etcd.certificate_file,
                    .key_file = settings.etcd.key_file};
  options.node = settings.node;
  options.identity = identity;
  return options;
}

Result<std::unique_ptr<store::Store>> open_store(const ServerSettings& settings,
                                                 const std::string& identity) {
  if (settings.store == "rocks") return store::open_rocks_store(rocks_options(settings));
  auto options = etcd_options(settings, identity);
  if (!options) return options.error();
  return store::make_etcd_store(std::move(*options));
}

}  // namespace dcount::api
