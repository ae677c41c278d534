"""What a server says of itself, for those who watch it."""

import urllib.request

from prometheus_client.parser import text_string_to_metric_families

from tests.support.servers import ButleryServer


def metric(server: ButleryServer, name: str, **labels: str) -> float:
    """Return the sum of a metric's samples that have these labels."""
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=10) as response:
        text = response.read().decode()
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def statements_run(server: ButleryServer) -> int:
    """Return how many statements lookups have run so far, by the server's count."""
    return int(metric(server, "butlery_sql_statements_total"))


def answers_kept(server: ButleryServer) -> float:
    return metric(server, "butlery_kept_answers", limit="")


def bytes_kept(server: ButleryServer) -> float:
    return metric(server, "butlery_kept_bytes", limit="")
