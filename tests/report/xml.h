// Reads XML as a program would that is strict about characters.
#pragma once

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <sstream>
#include <stdexcept>
#include <string>

namespace dcount::report {

/// Throws when it is not well-formed, or holds a control character.
inline boost::property_tree::ptree read_xml(const std::string& xml) {
  for (const char c : xml) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n') throw std::runtime_error("control");
  }
  std::istringstream in(xml);
  boost::property_tree::ptree tree;
  boost::property_tree::read_xml(in, tree);
  return tree;
}

}  // namespace dcount::report
