// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/origin.h"

#include "util/text.h"

namespace evidence {

bool is_postfix(std::string_view mta_version) { return mta_version.starts_with("Postfix"); }

std::string login_of(const MailMacros& macros) {
  if (is_postfix(macros.mta_version)) return macros.auth_authen;
  return util::decoded_xtext(macros.auth_authen).value_or("");
}

std::string certificate_of(const MailMacros& macros) {
  if (!macros.cn_subject.empty() && macros.verify == "OK") {
    return util::decoded_xtext(macros.cn_subject).value_or("");
  }
  return is_postfix(macros.mta_version) ? macros.cert_subject : "";
}

void read_origin(const Connection& connection, const MailMacros& macros,
                 policy::Evidence& evidence) {
  evidence.mta_version = macros.mta_version;
  evidence.daemon_name = macros.daemon_name;
  evidence.client = connection.client;
  evidence.client_name = connection.client_name;
  evidence.helo = connection.helo;
  evidence.login = login_of(macros);
  evidence.certificate = certificate_of(macros);
}

}  // namespace evidence
