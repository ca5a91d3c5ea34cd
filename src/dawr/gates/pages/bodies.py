"""What a device's page posts as JSON, read strictly."""

from typing import Any, TypeVar

import msgspec
from litestar import Request

from dawr.kernel.refusal import Malformed

Body = TypeVar("Body", bound=msgspec.Struct)


async def body_of(request: Request[Any, Any, Any], shape: type[Body]) -> Body:
    """The posted JSON; refuses whatever is not exactly of its shape."""
    try:
        return msgspec.json.decode(await request.body() or b"{}", type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed(reason=str(error)) from error
