"""Requests read to the letter: the framework takes "1" for a number and "true" for a truth."""

import msgspec

from service.api.access import AnyRequest
from service.domain.errors import Fault, Invalid


async def insist(request: AnyRequest, form: type) -> None:
    """Insist that a body has exactly a form; raises Invalid with the path of the first fault.

    For bodies with numbers and truths in them; text is never taken for anything else.
    """
    try:
        msgspec.json.decode(await request.body(), type=form)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `")
        fault = Fault(path=path.rstrip("`") or "$", message=message)
        raise Invalid((fault,), slug="invalid-request") from error
