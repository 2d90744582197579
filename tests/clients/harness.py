"""What the clients' tests have in common: which there are, running them, telling how it went, the request log."""

import sys
import time
import traceback

TESTS = []


def test(function):
    """Makes a function one of the tests."""
    TESTS.append(function)
    return function


def run(before=lambda: None):
    """Runs the tests, each after `before`; ends the program, with 1 if one failed."""
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
    """The lines of a server's request log, once `last` is in it: a line is written a moment after the answer."""
    for _ in range(100):
        text = path.read_text()
        if last in text:
            return text.splitlines()
        time.sleep(0.05)
    raise AssertionError(f"the request log lacks {last}")
