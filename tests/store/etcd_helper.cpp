// What a test of presence kills: claims the name of a node, announces it, and waits for ever.
//
//   store_etcd_helper URL NODE VALUE
#include <unistd.h>

#include <iostream>

#include "server/store/etcd_store.h"

int main(int count, char** words) {
  if (count != 4) return 2;
  dcount::store::EtcdOptions options;
  options.access.address = dcount::store::etcd::parse_address(words[1]).value();
  options.node = words[2];
  options.identity = "helper";
  const auto store = dcount::store::make_etcd_store(options);
  const auto claimed = store->claim();
  if (!claimed) {
    std::cerr << claimed.error().message << std::endl;
    return 1;
  }
  store->announce(words[3]);
  for (;;) ::pause();
}
