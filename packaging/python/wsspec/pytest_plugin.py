"""The fixtures `wsspec_server` and `wsspec_client`: `wsspec.server` and `wsspec.client`, with failures without a traceback."""

import functools
from typing import Any, Callable, Dict

import pytest

import wsspec


def _failing(test: Callable[..., Dict[str, Any]], *args: Any, **options: Any) -> Dict[str, Any]:
    try:
        return test(*args, **options)
    except (wsspec.Nonconformance, wsspec.NotJudged) as error:
        why = str(error)
    pytest.fail(why, pytrace=False)


@pytest.fixture(scope="session")
def wsspec_server() -> Callable[..., Dict[str, Any]]:
    """`wsspec_server(url)` fails the test if the server departs from the standard; takes what `wsspec.server` takes."""
    return functools.partial(_failing, wsspec.server)


@pytest.fixture(scope="session")
def wsspec_client() -> Callable[..., Dict[str, Any]]:
    """`wsspec_client([program, "{url}"])` tests a client; takes what `wsspec.client` takes."""
    return functools.partial(_failing, wsspec.client)
