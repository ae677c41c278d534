"""What of a repository goes into its release index: all that is permanent."""

from ....registry import (
    Contents,
    Element,
    RegisteredDatasetType,
    read_dataset_types,
    record_rows,
)
from ...policies import Policies, Policy


def permanent_types(
    contents: Contents, policies: Policies
) -> list[RegisteredDatasetType]:
    """Return the dataset types whose datasets go in, by name."""
    types = read_dataset_types(contents)
    return [
        types[name]
        for name in sorted(types)
        if policies.of_dataset_type(name) is Policy.PERMANENT
    ]


def permanent_elements(contents: Contents, policies: Policies) -> list[Element]:
    """Return the large elements whose records go in, by name."""
    return [
        element
        for name, element in sorted(contents.schema.universe.elements.items())
        if element.has_table
        and not element.small
        and policies.of_dimension(name) is Policy.PERMANENT
    ]


def named_values(contents: Contents) -> list[str]:
    """Return the values of all small dimensions whose values are strings, in order."""
    names: set[str] = set()
    for element in contents.schema.universe.elements.values():
        if not element.small or not element.is_dimension:
            continue
        if element.primary_key.type == "string":
            position = len(element.dependencies)
            names.update(
                row[position] for row in contents.rows[record_rows(element.name)]
            )
    names.discard(None)
    return sorted(names)
