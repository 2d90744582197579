"""Clients of the official Python SDK for `mock-swr serve`, and assertions on their responses.

The modules of python_sdk.py share it. It reads the arguments of python_sdk.py.
"""

import contextlib
import json
import pathlib
import re
import sys
import tempfile

import huaweicloudsdkswr.v2 as swr
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.client import ClientBuilder
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException, ServerResponseException
from huaweicloudsdkcore.region.region import Region

from images import Layout, Skopeo, long_term_login

READY = json.loads(sys.argv[1])
# The users of the server's world file by name, with their keys.
USERS = json.loads(pathlib.Path(__file__).with_name("tenants.json").read_text())["users"]

# The methods of the SDK that returned a successful response.
SUCCEEDED = set()


class Client:
    """The SDK's client. It records which methods succeed."""

    def __init__(self, credentials, region=None, endpoint=READY["endpoint"]):
        """With a region, the SDK looks up missing project or account ids at IAM. Without one, it does not."""
        builder = ClientBuilder(swr.SwrClient, type(credentials).__name__).with_credentials(credentials)
        builder = builder.with_region(Region(region, endpoint)) if region else builder.with_endpoint(endpoint)
        self.sdk = builder.build()

    def __getattr__(self, method):
        def call(request):
            response = getattr(self.sdk, method)(request)
            SUCCEEDED.add(method)
            return response

        return call


def client_of(label, project_id=None):
    """Returns a client with the keys of a user."""
    user = USERS[label]
    return Client(BasicCredentials(user["access_key"], user["secret_key"], project_id))


def client_of_admin(server):
    """Returns a client of the administrator for a region: for the ready line, or for one of its `regions`."""
    credentials = BasicCredentials(READY["access_key"], READY["secret_key"], server["project_id"])
    return Client(credentials, endpoint=server["endpoint"])


CLIENT = client_of_admin(READY)
# The region that images are copied to.
EAST = client_of_admin(READY["regions"]["cn-east-3"])


# Checks of responses.

JSON_TYPES = {"str": [str], "int": [int], "float": [int, float], "bool": [bool], "object": [dict]}
# Keys for which the live service returned null.
NULL = {("ShowReposTagResp", "deleted"), ("Trigger", "trigger_history")}


def assert_complete(response, status=200, absent=()):
    """Asserts that the body has every key that the model declares, with its type, except the keys in `absent`.

    It reads the raw body, because the SDK hides errors: it converts "5" to 5, and a missing key to None.
    """
    assert response.status_code == status, response.status_code
    document = json.loads(response.raw_content)
    model = type(response)
    if "body" in model.openapi_types:
        # The SDK turns every empty array into None.
        decoded = response.body or []
        assert_value(model.openapi_types["body"], document, decoded, model.__name__)
    else:
        assert_model(model, document, response, model.__name__, absent)


def assert_model(model, sent, decoded, where, absent=()):
    assert isinstance(sent, dict), f"{where}: expected an object, got {sent!r}"
    for attribute, kind in model.openapi_types.items():
        key = model.attribute_map[attribute]
        value = getattr(decoded, attribute)
        if key == "Content-Range":
            # This is a header, not a key of the body.
            assert re.fullmatch(r"\d+-\d+/\d+", value), f"{where}.{attribute} is {value!r}"
            continue
        if attribute in absent:
            assert key not in sent and value is None, f"{where}.{attribute} is {value!r}"
            continue
        assert key in sent, f"{where}.{key} is missing"
        if (model.__name__, attribute) in NULL:
            assert sent[key] is None, f"{where}.{key} is {sent[key]!r}"
            continue
        assert_value(kind, sent[key], value, f"{where}.{key}")


def assert_value(kind, sent, decoded, where):
    item = re.fullmatch(r"list\[(.*)\]", kind)
    if item:
        assert isinstance(sent, list), f"{where}: expected an array, got {sent!r}"
        assert len(sent) == len(decoded), where
        for index, (one_sent, one_decoded) in enumerate(zip(sent, decoded)):
            assert_value(item[1], one_sent, one_decoded, f"{where}[{index}]")
    elif kind in JSON_TYPES:
        assert type(sent) in JSON_TYPES[kind], f"{where}: expected {kind}, got {sent!r}"
        assert decoded == sent, f"{where}: the SDK decoded {sent!r} as {decoded!r}"
    else:
        model = getattr(swr, kind)
        assert isinstance(decoded, model), f"{where}: expected {kind}, got {decoded!r}"
        assert_model(model, sent, decoded, where)


