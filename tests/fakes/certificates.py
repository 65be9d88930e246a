# SPDX-License-Identifier: BSD-2-Clause
"""X.509 certificates for TLS (openssl): of a CA of the tests' own, and of nobody's."""
import ssl
import subprocess

import messages

KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"]
CLIENT = "out.acme.example"
# A platform that is known by its certificate, in these networks; and a message of its tenant.
POLICY = """\
version = 1
[[sender]]
name    = "contoso"
domains = ["contoso.com"]
tenants = ["acme:contoso"]
[platform.acme]
networks = ["{networks}"]
client-certificate = "out.acme.example"
tenant-header = "X-Acme-Account"
"""
CONTENT = messages.message(extra=[("X-Acme-Account", "contoso")])


def make(directory):
    """ca; server; client and other, which the CA has signed; self, of the client's name."""
    def request(name, subject, *signer):
        subprocess.run(["openssl", "req", "-x509", *signer, *KEY, "-keyout", f"{name}.key",
                        "-out", f"{name}.pem", "-subj", subject], cwd=directory, check=True,
                       capture_output=True)
        (directory / f"{name}.key").chmod(0o600)

    request("ca", "/CN=Test CA")
    for name, cn in (("server", "relay.example"), ("client", CLIENT), ("other", "in.acme.example")):
        request(name, f"/O=Acme Ltd/CN={cn}", "-CA", "ca.pem", "-CAkey", "ca.key")
    request("self", f"/O=Acme Ltd/CN={CLIENT}")


def client_context(directory, name=None):
    """TLS with this certificate, or none; the server's is not looked at."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if name is not None:
        context.load_cert_chain(directory / f"{name}.pem", directory / f"{name}.key")
    return context
