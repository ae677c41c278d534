"""What this process counts, for Prometheus."""

from litestar import Response, get
from litestar.datastructures import State
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.process_collector import ProcessCollector

from ..metrics import ServingMetrics


@get("/metrics", summary="Metrics of this process", sync_to_thread=False)
def get_metrics(state: State) -> Response[bytes]:
    """Return all metrics in Prometheus's text format."""
    registry = CollectorRegistry()
    registry.register(ServingMetrics(state.serving))
    ProcessCollector(registry=registry)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


HANDLERS = (get_metrics,)
