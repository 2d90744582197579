"""Tests https with clients that trust the certificate authority of the server: Python, its SDK, curl and skopeo.

run.sh calls it as `https.py READY CA`: the ready line of `mock-swr serve --tls` with another region, and the file that
`--ca-file` wrote. The clients call the endpoints of the cloud by their own names.
"""

import json
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

import huaweicloudsdkswr.v2 as swr
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.http.http_config import HttpConfig
from huaweicloudsdkswr.v2.region.swr_region import SwrRegion

from harness import run, test
from images import Layout, Refused, Skopeo, long_term_login, read_blobs

READY, CA = json.loads(sys.argv[1]), sys.argv[2]
RESOLVES = READY["resolves"]
API, REGISTRY = "swr-api.cn-north-4.myhuaweicloud.com", "swr.cn-north-4.myhuaweicloud.com"

TEMPORARY = tempfile.TemporaryDirectory()
WORK = pathlib.Path(TEMPORARY.name)

getaddrinfo = socket.getaddrinfo


def resolve(host, port, *arguments, **options):
    """Resolves the names of the cloud to the listeners of the server."""
    if host in RESOLVES:
        host, port = RESOLVES[host].rsplit(":", 1)
    return getaddrinfo(host, int(port), *arguments, **options)


socket.getaddrinfo = resolve


def sdk(region):
    """Returns the SDK's client for a region of the cloud, without a project: it looks that up at IAM."""
    config = HttpConfig.get_default_config()
    config.ssl_ca_cert = CA
    builder = swr.SwrClient.new_builder().with_http_config(config)
    builder = builder.with_credentials(BasicCredentials(READY["access_key"], READY["secret_key"]))
    return builder.with_region(SwrRegion.value_of(region)).build()


def curl(*arguments):
    """Returns the exit code and the output of curl, which connects to the server for the names of the cloud."""
    command = ["curl", "--silent", "--show-error", "--cacert", CA]
    for name, address in RESOLVES.items():
        command += ["--connect-to", f"{name}:443:{address}"]
    command += arguments
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout or done.stderr


@test
def the_file_has_the_certificate_of_the_ready_line():
    assert pathlib.Path(CA).read_text() == READY["ca_certificate"]


@test
def every_address_of_the_ready_line_has_https():
    assert READY["endpoint"].startswith("https://"), READY["endpoint"]
    for region in READY["regions"].values():
        assert region["endpoint"].startswith("https://"), region["endpoint"]


@test
def python_accepts_the_certificate_in_strict_mode():
    context = ssl.create_default_context(cafile=CA)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    for url in [READY["endpoint"], f"https://{API}"]:
        with urllib.request.urlopen(url, context=context) as response:
            href = json.load(response)["versions"][0]["links"]["href"]
        assert href == f"{url}/v2/", href


@test
def python_rejects_the_certificate_without_the_authority():
    try:
        urllib.request.urlopen(READY["endpoint"])
    except urllib.error.URLError as error:
        assert isinstance(error.reason, ssl.SSLCertVerificationError), error
    else:
        raise AssertionError("expected an error of verification")


@test
def the_sdk_works_at_the_endpoints_of_the_cloud():
    for region in ["cn-north-4", "cn-east-3"]:
        client = sdk(region)
        body = swr.CreateNamespaceRequestBody(namespace=f"sdk-{region}")
        client.create_namespace(swr.CreateNamespaceRequest(body=body))
        namespaces = client.list_namespaces(swr.ListNamespacesRequest()).namespaces
        assert [namespace.name for namespace in namespaces] == [f"sdk-{region}"], namespaces


@test
def a_login_of_the_sdk_names_the_registry_of_the_cloud():
    response = sdk("cn-north-4").create_secret(swr.CreateSecretRequest(projectname="cn-north-4"))
    assert list(response.auths) == [REGISTRY], response.auths
    assert response.x_swr_dockerlogin.endswith(f" {REGISTRY}"), response.x_swr_dockerlogin


@test
def curl_reaches_the_server_by_the_names_of_the_cloud():
    code, output = curl(f"https://{API}/")
    assert code == 0 and f"https://{API}/v2/" in output, output
    code, output = curl("--include", f"https://{REGISTRY}/v2/")
    assert f'realm="https://{REGISTRY}/swr/auth/v2/registry/auth/"' in output, output
    code, output = curl("--http2", "--write-out", "%{http_version}", "--output", os.devnull, f"https://{API}/")
    assert (code, output) == (0, "1.1"), output


@test
def curl_rejects_a_name_that_the_certificate_does_not_have():
    host, port = RESOLVES[API].rsplit(":", 1)
    code, output = curl("--connect-to", f"swr.test:443:{host}:{port}", "https://swr.test/")
    assert code == 60, output


@test
def curl_is_told_that_the_server_serves_https():
    code, output = curl("--include", READY["endpoint"].replace("https://", "http://"))
    assert code == 0 and output.startswith("HTTP/1.1 400 Bad Request"), output
    assert "the server serves https: use a URL with https" in output, output


@test
def skopeo_pushes_and_pulls_with_verification():
    body = swr.CreateNamespaceRequestBody(namespace="skopeo")
    sdk("cn-north-4").create_namespace(swr.CreateNamespaceRequest(body=body))
    layout, pulled = Layout(WORK / "layout"), WORK / "pulled"
    layout.add_image("small")
    registry = READY["registry"]
    skopeo = Skopeo(WORK, ca_file=CA)
    skopeo.login(registry, *long_term_login(READY))
    skopeo.copy(f"oci:{layout.folder}:small", f"docker://{registry}/skopeo/web:v1")
    skopeo.copy(f"docker://{registry}/skopeo/web:v1", f"oci:{pulled}:small")
    assert read_blobs(pulled) == read_blobs(layout.folder)


@test
def skopeo_rejects_the_certificate_without_the_authority():
    skopeo = Skopeo(WORK, ca_file=os.devnull)
    try:
        skopeo.inspect(f"docker://{READY['registry']}/skopeo/web:v1")
    except Refused as error:
        assert "certificate signed by unknown authority" in str(error), error
    else:
        raise AssertionError("expected an error of verification")


if __name__ == "__main__":
    run()
