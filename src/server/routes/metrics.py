"""What the processes of this server count, for Prometheus."""

from collections.abc import Iterator

from litestar import Response, get
from litestar.datastructures import State
from prometheus_client import CONTENT_TYPE_LATEST, Metric, generate_latest
from prometheus_client.registry import Collector

from ..serving import Serving


class _Collected(Collector):
    """What was collected already, in the shape that the library writes."""

    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        """Yield everything."""
        yield from self._metrics


@get("/metrics", summary="Metrics of all worker processes")
async def get_metrics(state: State) -> Response[bytes]:
    """Return all metrics in Prometheus's text format.

    With several workers each sample names its ``worker``.
    """
    serving: Serving = state.serving
    collected = _Collected(await serving.siblings.metrics())
    return Response(generate_latest(collected), media_type=CONTENT_TYPE_LATEST)


HANDLERS = (get_metrics,)