def assert_done(response, status):
    """Asserts a successful response without content."""
    assert response.status_code == status, response.status_code
    expected = b"" if status == 204 else b"{}"
    assert response.raw_content == expected, response.raw_content


REQUEST_IDS = set()


@contextlib.contextmanager
def refused(status, code, message):
    """Asserts that the `with` block raises this error of the SDK."""
    try:
        yield
    except (ClientRequestException if status < 500 else ServerResponseException) as error:
        seen = (error.status_code, error.error_code, error.error_msg)
        assert seen == (status, code, message), seen
        assert re.fullmatch("[0-9a-f]{32}", error.request_id), error.request_id
        assert error.request_id not in REQUEST_IDS, "two responses have the same request id"
        REQUEST_IDS.add(error.request_id)
    else:
        raise AssertionError(f"expected {status} {code}, but the request succeeded")


# Functions that send requests: as the administrator, unless `by` names another client.


def create_namespace(name, by=CLIENT):
    body = swr.CreateNamespaceRequestBody(namespace=name)
    return by.create_namespace(swr.CreateNamespaceRequest(body=body))


def show_namespace(name, by=CLIENT):
    return by.show_namespace(swr.ShowNamespaceRequest(namespace=name))


def list_namespaces(by=CLIENT, **query):
    response = by.list_namespaces(swr.ListNamespacesRequest(**query))
    assert_complete(response)
    return [namespace.name for namespace in response.namespaces]


def delete_namespace(name, by=CLIENT):
    return by.delete_namespaces(swr.DeleteNamespacesRequest(namespace=name))


def create_repo(namespace, name, is_public=False, by=CLIENT, **fields):
    body = swr.CreateRepoRequestBody(repository=name, is_public=is_public, **fields)
    return by.create_repo(swr.CreateRepoRequest(namespace=namespace, body=body))


def show_repo(namespace, name, by=CLIENT):
    return by.show_repository(swr.ShowRepositoryRequest(namespace=namespace, repository=name))


def update_repo(namespace, name, is_public=False, by=CLIENT, **fields):
    body = swr.UpdateRepoRequestBody(is_public=is_public, **fields)
    return by.update_repo(swr.UpdateRepoRequest(namespace=namespace, repository=name, body=body))


def delete_repo(namespace, name, by=CLIENT):
    return by.delete_repo(swr.DeleteRepoRequest(namespace=namespace, repository=name))


def list_repos(by=CLIENT, **query):
    """Returns the names and the Content-Range of a page of the v2 list."""
    response = by.list_repos_details(swr.ListReposDetailsRequest(**query))
    assert_complete(response)
    repos = response.body or []
    total = response.content_range.rpartition("/")[2]
    assert all(repo.total_range == int(total) for repo in repos), response.content_range
    return [repo.name for repo in repos], response.content_range


def list_repos_v3(is_last=True, by=CLIENT, **query):
    """Returns a page of the v3 list."""
    response = by.list_repo_details(swr.ListRepoDetailsRequest(**query))
    assert_complete(response, absent=["next_marker"] if is_last else [])
    return response


TEMPORARY = tempfile.TemporaryDirectory()
LAYOUT = Layout(pathlib.Path(TEMPORARY.name) / "layout")
IMAGES = {name: LAYOUT.add_image(name) for name in ["one", "two", "three"]}
SKOPEO = Skopeo(TEMPORARY.name)
SKOPEO.login(READY["registry"], *long_term_login(READY))


def push(repo, tag, image="one"):
    """Pushes one of the images with skopeo."""
    SKOPEO.copy(f"oci:{LAYOUT.folder}:{image}", f"docker://{READY['registry']}/{repo}:{tag}")


def clear():
    """Deletes all data of the server's own region and of the region that images are copied to."""
    for client in [CLIENT, EAST]:
        while repos := client.list_repos_details(swr.ListReposDetailsRequest()).body:
            for repo in repos:
                delete_repo(repo.namespace, repo.name.replace("/", "$"), by=client)
        for name in list_namespaces(by=client):
            delete_namespace(name, by=client)
