"""Kinesis Data Streams: a stream's tags come with it, and its consumers hold it.

Source: Kinesis Data Streams API Reference, CreateStream and DeleteStream.
"""

from __future__ import annotations

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.provider import Provider, operation
from labkit.sandbox.upstream.kinesis import kinesis


class Kinesis(Provider):
    """Kinesis Data Streams."""

    @operation("CreateStream")
    async def create_stream(self, request: Request) -> Response:
        """Make a stream, and give it the tags that MiniStack leaves out."""
        response = await request.forward()
        if response.status < 300:
            _, stream = kinesis._resolve_stream(request.parameters)
            stream["tags"].update(request.parameters.get("Tags", {}))
        return response

    @operation("DeleteStream")
    async def delete_stream(self, request: Request) -> Response:
        """Delete a stream, unless consumers are registered and nothing is said of them.

        Raises
        ------
        AwsError
            If it has consumers that are not to go with it.
        """
        name, stream = kinesis._resolve_stream(request.parameters)
        enforced = request.parameters.get("EnforceConsumerDeletion", False)
        if stream and not enforced and _consumers(stream["StreamARN"]):
            raise AwsError(
                f"Stream {name} has registered consumers: deregister them, or set "
                "EnforceConsumerDeletion.",
                "ResourceInUseException",
            )
        return await request.forward()


def _consumers(stream_arn: str) -> list[str]:
    """Return the names of a stream's registered consumers."""
    consumers = kinesis._consumers.values()
    return [one["ConsumerName"] for one in consumers if one["StreamARN"] == stream_arn]


PROVIDER = Kinesis()
