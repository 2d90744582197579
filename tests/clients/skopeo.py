"""Tests the registry with skopeo, in both of its profiles.

run.sh calls it as `skopeo.py SWR OCI REDIRECTS LOG`. The first three are ready lines of `mock-swr serve`: with the
registry profile swr, with oci, and with oci and blob redirects. LOG is the request log of the first server.
"""

import contextlib
import json
import pathlib
import sys
import tempfile
import time
import urllib.request

from harness import read_log, run, test
from images import DOCKER_LIST, Layout, Refused, Skopeo, long_term_login, read_blobs

SWR, OCI, REDIRECTS = (json.loads(line) for line in sys.argv[1:4])
LOG = pathlib.Path(sys.argv[4])
NAMESPACE = "skopeo"

TEMPORARY = tempfile.TemporaryDirectory()
WORK = pathlib.Path(TEMPORARY.name)
LAYOUT = Layout(WORK / "layout")
SMALL = LAYOUT.add_image("small")
LAYOUT.add_image("large", layers=25)
INDEX = LAYOUT.add_index("index")


def call(method, path, body=None):
    """Sends a request to the management API, as the administrator."""
    request = urllib.request.Request(SWR["endpoint"] + path, method=method)
    signature = f"SDK-HMAC-SHA256 Access={SWR['access_key']}, SignedHeaders=host, Signature=00"
    request.add_header("Authorization", signature)
    request.data = None if body is None else json.dumps(body).encode()
    return urllib.request.urlopen(request)


def client():
    """Returns a skopeo without logins."""
    return Skopeo(tempfile.mkdtemp(dir=WORK))


def logged_in(server):
    skopeo = client()
    skopeo.login(server["registry"], *long_term_login(server))
    return skopeo


def local(name):
    return f"oci:{LAYOUT.folder}:{name}"


def remote(server, image):
    return f"docker://{server['registry']}/{NAMESPACE}/{image}"


def assert_same_content(skopeo, server, image, name, *options):
    """Asserts that the pulled image has exactly the bytes that were pushed."""
    folder = pathlib.Path(tempfile.mkdtemp(dir=WORK))
    skopeo.copy(remote(server, image), f"oci:{folder}:{name}", *options)
    pulled, pushed = read_blobs(folder), read_blobs(LAYOUT.folder)
    assert pulled, "the pulled image has no blobs"
    for hexadecimal, content in pulled.items():
        assert pushed[hexadecimal] == content, hexadecimal
    return pulled


@contextlib.contextmanager
def refused(message):
    try:
        yield
    except Refused as error:
        assert message in str(error), error
    else:
        raise AssertionError(f"expected the refusal {message!r}, but skopeo succeeded")


@test
def a_pulled_image_equals_the_pushed_image_in_both_profiles():
    for server in [SWR, OCI]:
        skopeo = logged_in(server)
        skopeo.copy(local("small"), remote(server, "web:v1"))
        blobs = assert_same_content(skopeo, server, "web:v1", "small")
        # Manifest, configuration and two layers.
        assert len(blobs) == 4, blobs.keys()


@test
def an_image_is_inspected_and_its_tags_are_listed():
    for server in [SWR, OCI]:
        skopeo = logged_in(server)
        for tag in ["v2", "v10", "latest"]:
            skopeo.copy(local("small"), remote(server, f"inspected:{tag}"))
        seen = json.loads(skopeo.inspect(remote(server, "inspected:v2")))
        assert seen["Name"] == f"{server['registry']}/{NAMESPACE}/inspected", seen
        assert seen["Digest"] == SMALL["digest"], seen
        assert seen["Architecture"] == "amd64" and len(seen["Layers"]) == 2, seen
        assert sorted(seen["RepoTags"]) == ["latest", "v10", "v2"], seen
        assert skopeo.list_tags(remote(server, "inspected")) == ["latest", "v10", "v2"]


@test
def an_image_of_many_layers_is_pushed_and_pulled():
    for server in [SWR, OCI]:
        skopeo = logged_in(server)
        skopeo.copy(local("large"), remote(server, "large:v1"))
        blobs = assert_same_content(skopeo, server, "large:v1", "large")
        assert len(blobs) == 27, blobs.keys()


@test
def blobs_are_pulled_through_redirects_by_address_and_by_name():
    by_name = REDIRECTS | {"registry": REDIRECTS["registry"].replace("127.0.0.1", "localhost")}
    for server in [REDIRECTS, by_name]:
        skopeo = logged_in(server)
        skopeo.copy(local("small"), remote(server, "web:v1"))
        blobs = assert_same_content(skopeo, server, "web:v1", "small")
        assert len(blobs) == 4, blobs.keys()


@test
def a_pushed_image_is_in_the_management_api():
    skopeo = logged_in(SWR)
    skopeo.copy(local("small"), remote(SWR, "nested/web:v1"))
    path = f"/v2/manage/namespaces/{NAMESPACE}/repos/nested$web/tags/v1"
    tag = json.load(call("GET", path))
    assert tag["digest"] == SMALL["digest"], tag
    hexadecimal = SMALL["digest"].removeprefix("sha256:")
    assert tag["manifest"].encode() == read_blobs(LAYOUT.folder)[hexadecimal], tag


