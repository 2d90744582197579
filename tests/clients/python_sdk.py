"""Calls every operation of the basic edition with the official Python SDK.

run.sh calls it as `python_sdk.py READY OPERATIONS LOG`: the ready line of a server with tenants.json and two other
regions, a file with the output of `mock-swr operations --json`, and the request log of that server.
"""

import json
import re
import sys

import huaweicloudsdkswr.v2 as swr

# Importing these modules registers their tests.
import python_automation
import python_repos
import python_sync
import python_tenants
import python_iam
from harness import run, test
from sdk import SUCCEEDED, clear

with open(sys.argv[2]) as file:
    PATHS = {operation["operation"]: operation["path"] for operation in json.load(file)}

# Only paths of the enterprise edition begin with a project or with instances.
ENTERPRISE = ("/v2/{project_id}/", "/v2/instances/")


def operations_of_the_sdk():
    """Returns the operations that the SDK has a method for. Each of these methods has a second one, the invoker."""
    methods = [name for name in dir(swr.SwrClient) if hasattr(swr.SwrClient, f"{name}_invoker")]
    names = {re.sub("(?<!^)(?=[A-Z])", "_", name).lower(): name for name in PATHS}
    return {method: names[method] for method in methods}


@test
def every_operation_of_the_basic_edition_was_called_successfully():
    operations = operations_of_the_sdk()
    basic = {method for method, name in operations.items() if not PATHS[name].startswith(ENTERPRISE)}
    assert len(basic) == 59, sorted(basic)
    assert SUCCEEDED == basic, sorted(SUCCEEDED ^ basic)


if __name__ == "__main__":
    run(before=clear)
