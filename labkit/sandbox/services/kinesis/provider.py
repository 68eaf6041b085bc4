"""Kinesis Data Streams: a stream's tags come with it, consumers hold it, shards are counted.

Source: Kinesis Data Streams API Reference, CreateStream and DeleteStream.
"""

from __future__ import annotations

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.kinesis import shards
from labkit.sandbox.services.provider import Provider, around, operation
from labkit.sandbox.upstream.kinesis import kinesis


class Kinesis(Provider):
    """Kinesis Data Streams."""

    hooks = (around(kinesis, "_build_shards", shards.build),)

    @operation("CreateStream")
    async def create_stream(self, request: Request) -> Response:
        """Make a stream, and give it the tags that MiniStack leaves out.

        Raises
        ------
        AwsError
            If the account would have too many shards.
        """
        shards.check_room(int(request.parameters.get("ShardCount") or 1))
        response = await request.forward()
        if response.status < 300:
            _, stream = kinesis._resolve_stream(request.parameters)
            stream["tags"].update(request.parameters.get("Tags", {}))
        return response

    @operation("UpdateShardCount")
    async def update_shard_count(self, request: Request) -> Response:
        """Give a stream another number of shards.

        Raises
        ------
        AwsError
            If AWS does not.
        """
        shards.check_update(request)
        return await request.forward()

    @operation("SplitShard")
    async def split_shard(self, request: Request) -> Response:
        """Make two shards of one.

        Raises
        ------
        AwsError
            If the account would have too many shards.
        """
        shards.check_room(1)
        return await request.forward()

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
