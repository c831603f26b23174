"""Base types of the schemas: bounded values, and JSON that can be stored."""

from typing import Annotated, Any, cast

from fastapi import Path
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from xiezuo.lint.rules import RULES

DEEPEST = 64  # levels of nesting


def _only_numbers(value: object) -> object:
    if isinstance(value, bool | str):
        raise ValueError("a number is needed")  # noqa: TRY004 - what pydantic reads
    return value


NUMBER = BeforeValidator(_only_numbers)  # no booleans, and no strings that look like numbers
Seed = Annotated[int, Field(ge=0, le=2**31 - 1), NUMBER]
Version = Annotated[int, Field(ge=0, le=2**31 - 1), NUMBER]
Index = Annotated[int, Field(ge=0, le=1000), NUMBER]
Offset = Annotated[int, Field(ge=0, le=2_000_000), NUMBER]
Temperature = Annotated[float, Field(ge=0, le=2), NUMBER]
Position = Annotated[
    int, Path(ge=0, le=100_000, description="The position of the section, from 0.")
]
Number = Annotated[int, Path(ge=0, le=2**31 - 1)]
Body = Annotated[str, Field(max_length=2_000_000)]
_CODES = sorted({code for rule in RULES for code in (rule.code, rule.code[:3])})
RuleCode = Annotated[
    str,
    Field(description="A rule, a family, or ALL.", json_schema_extra={"enum": ["ALL", *_CODES]}),
]
Name = Annotated[str, Field(min_length=1, max_length=200)]
BRIEF: dict[str, Any] = {
    "task": "Explain how green tea is made.",
    "words": 600,
    "structure": ["Leaf", "Cup"],
}
PLAN: dict[str, Any] = {
    "brief": BRIEF,
    "title": "Green Tea",
    "sections": [{"heading": "Leaf", "words": 300}, {"heading": "Cup", "words": 300}],
}


def example(**values: Any) -> ConfigDict:  # noqa: ANN401 - JSON
    """A `model_config` with an example for the OpenAPI document."""
    return ConfigDict(json_schema_extra={"examples": [values]})


class RequestBody(BaseModel):
    """A request body: no unknown fields, no NaN or infinity."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, values: Any) -> Any:  # noqa: ANN401 - JSON
        return refuse_unstorable(values)


def refuse_unstorable(value: Any, depth: int = 0) -> Any:  # noqa: ANN401 - JSON
    """Return JSON unchanged if both databases can store every string in it.

    Raises:
        ValueError: it has a lone surrogate or the character U+0000, or is nested too deeply.
    """
    if depth > DEEPEST:
        raise ValueError("it is nested too deeply")
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ValueError("text must be valid Unicode") from error
        if "\0" in value:
            raise ValueError("text must not contain U+0000")
    elif isinstance(value, dict):
        for name, inner in cast("dict[Any, Any]", value).items():
            refuse_unstorable(name)
            refuse_unstorable(inner, depth + 1)
    elif isinstance(value, list):
        for inner in cast("list[Any]", value):
            refuse_unstorable(inner, depth + 1)
    return cast("Any", value)
