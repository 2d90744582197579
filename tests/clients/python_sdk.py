"""Calls every simulated operation that the official Python SDK has.

run.sh calls it as `python_sdk.py READY OPERATIONS LOG`: the ready line of `mock-swr serve --world tenants.json`, a file
with the output of `mock-swr operations --json`, and the request log of that server.
"""

import json
import re
import sys

import huaweicloudsdkswr.v2 as swr

# Importing these modules registers their tests.
import python_automation
import python_repos
import python_tenants
import python_iam
from harness import run, test
from sdk import CALLED, clear

with open(sys.argv[2]) as file:
    OPERATIONS = json.load(file)


@test
def every_simulated_operation_of_the_sdk_was_called():
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
