"""What a client may send to the job routes, for the OpenAPI document."""

REQUEST = {
    "kind": "all_datasets",
    "format": "parquet",
    "request": {
        "collections": ["LSSTCam/runs/demo"],
        "name": ["source_table"],
        "find_first": True,
        "data_id": {},
        "default_data_id": {},
        "where": "visit > 2025120200400",
        "bind": {},
        "limit": None,
        "with_dimension_records": False,
    },
}
