"""The error classes of the package."""

import inspect

from xiezuo import errors
from xiezuo.errors import XiezuoError

CLASSES = [
    value
    for value in vars(errors).values()
    if inspect.isclass(value) and issubclass(value, XiezuoError)
]
CONCRETE = [error for error in CLASSES if hasattr(error, "what")]
