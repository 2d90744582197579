"""Tests the requests that the Python SDK itself sends to IAM, and temporary keys from IAM. python_sdk.py runs it.

The SDK caches what it looks up for an access key, so it looks up each user only once.
"""

import json
import pathlib
import re
import sys
import time
import urllib.error
import urllib.request

import huaweicloudsdkswr.v2 as swr
from huaweicloudsdkcore.auth.credentials import BasicCredentials, GlobalCredentials
from huaweicloudsdkcore.exceptions.exceptions import SdkException

from harness import read_log, test
from sdk import CLIENT, READY, USERS, Client, assert_complete, create_namespace, list_namespaces, refused

LOG = pathlib.Path(sys.argv[3])
REGION = READY["region"]


def credentials_of(label, kind=BasicCredentials):
    """Returns credentials without a project or account id, which the SDK looks up at the server."""
    user = USERS[label]
    return kind(user["access_key"], user["secret_key"]).with_iam_endpoint(READY["endpoint"])


def calls(operation, label):
    """Returns the lines of the request log for a user's calls of an operation."""
    last = f"seen-{time.time_ns()}"
    CLIENT.list_namespaces(swr.ListNamespacesRequest(namespace=last))
    lines = [line.partition(" ")[2] for line in read_log(LOG, last)]
    return [line for line in lines if line.endswith(f" ({operation} by {label})")]


@test
def the_project_of_a_region_is_looked_up():
    projects = []
    for label in ["dev", "partner/eve"]:
        credentials = credentials_of(label)
        client = Client(credentials, REGION)
        assert_complete(client.list_quotas(swr.ListQuotasRequest()))
        project = credentials.project_id
        assert re.fullmatch("[0-9a-f]{32}", project), project
        looked_up = calls("ListProjects", label)
        assert looked_up == [f"GET /v3/projects?name={REGION} -> 200 (ListProjects by {label})"], looked_up
        quotas = calls("ListQuotas", label)
        assert quotas == [f"GET /v2/manage/projects/{project}/quotas -> 200 (ListQuotas by {label})"], quotas
        projects.append(project)
    # Each account has its own project in the region.
    assert projects[0] == READY["project_id"] != projects[1], projects


@test
def without_a_region_the_sdk_looks_up_no_project_and_sends_none():
    assert_complete(Client(credentials_of("ops")).list_quotas(swr.ListQuotasRequest()))
    # The SDK sends the placeholder of the path unchanged.
    [call] = calls("ListQuotas", "ops")
    assert call.startswith("GET /v2/manage/projects/{project_id}/quotas -> 200 "), call
    assert calls("ListProjects", "ops") == []


@test
def building_a_client_fails_if_the_look_up_fails():
    for credentials, region, message in [
        (credentials_of("ops"), "xx-nowhere-1", "Confirm that the project exists in your account"),
        (credentials_of("ops").with_sk("wrong"), REGION, "The request you have made requires authentication."),
        (credentials_of("ops").with_ak("NOBODYSKEY"), REGION, "The request you have made requires authentication."),
    ]:
        try:
            Client(credentials, region)
        except SdkException as error:
            assert f"Failed to get project id of region '{region}'" in str(error.error_msg), error
            assert message in str(error.error_msg), error
        else:
            raise AssertionError(f"expected an error, but the client was built: {message}")


@test
def the_account_of_global_credentials_is_looked_up():
    create_namespace("group")
    credentials = credentials_of("ops", GlobalCredentials)
    client = Client(credentials, REGION)
    assert credentials.domain_id == READY["domain_id"], credentials.domain_id
    assert calls("ListAuthDomains", "ops") == ["GET /v3/auth/domains -> 200 (ListAuthDomains by ops)"]
    assert list_namespaces(by=client) == []


@test
def the_id_of_another_account_is_refused():
    stranger = Client(credentials_of("partner/eve", GlobalCredentials).with_domain_id(READY["domain_id"]))
    with refused(403, "SVCSTG.SWR.4039001", "Resource does not belong to you"):
        list_namespaces(by=stranger)


def post(path, body, **headers):
    """Sends a POST request to IAM for which the SDK has no method."""
    headers = {"Content-Type": "application/json"} | headers
    request = urllib.request.Request(READY["endpoint"] + path, json.dumps(body).encode(), headers)
    return urllib.request.urlopen(request)


def sign_in(name, password):
    """Returns a token for the server's project, of a user of its account."""
    account = {"name": READY["account"]}
    user = {"name": name, "password": password, "domain": account}
    identity = {"methods": ["password"], "password": {"user": user}}
    scope = {"project": {"name": REGION, "domain": account}}
    with post("/v3/auth/tokens", {"auth": {"identity": identity, "scope": scope}}) as response:
        token = json.load(response)["token"]
        seen = (response.status, token["user"]["name"], token["project"]["id"])
        assert seen == (201, name, READY["project_id"]), token
        return response.headers["X-Subject-Token"]


def temporary_key(token):
    identity = {"methods": ["token"], "token": {"duration_seconds": 900}}
    path = "/v3.0/OS-CREDENTIAL/securitytokens"
    with post(path, {"auth": {"identity": identity}}, **{"X-Auth-Token": token}) as response:
        assert response.status == 201, response.status
        return json.load(response)["credential"]


@test
def a_temporary_key_works_only_with_its_security_token():
    create_namespace("group")
    password = USERS["dev"]["password"]
    key, other = temporary_key(sign_in("dev", password)), temporary_key(sign_in("dev", password))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", key["expires_at"]), key

    credentials = BasicCredentials(key["access"], key["secret"]).with_security_token(key["securitytoken"])
    client = Client(credentials.with_iam_endpoint(READY["endpoint"]), REGION)
    assert credentials.project_id == READY["project_id"], credentials.project_id
    # The key belongs to dev, who has no permissions.
    assert list_namespaces(by=client) == []
    assert any(line.startswith("GET /v2/manage/namespaces ") for line in calls("ListNamespaces", "dev"))

    message = "Incorrect IAM authentication information: decrypt token fail"
    for security_token in [None, other["securitytoken"], "made-up"]:
        with refused(401, "APIGW.0301", message):
            list_namespaces(by=Client(credentials.with_security_token(security_token)))
    with refused(401, "APIGW.0301", "Incorrect IAM authentication information: verify aksk signature fail"):
        list_namespaces(by=Client(credentials.with_security_token(key["securitytoken"]).with_sk(other["secret"])))


@test
def a_wrong_password_and_a_wrong_token_are_refused():
    message = "The username or password is wrong."
    wrong_password = {"error": {"code": 401, "message": message, "title": "Unauthorized"}}
    wrong_token = {"error_code": "IAM.0067", "error_msg": "The request you have made requires authentication."}
    for act, body in [
        (lambda: sign_in("dev", "wrong"), wrong_password),
        (lambda: sign_in("nobody", "wrong"), wrong_password),
        (lambda: temporary_key("made-up"), wrong_token),
    ]:
        try:
            act()
        except urllib.error.HTTPError as error:
            seen = (error.status, json.load(error))
            assert seen == (401, body), seen
        else:
            raise AssertionError(f"expected 401 {body}, but the request succeeded")
