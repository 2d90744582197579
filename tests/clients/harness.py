"""Shared code of the client tests: it registers and runs tests, reports results and reads the request log."""

import sys
import time
import traceback

TESTS = []


def test(function):
    """Registers a function as a test."""
    TESTS.append(function)
    return function


def run(before=lambda: None):
    """Calls `before` and then the test, for each test. Exits with 1 if a test failed."""
    failed = 0
    for function in TESTS:
        try:
            before()
            function()
            print(f"{function.__name__} ok")
        except Exception:
            failed += 1
            print(f"{function.__name__} FAILED")
            traceback.print_exc(file=sys.stdout)
    print(f"{len(TESTS) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


def read_log(path, last):
    """Returns the lines of a request log. Waits for `last`, because the server logs a request after it responds."""
    for _ in range(100):
        text = path.read_text()
        if last in text:
            return text.splitlines()
        time.sleep(0.05)
    raise AssertionError(f"the request log has no line with {last} after 5 s")
