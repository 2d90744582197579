"""What the clients' tests have in common: which there are, running them, and telling how it went."""

import sys
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