@test
def an_image_is_copied_between_repositories_by_mounting():
    skopeo = logged_in(SWR)
    skopeo.copy(local("small"), remote(SWR, "source:v1"))
    skopeo.copy(remote(SWR, "source:v1"), remote(SWR, "copy:v1"))
    assert_same_content(skopeo, SWR, "copy:v1", "small")
    uploads = f" POST /v2/{NAMESPACE}/copy/blobs/uploads/"
    lines = [line for line in log_lines(f"{NAMESPACE}/copy") if uploads in line]
    mounted = [line for line in lines if "mount=" in line and " -> 201 " in line]
    # skopeo mounts the two layers, and pushes the configuration, which it has already read.
    assert (len(mounted), len(lines)) == (2, 3), lines


def log_lines(text):
    """Returns the lines of the request log that contain a text."""
    with call("GET", f"/v2/manage/namespaces?namespace={time.time_ns()}") as response:
        last = response.url.rpartition("=")[2]
    return [line for line in read_log(LOG, last) if text in line]


@test
def deleting_an_image_deletes_all_its_tags():
    for server in [SWR, OCI]:
        skopeo = logged_in(server)
        skopeo.copy(local("small"), remote(server, "deleted:v1"))
        skopeo.copy(local("small"), remote(server, "deleted:v2"))
        skopeo.copy(local("large"), remote(server, "deleted:v3"))
        skopeo.delete(remote(server, "deleted:v1"))
        assert skopeo.list_tags(remote(server, "deleted")) == ["v3"]
        with refused("manifest unknown"):
            skopeo.inspect(remote(server, "deleted:v2"))


@test
def a_wrong_password_is_refused():
    for server in [SWR, OCI]:
        user, password = long_term_login(server)
        for wrong in [(user, "wrong"), (f"{server['region']}@NOBODYSKEY", password)]:
            with refused("invalid username/password"):
                client().login(server["registry"], *wrong)
            with refused("denied: Authenticate Error"):
                client().copy(local("small"), remote(server, "wrong:v1"), "--dest-creds", ":".join(wrong))


@test
def the_registry_accepts_a_login_from_the_management_api():
    for path in ["/v2/manage/utils/secret", "/v2/manage/utils/authorizationtoken"]:
        with call("POST", path) as response:
            words = response.headers["X-Swr-Dockerlogin"].split()
        assert words[:3] == ["docker", "login", "-u"] and words[4] == "-p", words
        user, password, registry = words[3], words[5], words[6]
        assert registry == SWR["registry"], words
        skopeo = client()
        skopeo.login(registry, user, password)
        skopeo.copy(local("small"), remote(SWR, "temporary:v1"))


@test
def without_a_login_only_public_images_can_be_pulled():
    skopeo = logged_in(SWR)
    for name in ["private", "public"]:
        skopeo.copy(local("small"), remote(SWR, f"{name}:v1"))
    call("PATCH", f"/v2/manage/namespaces/{NAMESPACE}/repos/public", {"is_public": True})
    assert_same_content(client(), SWR, "public:v1", "small")
    with refused("You may not login yet"):
        client().inspect(remote(SWR, "private:v1"))
    with refused("You may not login yet"):
        client().copy(local("small"), remote(SWR, "public:v2"))


@test
def after_a_logout_a_private_image_cannot_be_read():
    skopeo = logged_in(SWR)
    skopeo.copy(local("small"), remote(SWR, "closed:v1"))
    skopeo.logout(SWR["registry"])
    with refused("You may not login yet"):
        skopeo.inspect(remote(SWR, "closed:v1"))


@test
def a_push_to_an_absent_organization_is_refused_by_swr_and_creates_it_in_oci():
    absent = "absent/web:v1"
    with refused("Image organization does not exist"):
        logged_in(SWR).copy(local("small"), f"docker://{SWR['registry']}/{absent}")
    logged_in(OCI).copy(local("small"), f"docker://{OCI['registry']}/{absent}")


@test
def swr_refuses_an_index_unless_skopeo_may_convert_it_to_a_docker_list():
    skopeo = logged_in(SWR)
    with refused("manifest invalid: Invalid image, fail to parse 'manifest.json'"):
        skopeo.copy(local("index"), remote(SWR, "index:v1"), "--all", "--format=oci")
    assert skopeo.list_tags(remote(SWR, "index")) == []

    skopeo.copy(local("index"), remote(SWR, "index:v1"), "--all")
    converted = json.loads(skopeo.inspect(remote(SWR, "index:v1"), "--raw"))
    assert converted["mediaType"] == DOCKER_LIST and len(converted["manifests"]) == 2, converted


@test
def oci_accepts_an_index_unchanged():
    skopeo = logged_in(OCI)
    skopeo.copy(local("index"), remote(OCI, "index:v1"), "--all")
    raw = skopeo.inspect(remote(OCI, "index:v1"), "--raw")
    hexadecimal = INDEX["digest"].removeprefix("sha256:")
    assert raw.encode() == read_blobs(LAYOUT.folder)[hexadecimal], raw
    blobs = assert_same_content(skopeo, OCI, "index:v1", "index", "--all")
    # The index, and a manifest, a configuration and a layer for each of two images.
    assert len(blobs) == 7, blobs.keys()


if __name__ == "__main__":
    call("POST", "/v2/manage/namespaces", {"namespace": NAMESPACE})
    run()
