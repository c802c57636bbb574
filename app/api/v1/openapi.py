"""The OpenAPI document, made from the same models that read and answer requests (spectree collects them).
Served at /api/v1/openapi.json, open to everyone."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Response, jsonify
from pydantic import BaseModel
from spectree import Response as Answers
from spectree import SecurityScheme, SpecTree
from spectree.config import ModeEnum
from spectree.models import SecureType, SecuritySchemeData

from app.api.v1.blueprint import bp
from app.api.v1.problems import Problem
from app.core.version import VERSION

View = TypeVar("View", bound=Callable[..., Response])
_DESCRIPTION = (
    "Patients, tasks, messages, referrals, appointments, orders for medicine and touchpoints of one "
    "practice, and exports of the ledger. Lists are ordered by the "
    "practice's change sequence: a change moves a record to the end, so polling from `resume` misses "
    "nothing. Errors are problem+json."
)
spec = SpecTree(
    "flask",
    title="Touchline",
    description=_DESCRIPTION,
    version=VERSION,
    mode=ModeEnum.strict,
    annotations=False,
    validation_error_model=Problem,
    naming_strategy=lambda model: str(model.__name__),
    nested_naming_strategy=lambda _parent, child: child,
    security_schemes=[
        SecurityScheme(
            name="bearer", data=SecuritySchemeData(type=SecureType.HTTP, scheme="bearer")
        )
    ],
    security={"bearer": []},
)


def documented(
    noun: str,
    *,
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    headers: type[BaseModel] | None = None,
    gives: tuple[int, type[BaseModel] | None],
    also: tuple[int, ...] = (),
    refuses: tuple[int, ...] = (),
) -> Callable[[View], View]:
    """Put a view into the document: what it reads, what it gives (`also` as other statuses), and refusals."""
    status, model = gives
    models: dict[str, Any] = {f"HTTP_{code}": model for code in (status, *also)}
    models |= {f"HTTP_{code}": Problem for code in (401, 403, 422, 429, 503, *refuses)}
    if body is not None:
        models |= {f"HTTP_{code}": Problem for code in (400, 413, 415)}

    def decorate(view: View) -> View:
        made = spec.validate(
            query=query, json=body, headers=headers, resp=Answers(**models), tags=[noun],
            skip_validation=True, operation_id=view.__name__,
        )(view)  # fmt: skip

        # What spectree wraps holds every answer in memory, a file too: it serves the document alone.
        @wraps(made)
        def served(**named: Any) -> Response:
            return view(**named)

        return served  # type: ignore[return-value]

    return decorate


@bp.get("/openapi.json")
def openapi_document() -> Response:
    return jsonify(document())


def document() -> dict[str, Any]:
    """The document; refusals carry the media type they are really sent with."""
    made: dict[str, Any] = spec.spec
    for path in made["paths"].values():
        for operation in path.values():
            for status, answer in operation["responses"].items():
                if int(status) < 300 and not answer.get("content"):  # a file, as it is
                    answer["content"] = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
                content = answer.get("content", {})
                if int(status) >= 400 and "application/json" in content:
                    content["application/problem+json"] = content.pop("application/json")
    return made
