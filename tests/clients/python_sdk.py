"""Drives the official Python SDK through every simulated operation it knows.

Called by run.sh as `python_sdk.py READY OPERATIONS LOG`: the ready line of `mock-swr serve --world tenants.json`, the
file that `mock-swr operations --json` wrote, and the request log of that server.
"""

import json
import re
import sys

import huaweicloudsdkswr.v2 as swr

# Their tests run here, and each test starts without data.
import python_automation
import python_repos
import python_tenants
import python_iam
from harness import run, test
from sdk import CALLED, clear

with open(sys.argv[2]) as file:
    OPERATIONS = json.load(file)


@test
def every_simulated_operation_the_sdk_knows_was_called():
    simulated = {
        re.sub("(?<!^)(?=[A-Z])", "_", operation["operation"]).lower()
        for operation in OPERATIONS
        if operation["simulated"]
    }
    missed = {method for method in simulated - CALLED if hasattr(swr.SwrClient, method)}
    assert not missed, sorted(missed)
    assert CALLED <= simulated, sorted(CALLED - simulated)


if __name__ == "__main__":
    run(before=clear)
