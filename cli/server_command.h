// `dcount server`, see the .cpp.
#pragma once

#include <string>

#include "cli/command.h"
#include "server/api/server.h"

namespace dcount::cli {

void add_server(CLI::App& app, Context& context);

/// --etcd-ca, --etcd-cert, --etcd-key, --etcd-user and --etcd-password-file, with their variables.
void add_etcd_options(CLI::App& command, Context& context, api::EtcdSettings& etcd,
                      std::string& password_file);

/// The first line of the file, or of DCOUNT_ETCD_PASSWORD. Says what is wrong, for people, or "".
std::string read_etcd_password(const std::string& password_file, std::string& password);

/// From now on servers are run with these edges. Before run (app.h), for a test's own binary.
void serve_with(api::Edges edges);

}  // namespace dcount::cli
